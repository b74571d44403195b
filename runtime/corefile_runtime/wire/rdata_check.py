"""Validation of rdata by type, as far as CoreDNS looks at the records of a message.

A record may end behind any of its fields, but not behind data whose length stood before it (miekg/dns). What is wrong
is told as miekg/dns tells it: Cut where a field has no room, but Malformed where a name in the data has none. CoreDNS
goes by that when it decides whether a reply is asked for again or passed on as truncated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from corefile_runtime.wire.names import Cut, Malformed, read_name

Field: TypeAlias = int | Literal["name", "text", "texts", "types", "params", "prefixes", "data", "rest"]
CheckName: TypeAlias = Callable[[bytes, int, int], int]
"""(message, offset, where the message is taken to end) → the offset behind the name."""

_NAME: tuple[Field, ...] = ("name",)
_NAMES: tuple[Field, ...] = ("name", "name")
_PREFERENCE: tuple[Field, ...] = (2, "name")
_SIGNATURE: tuple[Field, ...] = (2, 1, 1, 4, 4, 4, 2, "name", "rest")
_KEY: tuple[Field, ...] = (2, 1, 1, "rest")
_CERTIFICATE: tuple[Field, ...] = (1, 1, 1, "rest")
_SERVICE: tuple[Field, ...] = (2, "name", "params")
_TEXTS: tuple[Field, ...] = ("texts",)

# Fields by type: numbers are octets, `data` has the length that stands right before it. Types whose fields depend on
# others are in `_DEPENDING`.
FIELDS: dict[int, tuple[Field, ...]] = {
    1: (4,), 2: _NAME, 3: _NAME, 4: _NAME, 5: _NAME, 6: ("name", "name", 4, 4, 4, 4, 4), 7: _NAME, 8: _NAME, 9: _NAME,
    12: _NAME, 13: ("text", "text"), 14: _NAMES, 15: _PREFERENCE, 16: _TEXTS, 17: _NAMES, 18: _PREFERENCE,
    19: ("text",), 20: ("text", "text"), 21: _PREFERENCE, 23: _NAME, 24: _SIGNATURE, 25: _KEY, 26: (2, "name", "name"),
    27: ("text", "text", "text"), 28: (16,), 29: (1, 1, 1, 1, 4, 4, 4), 30: ("name", "types"), 33: (2, 2, 2, "name"),
    35: (2, 2, "text", "text", "text", "name"), 36: _PREFERENCE, 37: (2, 2, 1, "rest"), 39: _NAME, 42: ("prefixes",),
    43: _KEY, 44: (1, 1, "rest"), 46: _SIGNATURE, 47: ("name", "types"), 48: _KEY,
    50: (1, 1, 2, 1, "data", 1, "data", "types"), 51: (1, 1, 2, 1, "data"), 52: _CERTIFICATE, 53: _CERTIFICATE,
    56: _TEXTS, 57: _KEY, 58: _NAMES, 59: _KEY, 60: _KEY, 62: (4, 2, "types"), 63: (4, 1, 1, "rest"), 64: _SERVICE,
    65: _SERVICE, 99: _TEXTS, 100: ("text",), 101: (4,), 102: (4,), 104: (2, 8), 105: (2, 4), 106: (2, 8),
    107: _PREFERENCE, 108: (6,), 109: (8,), 128: (), 249: ("name", 4, 4, 2, 2, 2, "data", 2, "data"),
    250: ("name", 6, 2, 2, "data", 2, 2, 2, "data"), 255: (), 256: (2, 2, "rest"), 257: (1, "text", "rest"),
    258: _TEXTS, 261: _TEXTS, 32768: _KEY, 32769: _KEY,
}  # fmt: skip

HIP, AMTRELAY = 55, 260
# Octets before the fields that depend on them.
_DEPENDING = {45: 3, HIP: 4, AMTRELAY: 2}
# Octets by kind of gateway, in IPSECKEY and AMTRELAY; the third kind is a name.
_GATEWAYS, _GATEWAY_NAME = {1: 4, 2: 16}, 3


def follow_name(message: bytes, at: int, end: int) -> int:
    """The offset behind a name whose pointers may lead anywhere."""
    return read_name(message[:end], at)[1]


def check_rdata(wire: bytes, rtype: int, at: int, end: int, name: CheckName = follow_name) -> None:
    """Raise Malformed for data, between two offsets, that its type does not have. Unknown types have anything."""
    # No data at all is what dynamic updates send, and miekg/dns takes it for every type.
    if at == end:
        return
    fields = FIELDS.get(rtype)
    if fields is None:
        if rtype in _DEPENDING:
            _check_depending(wire, rtype, at, end, name)
        return
    last = 0
    for field in fields:
        if isinstance(field, int):
            at += field
            last = field
        elif field == "name":
            at = check_inner_name(wire, at, end, name)
        elif field == "data":
            at += int.from_bytes(wire[at - last : at], "big")
        elif field == "rest":
            at = end
        else:
            at = _READERS[field](wire[:end], at)
        if at > end:
            raise Cut("record is too short for its type")
        if at == end and field != "data":
            return
    if at != end:
        raise Malformed("record is too long for its type")


def check_inner_name(wire: bytes, at: int, end: int, name: CheckName) -> int:
    """A name in a question or in data: the only thing that is not Cut when it ends too early."""
    try:
        return name(wire, at, end)
    except Cut as error:
        raise Malformed(str(error)) from None


def _check_depending(wire: bytes, rtype: int, at: int, end: int, name: CheckName) -> None:
    """HIP (RFC 8005, 5), IPSECKEY (RFC 4025, 2) and AMTRELAY (RFC 8777, 4.2)."""
    fixed = _DEPENDING[rtype]
    start, at = at, at + fixed
    if at >= end:
        if rtype == HIP and end - start == fixed - 1:
            raise Cut("record is too short for its type")
        return
    if rtype == HIP:
        at += wire[start] + (wire[start + 2] << 8 | wire[start + 3])
        while at < end:
            at = check_inner_name(wire, at, end, name)
    elif wire[start + 1] == _GATEWAY_NAME:
        at = check_inner_name(wire, at, end, name)
    else:
        at += _GATEWAYS.get(wire[start + 1], 0)
    if at > end:
        raise Cut("record is too short for its type")
    if at < end and rtype == AMTRELAY:
        raise Malformed("record is too long for its type")


def _text(message: bytes, at: int) -> int:
    return at + 1 + message[at]


def _texts(message: bytes, at: int) -> int:
    while at < len(message):
        at = _text(message, at)
    return at


def _types(message: bytes, at: int) -> int:
    """Windows in increasing order, none of them empty (RFC 4034, 4.1.2)."""
    last, end = -1, len(message)
    while at < end:
        window, size = message[at], message[at + 1]
        if window <= last or not 0 < size <= 32:
            raise Malformed("bad type bitmap")
        at, last = at + 2 + size, window
    return at


def _params(message: bytes, at: int) -> int:
    """Keys in increasing order, with values that fit them (RFC 9460, 2.2)."""
    last, end = -1, len(message)
    while at < end:
        key, size = message[at] << 8 | message[at + 1], message[at + 2] << 8 | message[at + 3]
        at += 4 + size
        if at > end:
            return at
        if key == 65535 or not _fits(key, message[at - size : at]) or key <= last:
            raise Malformed("bad service parameter")
        last = key
    return at


def _fits(key: int, value: bytes) -> bool:
    size = len(value)
    if key == 1:
        at = 0
        while at < size:
            at += 1 + value[at]
        if at > size:
            raise Cut("protocol runs out of its parameter")
        return True
    if key == 6:
        # `ipv6hint`: miekg/dns takes no IPv4-mapped address there.
        mapped = bytes(10) + b"\xff\xff"
        return size > 0 and size % 16 == 0 and all(value[at : at + 12] != mapped for at in range(0, size, 16))
    # `mandatory`, `no-default-alpn`, `port`, `ipv4hint` (RFC 9460, 7 and 8), and `ohttp` (RFC 9540).
    sound = {0: size % 2 == 0, 2: not size, 3: size == 2, 4: size > 0 and size % 4 == 0, 8: not size}
    return sound.get(key, True)


def _prefixes(message: bytes, at: int) -> int:
    """Address ranges without zeros at their end (RFC 3123, 4)."""
    while at < len(message):
        widest = {1: 4, 2: 16}.get(message[at] << 8 | message[at + 1], -1)
        width, size = message[at + 2], message[at + 3] & 127
        at += 4 + size
        if width > 8 * widest or size > widest:
            raise Malformed("bad address prefix")
        if at <= len(message) and size and not message[at - 1]:
            raise Malformed("address prefix has a zero at its end")
    return at


_READERS: dict[str, Callable[[bytes, int], int]] = {
    "text": _text,
    "texts": _texts,
    "types": _types,
    "params": _params,
    "prefixes": _prefixes,
}
