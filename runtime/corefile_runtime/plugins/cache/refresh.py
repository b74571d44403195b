"""Refreshing of items: popular ones that are about to expire (prefetch), and expired ones (serve_stale)."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.chain.inner_query import Silent
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.plugins.cache.item import AD, Item
from corefile_runtime.plugins.cache.store import Store
from corefile_runtime.plugins.cache.writer import Writer
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR

if TYPE_CHECKING:
    from corefile.plugins.cache import Cache
    from corefile_runtime.chain.home import Home


class Refresher:
    """Has what is behind the cache asked again, in one chain."""

    def __init__(self, config: Cache, store: Store, writer: Writer, behind: Serve, home: Home) -> None:
        prefetch, stale = config.prefetch, config.serve_stale
        self._store = store
        self._writer = writer
        self._counts = writer.counts
        self._behind = behind
        self._home = home
        self._amount = prefetch.amount
        self._window = prefetch.duration.seconds
        self._share = prefetch.percentage / 100
        self._recheck = stale.recheck.seconds if stale is not None else 0.0
        self._timeout = stale.verify_timeout.seconds if stale is not None else 0.0
        self._prefers_positive = stale is not None and stale.prefer_positive

    def prefetch(self, query: Query, key: bytes, item: Item, now: float) -> None:
        """Count a use, and ask again when the reply is popular and near its end (CoreDNS: shouldPrefetch).

        Of a reply that is replayed to several clients `query` is that of the first.
        """
        uses = item.uses
        uses.touch(now, self._window)
        popular = uses.hits >= self._amount and item.left(now) <= ceil(self._share * item.ttl)
        if popular and self.begin(item, now, 0):
            self.ask_again(query, key, item, stale=False)

    @staticmethod
    def begin(item: Item, now: float, recheck: float) -> bool:
        """Begin a refresh unless one is under way or the last one failed just now (CoreDNS: beginRefresh)."""
        uses = item.uses
        if uses.refreshing or (recheck and now < uses.retry):
            return False
        uses.refreshing = True
        return True

    @staticmethod
    def _end(item: Item, recheck: float, *, refreshed: bool) -> None:
        """Another refresh may begin, after a pause if this one failed and a pause is set (CoreDNS: endRefresh)."""
        item.uses.retry = monotonic() + recheck if recheck and not refreshed else 0.0
        item.uses.refreshing = False

    # -- for nobody in particular

    def ask_again(self, query: Query, key: bytes, item: Item, *, stale: bool) -> None:
        """Ask in the background. A plugin that fails is reported; the client has its answer from the cache."""
        self._counts.prefetches()
        asked = authenticated(query)
        asked.via = Silent(query.via, "tcp")  # as CoreDNS sends such queries
        recheck = self._recheck if stale else 0.0

        def take(reply: Reply, item: Item) -> None:
            refreshed = self._take(reply, query, key, item, stale=stale)
            self._end(item, recheck, refreshed=refreshed)

        def fail(error: Exception, item: Item) -> None:
            self._end(item, recheck, refreshed=False)
            raise error

        def ask() -> None:
            try:
                outcome = self._behind(asked)
            except Exception as error:
                fail(error, item)
            else:
                if isinstance(outcome, Pending):
                    outcome.end(take, fail, item)
                else:
                    take(outcome, item)

        self._home.clock.guard(ask)

    def _take(self, reply: Reply, query: Query, key: bytes, item: Item, *, stale: bool) -> bool:
        """Keep the new reply, if it may replace one that has ended; whether it does (CoreDNS: doPrefetch)."""
        refreshed = not stale or self._writer.replaces_stale(reply, query)
        if refreshed or self._prefers_positive:
            self._writer.write(reply, query, key, refresh=True)
        successor = self._store.any(key) if refreshed else None
        if successor is not None:  # it inherits how popular the name is
            successor.uses.last, successor.uses.hits = monotonic(), item.uses.hits
        return refreshed

    # -- while a client waits

    def verify(self, query: Query, key: bytes, item: Item, old: Callable[[], Reply], *, tracked: bool) -> Outcome:
        """The new reply for a client, or what `old` gives when the upstream fails or takes longer than it may.

        `tracked` says that the refresh was begun with `begin`.
        """

        def judge(reply: Reply, *, late: bool = False) -> Reply:
            refreshed = self._writer.replaces_stale(reply, query)
            out = reply
            if refreshed:
                out = self._writer.write(reply, query, key)
                kept = self._store.any(key)
                if self._timeout and kept is not None and kept is not item:  # CoreDNS gives what it has just kept
                    out = answer_fresh(query, kept)
            elif self._prefers_positive:
                self._writer.write(reply, query, key, refresh=True)
            if tracked:
                self._end(item, self._recheck, refreshed=refreshed)
            return out if refreshed or late else old()

        def fail() -> None:
            if tracked:
                self._end(item, self._recheck, refreshed=False)

        try:
            outcome = self._behind(authenticated(query))
        except Exception:  # the server answers SERVFAIL
            fail()
            raise
        return (
            _Race(self._home, outcome, self._timeout, judge, old, fail)
            if isinstance(outcome, Pending)
            else judge(outcome)
        )


class _Race(Pending):
    """An upstream and a clock: whichever is first decides what the client gets. What comes late is kept all the same.

    CoreDNS: verifyWithTimeout. Without `seconds` there is no clock.
    """

    __slots__ = ("_fail", "_judge", "_late", "_old", "_timer")

    def __init__(
        self,
        home: Home,
        upstream: Pending,
        seconds: float,
        judge: Callable[..., Reply],
        old: Callable[[], Reply],
        fail: Callable[[], None],
    ) -> None:
        super().__init__()
        self._judge = judge
        self._old = old
        self._fail = fail
        self._late = False
        # The client waits also when another configuration has taken over meanwhile.
        self._timer = home.delay(seconds, self._give_up) if seconds else None
        upstream.end(self._arrive, self._rescue_client, self._old)

    def _give_up(self) -> None:
        self._late = True
        self.resolve(self._old())

    def _arrive(self, reply: Reply, _old: Callable[[], Reply]) -> None:
        self._stop()
        judged = self._judge(reply, late=self._late)
        if not self._late:
            self.resolve(judged)

    def _rescue_client(self, error: Exception, old: Callable[[], Reply]) -> None:
        """A plugin has failed, which is reported; the client gets the old reply."""
        self._stop()
        self._fail()
        if not self._late:
            self.resolve(old())
        raise error

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def answer_fresh(query: Query, item: Item) -> Reply:
    """A reply that has just been kept, as the cache itself gives it: with AA."""
    return Reply(NOERROR, item.reply(query, item.ttl, authenticated=query.wire[3] & AD != 0 or query.dnssec)[0])


def authenticated(query: Query) -> Query:
    """The query as it goes upstream: with AD, for the answer may serve those who want it."""
    wire = query.wire
    return query.with_wire(wire[:3] + bytes((wire[3] | AD,)) + wire[4:])
