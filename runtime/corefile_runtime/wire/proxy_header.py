"""The header that a load balancer puts in front of what it passes on (HAProxy's PROXY protocol, versions 1 and 2)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

Endpoint = tuple[str, int]

_TEXT, _BINARY = b"PROXY", b"\r\n\r\n\0\r\nQUIT\n"
# The longest line of version 1 by the specification, 2.1; for version 2 go-proxyproto's MaxV2HeaderSize.
_LONGEST_LINE, _LONGEST_BLOCK = 107, 4096
_LOCAL, _PROXY = 0x20, 0x21
# Octets of addresses and ports by family: unspecified, IPv4, IPv6, Unix sockets. More are TLVs, which are skipped.
_SIZES = {0: 0, 1: 12, 2: 36, 3: 216}
_FAMILIES = frozenset((0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32))


class BadHeader(ValueError):
    """What begins as a header is none."""


class Unfinished(BadHeader):
    """A header may become one when more arrives. `begun`: it is one already, only not whole."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("the header is cut off")
        self.begun = begun


class Header(NamedTuple):
    """`source` and `target` are None where the header names no Internet addresses; `end` is where the data begin.

    `local`: the balancer speaks for itself. `datagrams`: the addresses are those of UDP.
    """

    version: int
    local: bool
    datagrams: bool
    source: Endpoint | None
    target: Endpoint | None
    end: int


def read_header(data: bytes) -> Header | None:
    """The header at the beginning of some data, None without one; raises BadHeader."""
    if data.startswith(_TEXT):
        return _read_text(data)
    if data.startswith(_BINARY):
        return _read_binary(data)
    if data and (_TEXT.startswith(data[:5]) or _BINARY.startswith(data[:12])):
        raise Unfinished(begun=False)
    return None


def _read_text(data: bytes) -> Header:
    """A line of version 1, which must have come in one piece."""
    # go-proxyproto reads no further than the first piece: a slow sender cannot be told from an attacker.
    end = data.find(b"\n", 0, _LONGEST_LINE) + 1
    if not end:
        raise BadHeader("the line has no end")
    if data[end - 2] != 13:
        raise BadHeader("the line does not end in CR LF")
    words = data[: end - 2].decode("latin-1").split(" ")
    if words[0] != "PROXY" or len(words) < 2:
        raise BadHeader("the line does not begin with 'PROXY' and a protocol")
    if words[1] == "UNKNOWN":
        return Header(1, True, False, None, None, end)
    if words[1] not in ("TCP4", "TCP6") or len(words) != 6:
        raise BadHeader("the line is not 'PROXY TCP4|TCP6 SOURCE TARGET PORT PORT'")
    source, target = (_read_address(word, words[1]) for word in words[2:4])
    return Header(1, False, False, (source, _read_port(words[4])), (target, _read_port(words[5])), end)


def _read_address(word: str, protocol: str) -> str:
    try:
        if protocol == "TCP4":
            return str(IPv4Address(word))
        if "%" in word:
            raise ValueError
        return _render(IPv6Address(word))
    except ValueError:
        raise BadHeader(f"'{word}' is no address of {protocol}") from None


def _read_port(word: str) -> int:
    # No leading zeros, as in the specification, 2.1.
    is_number = word.isascii() and word.isdigit() and (word == "0" or word[0] != "0")
    if not is_number or len(word) > 5 or int(word) > 65535:
        raise BadHeader(f"'{word}' is no port")
    return int(word)


def _read_binary(data: bytes) -> Header:
    if len(data) < 16:
        raise Unfinished(begun=True)
    command, family = data[12], data[13]
    size = data[14] << 8 | data[15]
    if command not in (_LOCAL, _PROXY):
        raise BadHeader("the version or command is unknown")
    # Unknown families are refused for LOCAL too; PROXY without addresses is left to the receiver, and go-proxyproto
    # refuses it.
    if family not in _FAMILIES or (not family and command == _PROXY):
        raise BadHeader("the family of addresses is unknown")
    fits = size >= _SIZES[family >> 4]
    if size > _LONGEST_BLOCK or not (fits or command == _LOCAL):
        raise BadHeader("the length does not fit")
    end = 16 + size
    if len(data) < end:
        raise Unfinished(begun=True)
    source = target = None
    if fits and family >> 4 in (1, 2):
        source, target = _read_endpoints(data, 4 if family >> 4 == 1 else 16)
    return Header(2, command == _LOCAL, source is not None and family & 15 == 2, source, target, end)


def _read_endpoints(data: bytes, size: int) -> tuple[Endpoint, Endpoint]:
    kind = IPv4Address if size == 4 else IPv6Address
    first, second = data[16 : 16 + size], data[16 + size : 16 + 2 * size]
    at = 16 + 2 * size
    ports = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
    return (_render(kind(first)), ports[0]), (_render(kind(second)), ports[1])


def _render(address: IPv4Address | IPv6Address) -> str:
    """An IPv4-mapped address is an IPv4 one, as everywhere in the server."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
