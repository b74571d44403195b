"""EDNS options in an OPT record: as pairs of number and data, and back."""

from __future__ import annotations

from collections.abc import Iterable


def read_options(wire: bytes, start: int) -> list[tuple[int, bytes]]:
    """The options of the OPT record whose owner, the root, is at an offset; what is cut off is left out."""
    at = start + 11
    end = at + (wire[at - 2] << 8 | wire[at - 1])
    found: list[tuple[int, bytes]] = []
    while at + 4 <= end:
        behind = at + 4 + (wire[at + 2] << 8 | wire[at + 3])
        if behind > end:
            break
        found.append((wire[at] << 8 | wire[at + 1], wire[at + 4 : behind]))
        at = behind
    return found


def render_options(options: Iterable[tuple[int, bytes]]) -> bytes:
    """The data of an OPT record with its length in front."""
    data = b"".join(number.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data for number, data in options)
    return len(data).to_bytes(2, "big") + data
