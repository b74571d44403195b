"""Answers that are given again without asking the chain.

Most answers are pure functions of the question's bytes until some state changes or a TTL passes. The first one is
computed by the chain; its bytes are kept under the bytes of the query (all but the ID), with what has to change in them
and what has to be counted. A handler says of each answer how it may be replayed with `Facts`; what says nothing never
is. Counting is deferred: an entry counts how often it was used, and tells the counters when they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isinf
from typing import TypeAlias

Count: TypeAlias = Callable[[int], None]
Each: TypeAlias = Callable[[bytes, bytes, float], None]

ENTRIES = 32768


class Facts:
    """How an answer may be replayed.

    `until` is the monotonic time at which it ends. With `stored` all TTLs (at `offsets` of the wire) are `ttl` minus
    the whole seconds since that time. `source` lists what was made from one piece of state, so that it can be dropped
    with it. `counts` are told how many times the answer was used; `each` is called for every use, with the query's ID,
    the peer and the time, before it is sent. `turns` are given the entry when it is kept, and give one more such
    function: it may put records that are equally long into another order. Who moves records drops what is in `turns`.
    `admits` is asked before each use; a query that it turns away goes through the chain, and is no use.
    """

    __slots__ = ("admits", "counts", "each", "offsets", "source", "stored", "ttl", "turns", "until")

    def __init__(self, until: float = inf, source: Source | None = None) -> None:
        self.until = until
        self.source = source
        self.stored = inf
        self.ttl = 0
        self.offsets: tuple[int, ...] = ()
        self.counts: list[Count] = []
        self.each: list[Each] = []
        self.turns: list[Callable[[Kept], Each]] = []
        self.admits: Callable[[], bool] | None = None


class Source:
    """State that answers were made from: `drop` ends all of them at once."""

    __slots__ = ("_kept", "_prune")

    def __init__(self) -> None:
        self._kept: list[Kept] = []
        self._prune = 64

    def add(self, kept: Kept) -> None:
        """One more answer was made from this state."""
        self._kept.append(kept)
        if len(self._kept) > self._prune:
            self._kept = [entry for entry in self._kept if entry.until > -inf]
            self._prune = 2 * len(self._kept) + 64

    def drop(self) -> None:
        """The state has changed."""
        for kept in self._kept:
            kept.end()
        self._kept.clear()


class Kept:
    """One answer: its bytes but the ID, and until when they are right as they are."""

    __slots__ = ("counts", "each", "fresh", "hits", "offsets", "stored", "ttl", "until", "wire")

    def __init__(self, wire: bytes, facts: Facts) -> None:
        self.wire = wire
        self.until = facts.until
        self.stored = facts.stored
        self.ttl = facts.ttl
        self.offsets = facts.offsets
        self.counts = facts.counts
        self.each = (*facts.each, *(turn(self) for turn in facts.turns))
        self.hits = 0
        self.fresh = facts.until if isinf(facts.stored) else -inf

    def renew(self, now: float) -> bool:
        """Make the bytes right for a time at which `fresh` has passed; false when the answer has ended."""
        if now >= self.until:
            return False
        age = int(now - self.stored)
        ttl = (self.ttl - age).to_bytes(4, "big")
        wire = bytearray(self.wire)
        for offset in self.offsets:
            wire[offset - 2 : offset + 2] = ttl
        self.wire = bytes(wire)
        self.fresh = min(self.stored + age + 1, self.until)
        return True

    def end(self) -> None:
        """Never use it again."""
        self.settle()
        self.fresh = self.until = -inf

    def settle(self) -> None:
        """Tell the counters."""
        hits, self.hits = self.hits, 0
        if hits:
            for count in self.counts:
                count(hits)


class Guarded(Kept):
    """One whose uses are asked about. It never looks fresh, so that each goes by way of `recall`."""

    __slots__ = ("admits", "right")

    def __init__(self, wire: bytes, facts: Facts, admits: Callable[[], bool]) -> None:
        super().__init__(wire, facts)
        self.admits = admits
        self.right, self.fresh = self.fresh, -inf

    def renew(self, now: float) -> bool:
        """Make the bytes right where they no longer are."""
        if now >= self.right:
            if not super().renew(now):
                return False
            self.right, self.fresh = self.fresh, -inf
        return True

    def end(self) -> None:
        """Never use it again."""
        super().end()
        self.right = -inf


class Store:
    """The kept answers of one listener and transport, bounded by `limit`.

    They are in two generations; when the newer one is full the older one is given up. What is in neither `entries` nor
    `older` need not be recalled.
    """

    __slots__ = ("entries", "limit", "older")

    def __init__(self, limit: int = ENTRIES) -> None:
        self.entries: dict[bytes, Kept] = {}
        self.older: dict[bytes, Kept] = {}
        self.limit = limit // 2

    def recall(self, key: bytes, now: float) -> Kept | None:
        """An entry that has left the newer generation or is no longer fresh, made right; None when there is none."""
        kept = self.entries.get(key)
        if kept is None:
            kept = self.older.pop(key, None)
            if kept is None:
                return None
            self._insert(key, kept)
        if now < kept.fresh or kept.renew(now):
            return None if isinstance(kept, Guarded) and not kept.admits() else kept
        kept.end()
        del self.entries[key]
        return None

    def keep(self, key: bytes, wire: bytes, facts: Facts) -> None:
        """Remember an answer (without its ID) under a query (without its ID)."""
        if not self.limit:
            return
        previous = self.entries.get(key) or self.older.pop(key, None)
        if previous is not None:
            previous.end()
        kept = Kept(wire, facts) if facts.admits is None else Guarded(wire, facts, facts.admits)
        self._insert(key, kept)
        if facts.source is not None:
            facts.source.add(kept)

    def _insert(self, key: bytes, kept: Kept) -> None:
        if len(self.entries) >= self.limit:
            for old in self.older.values():
                old.end()
            self.older, self.entries = self.entries, {}
        self.entries[key] = kept

    def settle(self) -> None:
        """Bring all counters up to date."""
        self._settle(self.entries)
        self._settle(self.older)

    def clear(self) -> None:
        """Forget everything, for instance because the configuration changes."""
        self.settle()
        self.entries.clear()
        self.older.clear()

    @staticmethod
    def _settle(entries: dict[bytes, Kept]) -> None:
        for kept in entries.values():
            if kept.hits:
                kept.settle()
