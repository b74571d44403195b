"""One upstream: its transports and its health."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from corefile_runtime.metrics.registry import TIME_BUCKETS, Add, Buckets, Registry
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.upstream.health import Check, Health, check_pool
from corefile_runtime.upstream.tcp import TcpPool
from corefile_runtime.upstream.udp import UdpPool
from corefile_runtime.wire.rcodes import render_rcode

if TYPE_CHECKING:
    from corefile_runtime.upstream.asker import Pool
    from corefile_runtime.upstream.keeper import Keeper
    from corefile_runtime.upstream.limits import Limits
    from corefile_runtime.upstream.resolve import Target
    from corefile_runtime.upstream.tls import Secured

EXPIRY_ROUNDS = 10.0
"""Seconds between two looks for idle sockets that have expired, which CoreDNS takes from `expire`'s own default."""


class Proxy:
    """An upstream with its sockets. `label` is its address, as metrics have it beside the name of the plugin.

    A question goes to `udp` or `tcp`, whichever transport the query is to take; over TLS they are the same pool. All
    that it opens ends with the configuration of its keeper, and its clocks run as long as that is in force. `secured`
    says how it is asked over TLS, None for plain DNS.
    """

    def __init__(
        self, keeper: Keeper, target: Target, limits: Limits, check: Check, secured: Secured | None = None
    ) -> None:
        self.label = join_host_port(target.host, target.port)
        self._place = keeper.name, self.label
        self._counters = counters = ProxyMetrics(keeper.metrics)
        self._durations = counters.durations
        self._by_rcode: dict[int, Buckets] = {}
        self.udp, self.tcp = self._open_pools(keeper, target, limits, secured)
        pool = check_pool(keeper, target, check, limits.source, secured)
        self.health = Health(keeper, pool, check, counters.failures.on_use(*self._place))
        keeper.every(EXPIRY_ROUNDS, self._expire)
        keeper.on_stop(self._stop)

    def _open_pools(self, keeper: Keeper, target: Target, limits: Limits, secured: Secured | None) -> tuple[Pool, Pool]:
        loop, host, port = keeper.clock, target.host, target.port
        if secured is not None:
            from corefile_runtime.upstream.tls import TlsPool  # loading ssl takes as long as many a start

            pool = keeper.own(TlsPool(loop, host, port, limits, *self._count_uses("tcp-tls"), secured))
            return pool, pool
        udp = keeper.own(UdpPool(loop, host, port, limits, *self._count_uses("udp")))
        keeper.flush_counts(udp.flush_counts)
        return udp, keeper.own(TcpPool(loop, host, port, limits, *self._count_uses("tcp")))

    def _count_uses(self, over: str) -> tuple[Add, Add]:
        """For a question that found a socket open, and for one that did not."""
        counters, place = self._counters, self._place
        return counters.hits.on_use(*place, over), counters.misses.on_use(*place, over)

    def observe(self, rcode: int, seconds: float) -> None:
        """Count a reply and the time it took, as `Buckets.observe` does: each reply comes this way."""
        # Found without its labels: rendering those costs more than counting.
        buckets = self._by_rcode.get(rcode)
        if buckets is None:
            buckets = self._by_rcode[rcode] = self._durations.cell(*self._place, render_rcode(rcode))
        if seconds < 0:
            seconds = 0.0
        buckets.counts[bisect_left(buckets.bounds, seconds)] += 1
        buckets.total += seconds

    def down(self, max_fails: int) -> bool:
        """Whether more checks in a row have failed than may."""
        # `max_fails 0`: never taken for down, and never checked (CoreDNS: Proxy.Down).
        return max_fails != 0 and self.health.fails > max_fails

    def _expire(self) -> None:
        self.udp.expire()
        self.tcp.expire()

    def _stop(self) -> None:
        """Ask no more, and close the sockets when what is under way is done."""
        for part in (self.health, self.udp, self.tcp):
            part.stop()


class ProxyMetrics:
    """The metrics that all upstreams share (CoreDNS: pkg/proxy/metrics.go)."""

    def __init__(self, metrics: Registry) -> None:
        place = ("proxy_name", "to")
        self.durations = metrics.histogram(
            "coredns_proxy_request_duration_seconds", "Histogram of the time each request took.",
            TIME_BUCKETS, *place, "rcode",
        )  # fmt: skip
        self.failures = metrics.counter(
            "coredns_proxy_healthcheck_failures_total", "Counter of the number of failed healthchecks.", *place
        )
        self.hits = metrics.counter(
            "coredns_proxy_conn_cache_hits_total", "Counter of connection cache hits per upstream and protocol.",
            *place, "proto",
        )  # fmt: skip
        self.misses = metrics.counter(
            "coredns_proxy_conn_cache_misses_total", "Counter of connection cache misses per upstream and protocol.",
            *place, "proto",
        )  # fmt: skip
