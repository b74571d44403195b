"""The acceptor of a listening socket: at its limit another connection gives way to the new one.

To turn away the newest would let whoever has come first shut everybody out.
"""

from __future__ import annotations

import errno
import resource
import socket
from collections.abc import Callable
from typing import Protocol

from corefile_runtime.events.event_loop import Loop

TOGETHER = 64
"""Connections accepted in a row: queries that wait on other sockets have their turn between two rounds."""
PAUSE = 0.1
"""Seconds until a system that has no room for a connection is asked again."""
RESERVE = 256
"""Descriptors that clients leave to upstreams, files and workers; of few, a quarter."""
_NO_ROOM = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


class Connections(Protocol):
    """Those that are open."""

    def __len__(self) -> int: ...

    def give_way(self) -> bool:
        """Close one; whether there was any."""
        ...


class Acceptor:
    """Takes new connections from a listening socket, which it makes non-blocking, and gives them to `take`.

    `take` gets a non-blocking socket and its address, and adds what it makes of them to `connections`, of which there
    are at most `most`; of the process's descriptors a part stays free, of which some may use a part (`reserve`).
    """

    def __init__(
        self,
        loop: Loop,
        listening: socket.socket,
        connections: Connections,
        most: int,
        take: Callable[[socket.socket, tuple[str, int]], object],
        *,
        reserve: int = RESERVE,
    ) -> None:
        self.most = most
        self._loop = loop
        self._socket = listening
        self._connections = connections
        self._take = take
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.highest = files - min(reserve, files // 4) if files != resource.RLIM_INFINITY else 1 << 31
        listening.setblocking(False)
        loop.read(listening.fileno(), self._accept, urgent=True)

    def _accept(self) -> None:
        for _ in range(TOGETHER):
            try:
                opened, address = self._socket.accept()
            except OSError as error:
                if error.errno in _NO_ROOM and not self._connections.give_way():
                    self._pause()
                return
            # Descriptors are given from the lowest: one that is high says that there are many.
            if (
                len(self._connections) >= self.most or opened.fileno() >= self.highest
            ) and not self._connections.give_way():
                opened.close()
                continue
            try:
                opened.setblocking(False)
                self._take(opened, address[:2])
            except BaseException:  # nobody has it
                opened.close()
                raise

    def _pause(self) -> None:
        """Nothing gives way: to look again at once would be to do nothing else."""
        self._loop.read(self._socket.fileno(), None)
        self._loop.after(PAUSE, self._resume)

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.read(self._socket.fileno(), self._accept, urgent=True)

    def close(self) -> None:
        """Take no new connections; those that are open go on."""
        self._loop.forget(self._socket.fileno())
        self._socket.close()
