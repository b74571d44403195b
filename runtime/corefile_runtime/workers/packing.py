"""A program on its way to another process, in pieces: 5,000 blocks at once would keep everybody waiting for 80 ms."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from corefile.ir.program import Block, Program

PIECE = 100
"""Server blocks."""


class Packed(NamedTuple):
    """A program: everything but its blocks, and these, some at a time."""

    head: bytes
    pieces: tuple[bytes, ...]


def pack(program: Program, between: Callable[[], object]) -> Packed:
    """Pickle it, and call `between` after each piece. Raises whatever pickle raises."""
    pieces: list[bytes] = []
    for at in range(0, len(program.blocks), PIECE):
        pieces.append(pickle.dumps(program.blocks[at : at + PIECE], pickle.HIGHEST_PROTOCOL))
        between()
    return Packed(pickle.dumps(replace(program, blocks=()), pickle.HIGHEST_PROTOCOL), tuple(pieces))


def unpack(packed: Packed, between: Callable[[], object]) -> Program:
    """The program again. What is unpickled comes from a process of ours."""
    head: Program = pickle.loads(packed.head)  # noqa: S301
    blocks: list[Block] = []
    for piece in packed.pieces:
        blocks += pickle.loads(piece)  # noqa: S301
        between()
    return replace(head, blocks=tuple(blocks))
