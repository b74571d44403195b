"""EDNS options in an OPT record: as pairs of number and data, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Option: TypeAlias = tuple[int, bytes]


def read_options(wire: bytes, start: int) -> list[Option]:
    """The options of the OPT record whose owner, the root, is at an offset; what is cut off is left out.

    Offset 0 is that of no record.
    """
    found: list[Option] = []
    if not start:
        return found
    # Behind the owner (one octet), type, size, flags and length (RFC 6891, 6.1.2).
    at = start + 11
    end = at + (wire[at - 2] << 8 | wire[at - 1])
    while at + 4 <= end:
        behind = at + 4 + (wire[at + 2] << 8 | wire[at + 3])
        if behind > end:
            break
        found.append((wire[at] << 8 | wire[at + 1], wire[at + 4 : behind]))
        at = behind
    return found


def render_options(options: Iterable[Option]) -> bytes:
    """The data of an OPT record with its length in front."""
    data = b"".join(number.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data for number, data in options)
    return len(data).to_bytes(2, "big") + data
