"""Blocks to a program: which block answers which zone on which listener."""

from __future__ import annotations

from collections.abc import Sequence

from corefile.ir.addresses import parse_ip
from corefile.ir.program import Block, Listener, Program


def link(blocks: Sequence[Block]) -> Program:
    """The program of all blocks; listeners in the order in which the file names them. Impossible ports are left out.

    Addresses that are written in several ways are one, as in CoreDNS, which groups by what they mean.
    """
    routes: dict[tuple[str, str, int], dict[tuple[str, int], None]] = {}
    for index, block in enumerate(blocks):
        for key in block.keys:
            if key.transport == "unix" or not 0 <= key.port <= 65535:
                continue
            for address in block.addresses:
                place = key.transport, parse_ip(address) or address, key.port
                routes.setdefault(place, {})[key.zone, index] = None
    listeners = tuple(
        Listener(transport=transport, address=address, port=port, routes=tuple(found))
        for (transport, address, port), found in routes.items()
    )
    return Program(blocks=tuple(blocks), listeners=listeners)
