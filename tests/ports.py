"""Ports for servers that tests start as processes of their own, and which therefore cannot listen on port 0.

A port that was found free may be taken before the server has it: by the system, which chooses the ports of clients, or
by another process of the tests. So these lie below what systems choose from, and each process takes them from a range
of its own, which it claims by keeping a socket on the first port of it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle

FIRST, SIZE, RANGES = 10_000, 100, 220
HOST = "127.0.0.1"


def free_port() -> int:
    """A port that is free for UDP and TCP now, and that no other process of the tests will take."""
    return next(port for port in _ours()[1] if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could have it; connections of former servers that fade away are no hindrance."""
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                if kind == socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("", port))
    except OSError:
        return False
    return True


@cache
def _ours() -> tuple[socket.socket, Iterator[int]]:
    """What claims the range, until this process ends, and its ports in turn."""
    for number in range(RANGES):
        first = FIRST + (os.getpid() + number) % RANGES * SIZE
        claim = socket.socket()
        try:
            claim.bind((HOST, first))
            claim.listen()
        except OSError:
            claim.close()
        else:
            return claim, cycle(range(first + 1, first + SIZE))
    raise AssertionError("no range of ports is free")
