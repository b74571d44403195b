"""The metrics of the cache, for one chain."""

from __future__ import annotations

from corefile_runtime.metrics.registry import Counter, Registry


class Counts:
    """Functions that count under the labels of one listener, set of zones, and view.

    `unknown` is how many names were asked for that were not there at all, `successes` and `denials` how many replies
    there were when the last one was kept: notes that `flush` turns into metrics.
    """

    __slots__ = (
        "_entries", "_place", "denial_evictions", "denial_hits", "denials", "drops", "misses", "prefetches", "requests",
        "stale", "success_evictions", "success_hits", "successes", "unknown",
    )  # fmt: skip

    def __init__(self, metrics: Registry, server: str, zones: str, view: str) -> None:
        labels = ("server", "zones", "view")
        typed = ("server", "type", "zones", "view")
        place = (server, zones, view)
        success, denial = (server, "success", zones, view), (server, "denial", zones, view)
        self._place = success, denial
        self.successes = self.denials = self.unknown = 0
        self._entries = metrics.gauge(
            "coredns_cache_entries", "The number of elements in the cache.", *typed, adds=True
        )

        def counter(name: str, text: str, *names: str) -> Counter:
            return metrics.counter(f"coredns_cache_{name}_total", text, *names)

        self.requests = counter("requests", "The count of cache requests.", *labels).on_use(*place)
        hits = counter("hits", "The count of cache hits.", *typed)
        self.success_hits, self.denial_hits = hits.on_use(*success), hits.on_use(*denial)
        self.misses = counter(
            "misses", "The count of cache misses. Deprecated, derive misses from cache hits/requests counters.", *labels
        ).on_use(*place)
        self.prefetches = counter(
            "prefetch", "The number of times the cache has prefetched a cached item.", *labels
        ).on_use(*place)
        self.drops = counter(
            "drops", "The number responses that are not cached, because the reply is malformed.", *labels
        ).on_use(*place)
        self.stale = counter("served_stale", "The number of requests served from stale cache entries.", *labels).on_use(
            *place
        )
        evictions = counter("evictions", "The count of cache evictions.", *typed)
        self.success_evictions, self.denial_evictions = evictions.on_use(*success), evictions.on_use(*denial)

    def flush(self) -> None:
        """Tell what has only been noted: it happens too often to be told each time."""
        unknown, self.unknown = self.unknown, 0
        if unknown:
            self.requests(unknown)
            self.misses(unknown)
        if self.successes or self.denials:
            success, denial = self._place
            self._entries.cell(*success).value = self.successes
            self._entries.cell(*denial).value = self.denials
