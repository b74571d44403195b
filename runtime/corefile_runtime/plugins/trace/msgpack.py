"""MessagePack, as far as spans need it (https://github.com/msgpack/msgpack/blob/master/spec.md)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "str | int | float | Mapping[str, Value] | Sequence[Value]"


def pack(value: Value) -> bytes:
    """A value as bytes; whole numbers may have 64 bits, texts and the rest 2³² parts."""
    match value:
        case str():
            data = value.encode("utf-8", "surrogateescape")
            return _head(len(data), 0xA0, 32, (b"\xd9", b"\xda", b"\xdb")) + data
        case int():
            return struct.pack(">BQ", 0xCF, value) if value >= 0 else struct.pack(">Bq", 0xD3, value)
        case float():
            return struct.pack(">Bd", 0xCB, value)
        case Mapping():
            head = _head(len(value), 0x80, 16, (b"", b"\xde", b"\xdf"))
            return head + b"".join(pack(key) + pack(one) for key, one in value.items())
        case _:
            return _head(len(value), 0x90, 16, (b"", b"\xdc", b"\xdd")) + b"".join(map(pack, value))


def _head(size: int, fixed: int, below: int, marks: tuple[bytes, bytes, bytes]) -> bytes:
    """The type and the size in the shortest form: in the type itself, or in 1, 2 or 4 octets behind a mark."""
    if size < below:
        return bytes((fixed | size,))
    for mark, octets in zip(marks, (1, 2, 4), strict=True):
        if mark and size < 1 << 8 * octets:
            return mark + size.to_bytes(octets, "big")
    raise ValueError("too long")
