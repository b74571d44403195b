"""The metrics of queries and replies: what `prometheus` counts, and the server for what it answers itself."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from corefile_runtime.metrics.registry import SIZE_BUCKETS, TIME_BUCKETS, Registry
from corefile_runtime.wire.rcodes import COUNTED, render_rcode, render_type
from corefile_runtime.wire.records import question_end, uncompressed_size

if TYPE_CHECKING:
    from corefile_runtime.wire.question import Query

Count: TypeAlias = Callable[..., None]
"""(how many times, seconds of each) counts that many more queries like one that was reported."""


class Traffic:
    """The metrics of queries and replies (CoreDNS: metrics/vars)."""

    def __init__(self, metrics: Registry) -> None:
        place = ("server", "zone", "view")
        self.requests = metrics.counter(
            "coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.",
            *place, "proto", "family", "type",
        )  # fmt: skip
        self.durations = metrics.histogram(
            "coredns_dns_request_duration_seconds", "Histogram of the time (in seconds) each request took per zone.",
            TIME_BUCKETS, *place,
        )  # fmt: skip
        self.request_sizes = metrics.histogram(
            "coredns_dns_request_size_bytes",
            "Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol.", SIZE_BUCKETS, *place, "proto",
        )  # fmt: skip
        self.dnssec = metrics.counter(
            "coredns_dns_do_requests_total", "Counter of DNS requests with DO bit set per zone.", *place
        )
        self.response_sizes = metrics.histogram(
            "coredns_dns_response_size_bytes", "Size of the returned response in bytes.", SIZE_BUCKETS, *place, "proto"
        )
        self.responses = metrics.counter(
            "coredns_dns_responses_total", "Counter of response status codes.", *place, "rcode", "plugin"
        )

    def report(self, place: tuple[str, str, str], query: Query, rcode: int, plugin: str, wire: bytes | None) -> Count:
        """Count one query and its reply (None: none was written); what it returns counts so many more like it."""
        over = query.via.over
        seen = query.final
        family = "2" if ":" in query.via.client(query.peer)[0] else "1"
        kind = render_type(seen.qtype) if seen.qtype in COUNTED else "other"
        size = uncompressed_size(wire, question_end(wire)) if wire is not None else 0
        asked = seen.length
        requests = self.requests.cell(*place, over, family, kind)
        durations = self.durations.cell(*place)
        replies, queries = self.response_sizes.cell(*place, over), self.request_sizes.cell(*place, over)
        responses = self.responses.cell(*place, render_rcode(rcode), plugin)
        dnssec = self.dnssec.cell(*place) if seen.dnssec else None

        def count(times: int, seconds: float = 0.00002) -> None:
            if dnssec is not None:
                dnssec.value += times
            requests.value += times
            durations.observe(seconds, times)
            replies.observe(size, times)
            queries.observe(asked, times)
            responses.value += times

        count(1, monotonic() - query.start)
        return count
