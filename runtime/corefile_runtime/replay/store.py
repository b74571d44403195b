"""The store of replay: answers that are given again without asking the chain.

Most answers are pure functions of the question's bytes until some state changes or a TTL passes. The first one is
computed by the chain; its bytes are kept under the bytes of the query (all but the ID), with what has to change in them
and what has to be counted. A handler says of each answer how it may be replayed with `Terms`; what says nothing never
is. Counting is deferred: an entry counts how often it was used, and tells the counters when they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isinf

from corefile_runtime.replay.cookies import blank, find_cookie
from corefile_runtime.replay.eras import Era
from corefile_runtime.replay.terms import Rotated, Terms

ENTRIES = 32768
"""Answers that a store keeps at most."""
OCTETS = 16 << 20
"""Octets of their questions and replies at most: as many large answers as a client asks for fit into no memory."""
# Stands where a query has its flags: no query has QR set, so no key of another kind is like it.
_FOLDED = b"\xff"


class Entry(Rotated):
    """One answer: its bytes but the ID, and until when they are right as they are."""

    __slots__ = ("counts", "eras", "fresh", "hits", "key", "offsets", "per_use", "store", "stored", "ttl", "until")

    def __init__(self, store: Store, key: bytes, wire: bytes, terms: Terms, offsets: tuple[int, ...]) -> None:
        self.wire = wire  # as Rotated does: one of these is made for each name that is asked once
        self.store = store
        self.key = key
        self.until = terms.until
        self.stored = terms.stored
        self.ttl = terms.ttl
        self.offsets = offsets
        self.counts = terms.counts
        self.eras: tuple[Era, ...] = terms.eras
        self.per_use = tuple(terms.per_use)
        for rotation in terms.rotations:
            self.per_use += (rotation(self),)
        self.hits = 0
        self.fresh = terms.until if isinf(terms.stored) else -inf

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
        """Never use it again: its state has changed, or its time is over. It leaves its store and its eras."""
        self.store.forget(self)
        self.leave()

    def leave(self) -> None:
        """It is in no store any more: what it has counted is told, and no era remembers it."""
        self.flush_counts()
        self.fresh = self.until = -inf
        eras, self.eras = self.eras, ()
        for era in eras:
            era.discard(self)

    def flush_counts(self) -> None:
        """Tell the counters."""
        hits, self.hits = self.hits, 0
        if hits:
            for count in self.counts:
                count(hits)


class AskedEntry(Entry):
    """One whose uses are asked about. It never looks fresh, so that each goes by way of `recall`."""

    __slots__ = ("may_reuse", "right")

    def __init__(
        self,
        store: Store,
        key: bytes,
        wire: bytes,
        terms: Terms,
        offsets: tuple[int, ...],
        may_reuse: Callable[[], bool],
    ) -> None:
        super().__init__(store, key, wire, terms, offsets)
        self.may_reuse = may_reuse
        self.right, self.fresh = self.fresh, -inf

    def renew(self, now: float) -> bool:
        """Make the bytes right where they no longer are."""
        if now >= self.right:
            if not super().renew(now):
                return False
            self.right, self.fresh = self.fresh, -inf
        return True

    def leave(self) -> None:
        """Never use it again."""
        super().leave()
        self.right = -inf


class Store:
    """The entries of one listener and transport: at most `limit`, and at most `octets` of them together.

    They are in two generations, each half of that; when the newer one is full the older one is given up. What is in
    neither `entries` nor `older` need not be recalled. `folded` tells whether any entry is for names in any letters,
    `cookies` whether any is for queries with a cookie: those are kept as if it were zeros.
    """

    __slots__ = ("_room", "cookies", "entries", "folded", "limit", "octets", "older")

    def __init__(self, limit: int = ENTRIES, octets: int = OCTETS) -> None:
        self.entries: dict[bytes, Entry] = {}
        self.older: dict[bytes, Entry] = {}
        self.limit = limit // 2
        self.octets = octets // 2
        self._room = self.octets  # what the newer generation may still take
        self.folded = self.cookies = False

    def replay(self, wire: bytes, mark: bytes, peer: bytes, now: float) -> bytes | None:
        """The reply to a query whose answer is kept, counted and told to all who look at uses; None: ask the chain.

        `mark` is that of the client's class. The loop over a batch of datagrams does the first half of this in place.
        """
        entry = self.recall(mark + wire[2:], now)
        if entry is None:
            return self.replay_alike(wire, mark, peer, now) if self.folded or self.cookies else None
        entry.hits += 1
        for call in entry.per_use:
            call(wire[:2], peer, now)
        return wire[:2] + entry.wire

    def replay_alike(self, wire: bytes, mark: bytes, peer: bytes, now: float) -> bytes | None:
        """The same for a query that differs from the one kept in the letters of its name or in its cookie.

        The client gets its own back. Who asks for a name in lower case, without a cookie, does not come this way.
        """
        at = find_cookie(wire) if self.cookies else 0
        size = len(wire) - at if at else 0
        seen = blank(wire, size) if at else wire
        entry, end = self.recall(mark + seen[2:], now) if at else None, 12
        if entry is None:
            folded = fold(seen) if self.folded else None
            if folded is None:
                return None
            key, end = folded
            entry = self.recall(mark + key, now)
            if entry is None:
                return None
        entry.hits += 1
        for call in entry.per_use:
            call(wire[:2], peer, now)
        reply = entry.wire
        if at:
            reply = reply[:-size] + wire[at:]
        return wire[:2] + reply[:10] + wire[12:end] + reply[end - 2 :]

    def recall(self, key: bytes, now: float) -> Entry | None:
        """An entry that has left the newer generation or is no longer fresh, made right; None when there is none."""
        entry = self.entries.get(key)
        if entry is None:
            entry = self.older.pop(key, None)
            if entry is None:
                return None
            self._insert(key, entry)
        if now < entry.fresh or entry.renew(now):
            return None if isinstance(entry, AskedEntry) and not entry.may_reuse() else entry
        entry.end()
        return None

    def keep(
        self,
        query: bytes,
        mark: bytes,
        reply: bytes,
        terms: Terms,
        offsets: tuple[int, ...] = (),
        *,
        is_lower: bool = False,
    ) -> Entry | None:
        """Remember the reply to a query, both with their IDs, for clients of a class.

        Not kept is what hangs on state that has changed meanwhile, and what answers a name in capitals and says that
        its letters matter: such names come in too many spellings. `offsets` are those of the TTLs that age. Who knows
        that the name `is_lower` saves a look at it.
        """
        if not self.limit:
            return None
        for era in terms.eras:
            if era.ended:
                return None
        key = mark + query[2:]
        folded = None if is_lower else fold(query)
        if folded is not None:
            if not terms.folds:
                return None
            key, self.folded = mark + folded[0], True
        previous = self.entries.get(key) or self.older.get(key)
        if previous is not None:
            previous.end()
        wire = reply[2:]
        if terms.may_reuse is None:
            entry = Entry(self, key, wire, terms, offsets)
        else:
            entry = AskedEntry(self, key, wire, terms, offsets, terms.may_reuse)
        self._insert(key, entry)
        for era in entry.eras:
            era.add(entry)
        return entry

    def _insert(self, key: bytes, entry: Entry) -> None:
        size = len(key) + len(entry.wire)
        if self._room < size or len(self.entries) >= self.limit:
            older, self.older, self.entries = self.older, self.entries, {}
            self._room = self.octets
            for old in older.values():
                old.leave()
        self._room -= size
        self.entries[key] = entry

    def forget(self, entry: Entry) -> None:
        """An entry has ended."""
        if self.entries.get(entry.key) is entry:
            del self.entries[entry.key]
            self._room += len(entry.key) + len(entry.wire)
        elif self.older.get(entry.key) is entry:
            del self.older[entry.key]

    def flush_counts(self) -> None:
        """Bring all counters up to date."""
        for entries in (self.entries, self.older):
            for entry in entries.values():
                if entry.hits:
                    entry.flush_counts()

    def clear(self) -> None:
        """Forget everything: the configuration is gone."""
        entries = [*self.entries.values(), *self.older.values()]
        self.entries.clear()
        self.older.clear()
        self._room = self.octets
        for entry in entries:
            entry.leave()


def fold(wire: bytes) -> tuple[bytes, int] | None:
    """The key of a query, without its ID, for a name in any letters, and the offset behind the name.

    None when the name is in lower case, and when it is no plain name. Only the letters of the name are folded: in the
    octets around it the same bits say something else (type 65 is HTTPS, 97 is not).
    """
    at, end = 12, len(wire)
    while at < end:
        length = wire[at]
        at += length + 1
        if not length:
            name = wire[12:at]
            lower = name.lower()
            return None if name == lower else (_FOLDED + wire[2:12] + lower + wire[at:], at)
        if length > 63:
            break
    return None
