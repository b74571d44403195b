"""TCP to one upstream: a question at a time on each connection, connections kept for the next one."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.sockets.stream import Stream
from corefile_runtime.upstream.asker import Asker
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.network_errors import explain
from corefile_runtime.upstream.tcp_connection import Connection


class TcpPool:
    """The connections to one upstream. `hit` and `miss` count whether a question found one open."""

    def __init__(
        self, loop: Loop, host: str, port: int, limits: Limits, hit: Callable[[], object], miss: Callable[[], object]
    ) -> None:
        self.loop = loop
        self.limits = limits
        self.target = host, port
        self._hit, self._miss = hit, miss
        self.idle: deque[Connection] = deque()
        self.open: set[Connection] = set()
        self.stopped = False

    def ask(self, asker: Asker) -> str:
        """Send a question; what went wrong, empty when it is under way. The oldest idle connection is taken first."""
        # CoreDNS takes the oldest too (Transport.Dial: FIFO, so that source ports vary).
        while self.idle:
            chosen = self.idle.popleft()
            if self._is_over(chosen):
                chosen.close()
                continue
            self._hit()
            chosen.ask(asker)
            return ""
        return self.dial(asker)

    def dial(self, asker: Asker) -> str:
        """Ask on a new connection."""
        self._miss()
        try:
            Connection(self, asker)
        except OSError as error:
            return f"dial tcp {join_host_port(*self.target)}: connect: {explain(error.errno or 0)}"
        return ""

    def connect(self, opened: socket.socket, one: Connection) -> None:
        """A connection stands: give it its stream, and have it told when that may be used. Raises OSError."""
        one.stream = Stream(self.loop, opened, one)
        one.on_open()

    def explain(self, error: OSError, stream: Stream | None) -> str:
        """What a connection broke off with, where that is not the system's business; empty otherwise."""
        del stream
        return "" if error.errno else str(error)

    def release(self, free: Connection) -> None:
        """A connection has done its work."""
        # `max_idle_conns`, as in Transport.Yield.
        if self.stopped or (self.limits.max_idle and len(self.idle) >= self.limits.max_idle):
            free.close()
        else:
            self.idle.append(free)

    def _is_over(self, one: Connection) -> bool:
        now, limits = self.loop.now, self.limits
        return now - one.used > limits.expire or bool(limits.max_age and now - one.created > limits.max_age)

    def expire(self) -> None:
        """Close what has been idle for too long."""
        for one in [one for one in self.idle if self._is_over(one)]:
            self.idle.remove(one)
            one.close()

    def stop(self) -> None:
        """Close what is idle now, and the rest when it is."""
        self.stopped = True
        while self.idle:
            self.idle.popleft().close()

    def close(self) -> None:
        """Close all connections; who waits on them learns nothing."""
        self.stop()
        for one in list(self.open):
            one.close()
