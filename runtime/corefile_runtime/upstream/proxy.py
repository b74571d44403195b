"""One upstream: how it is asked, and whether it is well."""

from __future__ import annotations

from bisect import bisect_left

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.metrics.registry import TIME_BUCKETS, Buckets, Registry
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.upstream.health import Check, Health
from corefile_runtime.upstream.tcp import TcpPool
from corefile_runtime.upstream.udp import Lifetime, UdpPool
from corefile_runtime.wire.rcodes import render_rcode

EXPIRY_ROUNDS = 10.0


class Proxy:
    """An upstream with its sockets. `name` is the plugin that uses it, `label` its address, as metrics have them."""

    def __init__(
        self, name: str, loop: Loop, host: str, port: int, life: Lifetime, check: Check, metrics: Registry
    ) -> None:
        self.label = join_host_port(host, port)
        self.loop = loop
        counters = ProxyMetrics(metrics)
        self._durations = counters.durations
        self._place = name, self.label
        self._by_rcode: dict[int, Buckets] = {}

        hits, misses = counters.hits, counters.misses
        place = name, self.label
        self.udp = UdpPool(loop, host, port, life, hits.on_use(*place, "udp"), misses.on_use(*place, "udp"))
        self.tcp = TcpPool(loop, host, port, life, hits.on_use(*place, "tcp"), misses.on_use(*place, "tcp"))
        self.health = Health(loop, host, port, check, life.source, counters.failures.on_use(name, self.label))
        self._expiry = loop.after(EXPIRY_ROUNDS, self._expire)

    def observe(self, rcode: int, seconds: float) -> None:
        """Count a reply and the time it took, as `Buckets.observe` does: each reply comes this way."""
        buckets = self._by_rcode.get(rcode)
        if buckets is None:
            buckets = self._by_rcode[rcode] = self._durations.cell(*self._place, render_rcode(rcode))
        if seconds < 0:
            seconds = 0.0
        buckets.counts[bisect_left(buckets.bounds, seconds)] += 1
        buckets.total += seconds

    def down(self, max_fails: int) -> bool:
        """Whether more checks in a row have failed than may."""
        return max_fails != 0 and self.health.fails > max_fails

    def settle(self) -> None:
        """Tell metrics what has only been noted."""
        self.udp.settle()

    def _expire(self) -> None:
        self.udp.expire()
        self.tcp.expire()
        self._expiry = self.loop.after(EXPIRY_ROUNDS, self._expire)

    def stop(self) -> None:
        """Ask no more, and close the sockets when what is under way is done."""
        self.settle()
        self._expiry.cancel()
        self.health.stop()
        self.udp.stop()
        self.tcp.stop()

    def close(self) -> None:
        """The process ends."""
        self.stop()
        self.health.close()
        self.udp.close()
        self.tcp.close()


class ProxyMetrics:
    """The metrics that all upstreams share."""

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
