"""shed: drops queries over UDP when more are waiting than could be answered in time."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

from corefile.plugins.shed import Shed
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.metrics.registry import Add

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link
    from corefile_runtime.sockets.interception import DatagramSocket, Interceptor

# About 1024 small queries with what the system adds to each: some ten milliseconds of work.
MOST = 1 << 20
_MEMINFO, _NUMBERS = 55, struct.Struct("9I")  # SO_MEMINFO


def prepare(_config: Shed, home: Home) -> Link:
    """It watches the sockets of the block's listeners; in the chain it passes everything on."""
    dropped = home.metrics.counter(
        "coredns_shed_dropped_total", "Counter of queries and responses dropped, per server, by reason.",
        "server", "reason",
    )  # fmt: skip

    def watch(server: str) -> Interceptor:
        # Replies leave in the round in which they are made: there are none to drop. CoreDNS has the series, too.
        dropped.cell(server, "response")
        return Overload(dropped.cell(server, "query").add)

    home.settings.shed = watch
    return lambda site: site.next


class Overload:
    """Looks how much waits in a socket. What the system had no room for is counted with what is dropped here."""

    def __init__(self, count: Add) -> None:
        self._count = count
        self._lost: int | None = None

    def __call__(self, listener: DatagramSocket) -> bool:
        """Drop what can be read at once when there is too much."""
        try:
            numbers = _NUMBERS.unpack(listener.socket.getsockopt(socket.SOL_SOCKET, _MEMINFO, _NUMBERS.size))
        except (OSError, struct.error):  # not on this system
            return False
        waiting, lost = numbers[0], numbers[8]
        if self._lost is None:
            self._lost = lost  # the socket is older than the configuration
        elif lost != self._lost:
            self._count((lost - self._lost) & 0xFFFFFFFF)
            self._lost = lost
        if waiting < MOST:
            return False
        self._count(len(listener.take()))
        return True


HANDLER = Handler(one(Shed, prepare), replays=True)
