"""URLs as Go's `net/url.Parse` takes them apart.

Colons before the last one are part of the host for every scheme: CoreDNS is built for Go 1.25, which took them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from corefile.golang.faults import SyntaxFault

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PORT = re.compile(r"(?::[0-9]*)?")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})?")
_NOT_HOST = re.compile(r"[^A-Za-z0-9_.~!$&'()*+,;=:\[\]<>\"%\x80-\U0010ffff-]")
_NOT_USER = re.compile(r"[^A-Za-z0-9._:~!$&'()*+,;=%@-]")


class Url(NamedTuple):
    """What plugins look at: the scheme in lower case, the host with its port, the path with its escapes resolved.

    `opaque` is what stands behind `scheme:` when it does not begin with a slash; host and path are empty then.
    """

    scheme: str = ""
    host: str = ""
    path: str = ""
    opaque: str = ""


def parse_url(text: str) -> Url:
    """The parts of a URL. Raises `SyntaxFault` where Go gives an error."""
    plain, sharp, fragment = text.partition("#")
    if control := _CONTROL.search(plain):
        raise SyntaxFault("a control character is not allowed in a URL", *control.span())
    if plain.startswith(":"):
        raise SyntaxFault("the scheme is missing before ':'", 0, 1)
    scheme = _SCHEME.match(plain)
    at = scheme.end() if scheme else 0
    url = _parse_rest(plain[at:].partition("?")[0], scheme[1].lower() if scheme else "", at)
    if sharp:
        _resolve(fragment, len(plain) + 1)
    return url


def _parse_rest(rest: str, scheme: str, at: int) -> Url:
    """What follows the scheme, without the query."""
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, opaque=rest)
        if ":" in rest.partition("/")[0]:
            raise SyntaxFault("the first part of a path without a scheme has a colon", at, at + len(rest))
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, tail = rest[2:].partition("/")
        host = _parse_authority(authority, at + 2)
        at += 2 + len(authority)
        rest = slash + tail
    return Url(scheme, host, _resolve(rest, at))


def _parse_authority(text: str, at: int) -> str:
    user, mark, host = text.rpartition("@")
    name = _parse_host(host, at + len(user) + len(mark))
    if wrong := _NOT_USER.search(user):
        raise SyntaxFault(f"'{wrong[0]}' is not allowed before '@'", at + wrong.start(), at + wrong.end())
    _resolve(user, at)
    return name


def _parse_host(host: str, at: int) -> str:
    bracket = host.rfind("[")
    if bracket > 0:
        raise SyntaxFault("'[' is only allowed at the beginning of the host", at + bracket, at + bracket + 1)
    if bracket == 0:
        return _parse_literal(host, at)
    colon = host.rfind(":")
    if colon >= 0:
        _check_port(host[colon:], at + colon)
    return _unescape_host(host, at)


def _parse_literal(host: str, at: int) -> str:
    """`[address]:port`; the address may have a zone behind `%25`."""
    from ipaddress import IPv6Address

    close = host.rfind("]")
    if close < 0:
        raise SyntaxFault("']' is missing", at, at + len(host))
    _check_port(host[close + 1 :], at + close + 1)
    address, mark, zone = host[1:close].partition("%25")
    text = _unescape_host(address, at + 1)
    if mark:
        text += _unescape_zone(mark + zone, at + 1 + len(address))
    try:
        if text.endswith("%"):
            raise ValueError
        IPv6Address(text.partition("%")[0])
    except ValueError:
        raise SyntaxFault(f"'{text}' is not an IPv6 address", at + 1, at + close) from None
    return f"[{text}]{host[close + 1 :]}"


def _check_port(text: str, at: int) -> None:
    if not _PORT.fullmatch(text):
        raise SyntaxFault(f"'{text.removeprefix(':')}' is not a port", at, at + len(text))


def _unescape_host(text: str, at: int) -> str:
    """A host: only bytes above ASCII and the percent sign may be escaped."""
    for escape in _ESCAPE.finditer(text):
        if escape[1] is not None and escape[1][0] < "8" and escape[1] != "25":
            raise _wrong_escape(escape, at)
    if wrong := _NOT_HOST.search(text):
        raise SyntaxFault(f"'{wrong[0]}' is not allowed in a host", at + wrong.start(), at + wrong.end())
    return _resolve(text, at)


def _unescape_zone(text: str, at: int) -> str:
    """The zone of an IPv6 address: only what a host may have anyway may be escaped, and the blank."""
    for escape in _ESCAPE.finditer(text):
        if escape[1] is None or escape[1] == "25":
            continue
        char = chr(int(escape[1], 16))
        if char != " " and (not char.isascii() or char == "%" or _NOT_HOST.match(char)):
            raise _wrong_escape(escape, at)
    if wrong := _NOT_HOST.search(text):
        raise SyntaxFault(f"'{wrong[0]}' is not allowed in a host", at + wrong.start(), at + wrong.end())
    return _resolve(text, at)


def _resolve(text: str, at: int) -> str:
    """A text with its `%XX` resolved."""
    if "%" not in text:
        return text
    found = bytearray()
    end = 0
    for escape in _ESCAPE.finditer(text):
        if escape[1] is None:
            raise _wrong_escape(escape, at)
        found += text[end : escape.start()].encode("utf-8", "surrogateescape")
        found.append(int(escape[1], 16))
        end = escape.end()
    return (found + text[end:].encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _wrong_escape(escape: re.Match[str], at: int) -> SyntaxFault:
    return SyntaxFault(f"'{escape[0]}' is not an escape that is allowed here", at + escape.start(), at + escape.end())
