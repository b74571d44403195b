"""Profiles in the format of pprof (github.com/google/pprof/proto/profile.proto), which `go tool pprof` shows."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from time import time_ns
from typing import TypeAlias

Frame: TypeAlias = tuple[str, str, int]
"""Function, file, line."""
Stack: TypeAlias = tuple[Frame, ...]
"""The innermost frame first."""
Kind: TypeAlias = tuple[str, str]
"""What a value counts, and its unit."""


def write_profile(
    kinds: Sequence[Kind], samples: Mapping[Stack, Sequence[int]], *, period: int = 0, duration: int = 0
) -> bytes:
    """A compressed profile. A sample has a value for each kind; `period` is of the last kind, times in nanoseconds."""
    texts = _Texts()
    locations: dict[Frame, int] = {}
    functions: dict[tuple[str, str], int] = {}
    out = bytearray()
    for name, unit in kinds:
        out += _block(1, _number(1, texts.place(name)) + _number(2, texts.place(unit)))
    for stack, values in samples.items():
        places = [locations.setdefault(frame, len(locations) + 1) for frame in stack]
        out += _block(2, _packed(1, places) + _packed(2, values))
    for (name, path, line), place in locations.items():
        function = functions.setdefault((name, path), len(functions) + 1)
        out += _block(4, _number(1, place) + _block(4, _number(1, function) + _number(2, line)))
    for (name, path), place in functions.items():
        at = texts.place(name)
        out += _block(5, _number(1, place) + _number(2, at) + _number(3, at) + _number(4, texts.place(path)))
    out += _number(9, time_ns()) + _number(10, duration)
    name, unit = kinds[-1]
    out += _block(11, _number(1, texts.place(name)) + _number(2, texts.place(unit))) + _number(12, period)
    for text in texts.known:
        out += _block(6, text.encode("utf-8", "replace"))
    return gzip.compress(bytes(out))


class _Texts:
    """The table of texts; its first is empty."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {"": 0}

    def place(self, text: str) -> int:
        return self.known.setdefault(text, len(self.known))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


def _block(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _packed(field: int, values: Sequence[int]) -> bytes:
    return _block(field, b"".join(_varint(value) for value in values))
