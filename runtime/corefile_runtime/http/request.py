"""Requests of HTTP/1 as Go's server reads them: what it takes, what it refuses, and with which words."""

from __future__ import annotations

import re
from posixpath import normpath
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

MAX_HEAD = (1 << 20) + 4096
MAX_BODY = 256 << 10
"""Octets of a body that are read over for the sake of the next request on the connection."""
REASONS = {
    200: "OK",
    302: "Found",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    417: "Expectation Failed",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VERSION = re.compile(r"HTTP/(\d)\.(\d)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\0-\x20\x7f]")
_BAD_VALUE = re.compile(r"[\0-\x08\x0a-\x1f\x7f]")
_HOST = re.compile(r"[!$%&'()*+,\-.0-9:;=@A-Z\[\]_a-z~]*")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class Refusal(Exception):
    """A request that ends its connection. `status` goes without the usual text when `body` is given."""

    def __init__(self, status: int, detail: str = "", body: str | None = None) -> None:
        line = f"{status} {REASONS[status]}" + (f": {detail}" if detail else "")
        super().__init__(line)
        self.line = line
        self.body = line if body is None else body


class Request(NamedTuple):
    """One request. `length` is that of its body, -1 when it comes in chunks; `recent` is true from HTTP/1.1 on.

    `path` is unescaped. `waits` says that the client sends the body only when told to, which nobody does here.
    """

    method: str
    path: str
    query: str
    recent: bool
    keep: bool
    length: int
    waits: bool
    fields: dict[str, list[str]]


def find_head(data: bytearray, searched: int) -> int:
    """The offset behind the blank line, 0 when it is not there yet; raises Refusal for a first line that is none."""
    line = data.find(b"\n", 0, MAX_HEAD)
    if line >= 0 and not searched > line:
        _read_line(data[:line].decode("latin-1").removesuffix("\r"))
    found = _HEAD_END.search(data, max(0, searched - 3), MAX_HEAD)
    if found is not None:
        return found.end()
    if len(data) > MAX_HEAD:
        raise Refusal(431)
    return 0


def read_head(head: str) -> Request:
    """Read a request line and its fields, which end with a blank line; raises Refusal."""
    first, *lines = re.split("\r?\n", head.rstrip("\r\n"))
    method, target, major, minor = _read_line(first)
    fields = _read_fields(lines)
    http2 = method == "PRI" and target == "*"
    if major != 1 and not http2:
        raise Refusal(505, "unsupported protocol version")
    recent = major > 1 or minor >= 1
    _check_host(fields, required=recent and not http2 and method != "CONNECT")
    length = _body_length(fields, recent=recent)
    expected = fields.get("expect", [""])[0].lower()
    if expected and expected != "100-continue" and recent:
        raise Refusal(417, body="")
    tokens = {token.strip().lower() for value in fields.get("connection", ()) for token in value.split(",")}
    keep = "close" not in tokens if recent else "keep-alive" in tokens
    path, query = _split_target(method, target)
    return Request(method, path, query, recent, keep, length, bool(expected) and length != 0, fields)


def clean_path(path: str) -> str:
    """The path without `.`, `..` and empty parts, as requests are sent on to."""
    clean = normpath("/" + path.lstrip("/"))
    return clean + "/" if path.endswith("/") and clean != "/" else clean


def escape_path(path: str) -> str:
    """A path as it stands in a target."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/$&+,:;=@~")


def _read_line(line: str) -> tuple[str, str, int, int]:
    """Method, target and version."""
    method, _, rest = line.partition(" ")
    target, _, version = rest.partition(" ")
    found = _VERSION.fullmatch(version)
    if found is None or not _TOKEN.fullmatch(method):
        raise Refusal(400)
    return method, target, int(found[1]), int(found[2])


def _split_target(method: str, target: str) -> tuple[str, str]:
    """Path, unescaped, and what is behind the `?`."""
    if _CONTROL.search(target) or not target:
        raise Refusal(400)
    if target == "*":
        return target, ""
    if not target.startswith("/"):
        if method == "CONNECT":
            return "", ""
        try:
            parts = urlsplit(target)
        except ValueError:
            raise Refusal(400) from None
        if not parts.scheme:
            raise Refusal(400)
        target = parts.path + ("?" + parts.query if parts.query else "")
    path, _, query = target.partition("?")
    if _BAD_ESCAPE.search(path):
        raise Refusal(400)
    return unquote_to_bytes(path.encode("latin-1")).decode("utf-8", "surrogateescape"), query


def _read_fields(lines: list[str]) -> dict[str, list[str]]:
    """Values by name in lower case. A line that begins with a blank goes on with the one before."""
    fields: dict[str, list[str]] = {}
    last: list[str] = []
    named = True
    for line in lines:
        if line[:1] in (" ", "\t"):
            if not last:
                raise Refusal(400)
            last[-1] = f"{last[-1]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if not colon or not name or _BAD_VALUE.search(value):
            raise Refusal(400)
        named = named and _TOKEN.fullmatch(name) is not None
        last = fields.setdefault(name.lower(), [])
        last.append(value.strip(" \t"))
    if len(fields.get("host", ())) > 1:
        raise Refusal(400)
    if not named:
        raise Refusal(400, "invalid header name")
    return fields


def _check_host(fields: dict[str, list[str]], *, required: bool) -> None:
    hosts = fields.get("host", [])
    if required and not hosts:
        raise Refusal(400, "missing required Host header")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise Refusal(400, "malformed Host header")


def _body_length(fields: dict[str, list[str]], *, recent: bool) -> int:
    coding = fields.get("transfer-encoding")
    if coding is not None and recent:
        if [value.lower() for value in coding] != ["chunked"]:
            raise Refusal(501, body="Unsupported transfer encoding")
        return -1
    lengths = set(fields.get("content-length", ["0"]))
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdigit()) or len(length) > 18:
        raise Refusal(400)
    return int(length)
