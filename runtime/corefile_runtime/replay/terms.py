"""Replay terms: the conditions on which an answer may be given again."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isinf
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from corefile_runtime.replay.eras import Era

Count: TypeAlias = Callable[[int], None]
PerUse: TypeAlias = Callable[[bytes, bytes, float], None]


class Rotated:
    """What a rotation turns over: an entry, whose `wire` has no ID."""

    __slots__ = ("wire",)

    def __init__(self, wire: bytes) -> None:
        self.wire = wire


Rotation: TypeAlias = Callable[[Rotated], PerUse]


class Terms:
    """How an answer may be replayed.

    `eras` are those of all state that it was made from, and that was asked and had nothing. `until` is the monotonic
    time at which it ends. With `stored` all its TTLs are `ttl` minus the whole seconds since that time. `folds` says
    that it is right for the name in any letters: nothing in it but the question repeats the client's. It is taken to be
    right for any cookie in the query (RFC 7873): who looks at that gives no terms. `counts` are told how many times the
    answer was used; `per_use` are called for every use, with the query's ID, the peer and the time, before it is sent.
    `rotations` are given the entry when it is kept, and give one more such function: it may put records that are
    equally long into another order. Who moves records drops what is in `rotations`. `may_reuse` is asked before each
    use; a query that it turns away goes through the chain, and is no use.
    """

    __slots__ = ("counts", "eras", "folds", "may_reuse", "per_use", "rotations", "stored", "ttl", "until")

    def __init__(self, *eras: Era, until: float = inf, folds: bool = False) -> None:
        self.eras = eras
        self.until = until
        self.folds = folds
        self.stored = inf
        self.ttl = 0
        self.counts: list[Count] = []
        self.per_use: list[PerUse] = []
        self.rotations: list[Rotation] = []
        self.may_reuse: Callable[[], bool] | None = None

    @property
    def ages(self) -> bool:
        """Whether the TTLs get less."""
        return not isinf(self.stored)

    def stop_ageing(self, now: float) -> None:
        """The TTLs are those of now: right up to the next whole second."""
        if self.ages:
            self.until = min(self.until, self.stored + int(now - self.stored) + 1)
            self.stored = inf

    def join(self, other: Terms, now: float) -> Terms | None:
        """The terms of an answer that was put together from this one and another; None: it may not be replayed."""
        if self.rotations or other.rotations or (self.may_reuse and other.may_reuse):
            return None
        joined = Terms(*self.eras, *other.eras, folds=self.folds and other.folds)
        if (self.stored, self.ttl) == (other.stored, other.ttl):
            joined.stored, joined.ttl = self.stored, self.ttl
        else:
            self.stop_ageing(now)
            other.stop_ageing(now)
        joined.until = min(self.until, other.until)
        joined.counts = [*self.counts, *other.counts]
        joined.per_use = [*self.per_use, *other.per_use]
        joined.may_reuse = self.may_reuse or other.may_reuse
        return joined
