"""Health checks: an upstream that failed is asked for a name until it answers; what it answers does not matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.upstream.tcp import TcpPool
from corefile_runtime.upstream.udp import Lifetime, UdpPool
from corefile_runtime.wire.names import parse_name

TIMEOUT = 1.0


class Check(NamedTuple):
    """How an upstream is checked: how often, for which name, with RD or not, over which transport."""

    interval: float
    domain: str
    recursion: bool
    tcp: bool


class Health:
    """The state of one upstream. `fails` counts checks that failed since the last one that did not."""

    def __init__(
        self, loop: Loop, host: str, port: int, check: Check, source: str, failed: Callable[[], object]
    ) -> None:
        self._loop = loop
        self._check = check
        self._failed = failed
        self._timer: Timer | None = None
        self._active = False
        self._stopped = False
        life = Lifetime(0, 0, 0, TIMEOUT, source)
        pool = TcpPool if check.tcp else UdpPool
        self._pool = pool(loop, host, port, life, _nothing, _nothing)
        self.fails = 0

    def start(self) -> None:
        """Check now, and again until the upstream answers."""
        if not self._active and not self._stopped:
            self._active = True
            self._send()

    def _send(self) -> None:
        self._timer = None
        if self._stopped:
            return
        error = self._pool.ask(_Ping(self, self._check))
        if error:
            self.failed(error)

    def answered(self) -> None:
        """The upstream is there."""
        self.fails = 0
        self._active = False

    def failed(self, error: str) -> None:
        """It is not, or not yet."""
        del error
        self.fails += 1
        self._failed()
        self._timer = self._loop.after(self._check.interval, self._send)

    def stop(self) -> None:
        """Check no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        self._pool.stop()

    def close(self) -> None:
        """Close the socket of a check that is under way."""
        self.stop()
        self._pool.close()


class _Ping:
    limit = 65535

    def __init__(self, health: Health, check: Check) -> None:
        self._health = health
        self.until = 0.0
        self.name = parse_name(check.domain)
        self.wire = b"\0\0" + (b"\1" if check.recursion else b"\0") + b"\0\0\1" + bytes(6) + self.name + b"\0\2\0\1"

    def arrived(self, wire: bytes, over: str) -> bool:
        del wire, over
        self._health.answered()
        return True

    def failed(self, error: str) -> None:
        self._health.failed(error)


def _nothing(_amount: float = 1, /) -> None:
    """Checks are not counted as uses of connections."""
