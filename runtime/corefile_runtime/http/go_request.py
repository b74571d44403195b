"""Requests as Go's server reads them, where h11 differs: checks before and after h11, and the words of errors.

h11 reads the line, the fields and the body, and refuses what is malformed. Here is what Go refuses besides, or earlier.
Two things are h11's: a target with octets above 126 is refused (Go serves it), and equal lengths in one field
(`Content-Length: 3, 3`) are one length (Go refuses them).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import normpath
from urllib.parse import quote, unquote_to_bytes, urlsplit

from corefile_runtime.http.messages import BadRequest

MAX_HEAD = (1 << 20) + 4096
"""Octets of a request line and its fields: Go's `DefaultMaxHeaderBytes` and what it reads beyond."""
MAX_FIELDS = 10_000
"""Lines of a head. Go has no such limit; a megabyte of empty fields would keep h11 busy for a second."""
# Control characters. Go refuses all of them in values, h11 only some (a cookie may have them). They are looked for
# before h11 sees the head, for its expression for a field takes quadratic time over blanks before such an octet.
_CONTROL = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r[^\n]")
_FIRST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ ]* HTTP/\d\.\d\r?\n")
_HEAD_END = re.compile(rb"\n\r?\n")
_NAME = re.compile(rb"\n([^ \t:\n][^:\n]*):")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[!$%&'()*+,\-.0-9:;=@A-Z\[\]_a-z~]*")


def find_head(data: bytearray, searched: int) -> int:
    """The offset behind the blank line, 0 when it is not there yet; raises BadRequest.

    The first `searched` octets have been looked at. A line that is none is refused when it has come, as Go does: h11
    would wait for the fields, and so would a client of HTTP/0.9.
    """
    found = _HEAD_END.search(data, max(0, searched - 2), MAX_HEAD)
    end = found.end() if found is not None else min(len(data), MAX_HEAD)
    if _CONTROL.search(data, max(0, searched - 1), end):
        raise BadRequest(400)
    line = data.find(b"\n", 0, end)
    if line >= searched and not _FIRST_LINE.match(data):
        raise BadRequest(400)
    if found is None and len(data) > MAX_HEAD:
        raise BadRequest(431)
    if found is not None and data.count(b"\n", 0, end) > MAX_FIELDS:
        raise BadRequest(431)
    return end if found is not None else 0


def explain(head: bytes, status: int, why: str) -> BadRequest:
    """What Go says where h11 refuses a head, with a `status` and why in h11's words.

    They are all that tells one reason from another. With words that are not known the answer is the plain one.
    """
    if status == 501:
        return BadRequest(501, body="Unsupported transfer encoding")
    if why.startswith("Missing mandatory Host"):
        return BadRequest(400, "missing required Host header")
    if why.startswith("illegal header line") and not all(_TOKEN.fullmatch(name) for name in _NAME.findall(head)):
        return BadRequest(400, "invalid header name")
    return BadRequest(400)


def gather_fields(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    """The values by their names."""
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        fields.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return fields


def check_request(method: str, target: str, version: str, fields: dict[str, list[str]]) -> None:
    """Raise BadRequest for what h11 takes and Go refuses."""
    preface = method == "PRI" and target == "*"  # of HTTP/2; Go has the handler refuse it
    if version[0] != "1" and not preface:
        raise BadRequest(505, "unsupported protocol version")
    hosts = fields.get("host", [])
    if not hosts and version > "1.1":  # h11 wants it of 1.1 alone
        if not preface:
            raise BadRequest(400, "missing required Host header")
    elif hosts and not _HOST.fullmatch(hosts[0]):
        raise BadRequest(400, "malformed Host header")
    expected = fields.get("expect", [""])[0].lower()
    if expected and expected != "100-continue" and version != "1.0":
        raise BadRequest(417, body="")


def split_target(method: str, target: str) -> tuple[str, str]:
    """Path, unescaped, and what is behind the `?`; raises BadRequest."""
    if target == "*":
        return target, ""
    if not target.startswith("/"):
        if method == "CONNECT":
            return "", ""
        try:
            parts = urlsplit(target)
        except ValueError:
            raise BadRequest(400) from None
        if not parts.scheme:
            raise BadRequest(400)
        target = parts.path + ("?" + parts.query if parts.query else "")
    path, _, query = target.partition("?")
    if _BAD_ESCAPE.search(path):
        raise BadRequest(400)
    return unquote_to_bytes(path).decode("utf-8", "surrogateescape"), query


def clean_path(path: str) -> str:
    """The path without `.`, `..` and empty parts, as requests are sent on to."""
    clean = normpath("/" + path.lstrip("/"))
    return clean + "/" if path.endswith("/") and clean != "/" else clean


def escape_path(path: str) -> str:
    """A path as it stands in a target."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/$&+,:;=@~")
