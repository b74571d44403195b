"""Health checks: an upstream that failed is asked for a name until it answers; what it answers does not matter.

CoreDNS: pkg/proxy/health.go. A check begins with a failed query, never by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.tcp import TcpPool
from corefile_runtime.upstream.udp import UdpPool
from corefile_runtime.wire.names import parse_name

if TYPE_CHECKING:
    from corefile_runtime.upstream.asker import Pool
    from corefile_runtime.upstream.keeper import Keeper
    from corefile_runtime.upstream.resolve import Target
    from corefile_runtime.upstream.tls import Secured

TIMEOUT = 1.0
"""Seconds for the reply to a check, whatever `read_timeout` says: CoreDNS has the same."""


class Check(NamedTuple):
    """How an upstream is checked: every how many seconds, for which name, with RD or not, over which transport."""

    interval: float
    domain: str
    recursion: bool
    tcp: bool


class Health:
    """The state of one upstream. `fails` counts checks that failed since the last one that did not."""

    def __init__(self, keeper: Keeper, pool: Pool, check: Check, failed: Callable[[], object]) -> None:
        self._keeper = keeper
        self._pool = keeper.own(pool)
        self._check = check
        self._failed = failed
        self._active = False
        self.fails = 0

    def start(self) -> None:
        """Check now, and again until the upstream answers or the configuration ends."""
        if not self._active:
            self._active = True
            self._send()

    def _send(self) -> None:
        # An error at once, such as no route, is a failed check like any other, and the next one is due.
        error = self._pool.ask(_Ping(self, self._check))
        if error:
            self.failed()

    def answered(self) -> None:
        """The upstream is there."""
        self.fails = 0
        self._active = False

    def failed(self) -> None:
        """It is not, or not yet."""
        self.fails += 1
        self._failed()
        self._keeper.after(self._check.interval, self._send)

    def stop(self) -> None:
        """The configuration has been superseded: the socket of a check under way is closed behind it."""
        self._pool.stop()


def check_pool(keeper: Keeper, target: Target, check: Check, source: str, secured: Secured | None) -> Pool:
    """Sockets for checks alone, as CoreDNS has them: they are not counted as uses of connections."""
    limits = Limits(read_timeout=TIMEOUT, source=source)
    # Without `expire` a socket of a check is never used twice: each check shows that a new connection is possible.
    # CoreDNS dials for each check (dnsHc.send), over TLS where the upstream has it.
    if secured is not None:
        from corefile_runtime.upstream.tls import TlsPool

        return TlsPool(keeper.clock, target.host, target.port, limits, _nothing, _nothing, secured)
    kind = TcpPool if check.tcp else UdpPool
    return kind(keeper.clock, target.host, target.port, limits, _nothing, _nothing)


class _Ping:
    """One check under way."""

    limit = 65535

    def __init__(self, health: Health, check: Check) -> None:
        self._health = health
        self.until = 0.0
        self.name = parse_name(check.domain)
        flags_high = b"\1" if check.recursion else b"\0"
        self.wire = b"\0\0" + flags_high + b"\0\0\1" + bytes(6) + self.name + b"\0\2\0\1"  # NS, class IN

    def arrived(self, wire: bytes, over: str) -> bool:
        """Any reply will do, REFUSED and SERVFAIL too."""
        del wire, over
        self._health.answered()
        return True

    def failed(self, error: str) -> None:
        """No reply."""
        del error
        self._health.failed()

    def crashed(self, error: Exception) -> None:
        """As good as no reply: the next check comes all the same."""
        del error
        self._health.failed()


def _nothing(_amount: float = 1, /) -> None:
    pass
