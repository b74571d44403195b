"""The path of a query through the cache."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.chain.inner_query import Silent
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.plugins.cache.counts import Counts
from corefile_runtime.plugins.cache.item import Item
from corefile_runtime.plugins.cache.refresh import Refresh
from corefile_runtime.plugins.cache.store import Store
from corefile_runtime.plugins.cache.writer import Writer
from corefile_runtime.replay.store import Facts, Source
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR
from corefile_runtime.wire.zone_match import matcher

if TYPE_CHECKING:
    from corefile.plugins.cache import Cache
    from corefile_runtime.chain.build import Site
    from corefile_runtime.process.instance import Instance

AD, CD = 32, 16
_FLAGS = {flags: bytes((flags,)) for flags in (0, CD, 128, 128 | CD)}
_WITH_AD = [bytes((octet | AD,)) for octet in range(256)]


class Handler:
    """The cache in one chain."""

    def __init__(self, config: Cache, zones: tuple[str, ...], store: Store, site: Site, instance: Instance) -> None:
        self.config = config
        self.store = store
        self.loop = instance.loop
        self.next = site.next
        self.counts = Counts(instance.metrics, site.server, ",".join(zones), site.view)
        instance.settlers.append(self.counts.settle)
        self.writer = Writer(config, store, self.counts, instance.loop)
        self._matches = matcher([parse_name(zone) for zone in zones])
        stale = config.serve_stale
        self.stale = stale
        self._grace = int(stale.up_to.seconds) if stale is not None else 0
        self._prefers_positive = stale is not None and stale.prefer_positive

    def bind(self) -> Serve:
        """The function for the chain."""
        matches, hit, counts = self._matches, self._hit, self.counts
        find, behind, write = self._find, self.next, self.writer.write_for
        success, denial = self.store.success.items, self.store.denial.items

        def serve(query: Query) -> Outcome:
            if matches is not None and not matches(query.name):
                return behind(query)
            wire, end = query.wire, query.end
            second = wire[3]
            special = query.opt or second & CD
            key = make_key(query) if special else query.name + wire[end - 4 : end] + b"\0"
            if key in success or key in denial:
                now = monotonic()
                item = find(key, now)
                if item is not None:
                    return hit(query, key, item, now)
            else:
                counts.unknown += 1
            if not second & AD:
                query.wire = wire[:3] + _WITH_AD[second] + wire[4:]
            outcome = behind(query)
            if isinstance(outcome, Pending):
                return outcome.then(write, (query, key, wire))
            return write(outcome, (query, key, wire))

        return serve

    def _find(self, key: bytes, now: float) -> Item | None:
        """The reply to give, ended ones too while they may still be given (CoreDNS: getIfNotStale)."""
        counts, grace = self.counts, self._grace
        counts.requests()
        success = self.store.success.items.get(key)
        if self._prefers_positive and grace and success is not None:
            item = success if success.answering else success.good
            if item is not None and -item.left(now) < grace:
                counts.success_hits()
                return item
        denial = self.store.denial.items.get(key)
        usable = success is not None and (now - success.stored < success.ttl or (grace and -success.left(now) < grace))
        if denial is not None and (now - denial.stored < denial.ttl or (grace and -denial.left(now) < grace)):
            if denial.failed and usable:
                counts.success_hits()
                return success
            counts.denial_hits()
            return denial
        if usable:
            counts.success_hits()
            return success
        counts.misses()
        return None

    def _hit(self, query: Query, key: bytes, item: Item, now: float) -> Outcome:
        left = item.left(now)
        if left > 0:
            self._prefetch(query, key, item, now)
            return self.answer(query, item, item.ttl if self.config.keepttl else left, key)
        stale = self.stale
        if stale is not None and stale.verify:
            tracked = stale.recheck > 0
            if not tracked or self._may_refresh(item, now, stale.recheck.seconds):
                return Refresh(self, query, key, item, tracked=tracked).start()
        elif stale is not None and self._may_refresh(item, monotonic(), stale.recheck.seconds):
            self._ask_again(query, key, item, stale=True)
        return self.answer_stale(query, item)

    def answer(self, query: Query, item: Item, ttl: int, key: bytes) -> Reply:
        """A reply from the cache, with what is needed to give it again."""
        wants = query.wire[3] & AD or query.dnssec
        wire, same = item.reply(query, ttl, authenticated=bool(wants))
        if not same:
            return Reply(NOERROR, wire)
        if item.source is None:
            # Only who is asked for again may be asked for often.
            item.source = Source()
            return Reply(NOERROR, wire)
        facts = Facts(item.stored + item.ttl, item.source)
        if not self.config.keepttl:
            facts.stored, facts.ttl, facts.offsets = item.stored, item.ttl, item.offsets
        counts = self.counts
        denial = item is self.store.denial.items.get(key)
        facts.counts = [counts.requests, counts.denial_hits if denial else counts.success_hits]
        if self.config.prefetch.amount:
            facts.each.append(lambda _id, _peer, now: self._prefetch(query, key, item, now))
        return Reply(NOERROR, wire, "", facts)

    def answer_stale(self, query: Query, item: Item) -> Reply:
        """A reply whose time is over, with TTL 0 or what the configuration says."""
        self.counts.stale()
        ttl = int(self.stale.ttl.seconds) if self.stale is not None else 0
        if self.config.keepttl and not ttl:
            ttl = item.ttl
        wants = query.wire[3] & AD or query.dnssec
        return Reply(NOERROR, item.reply(query, ttl, authenticated=bool(wants))[0])

    # -- asking again in the background

    def _prefetch(self, query: Query, key: bytes, item: Item, now: float) -> None:
        prefetch = self.config.prefetch
        if prefetch.amount <= 0:
            return
        item.uses.touch(now, prefetch.duration.seconds)
        popular = item.uses.hits >= prefetch.amount and item.left(now) <= ceil(prefetch.percentage / 100 * item.ttl)
        if popular and self._may_refresh(item, now, 0):
            self._ask_again(query, key, item, stale=False)

    @staticmethod
    def _may_refresh(item: Item, now: float, recheck: float) -> bool:
        """Begin a refresh unless one is under way or the last one failed just now."""
        uses = item.uses
        if uses.refreshing or (recheck and now < uses.retry):
            return False
        uses.refreshing = True
        return True

    def end_refresh(self, item: Item, *, refreshed: bool) -> None:
        """Another refresh may begin, after a pause if this one failed and a pause is set."""
        recheck = self.stale.recheck.seconds if self.stale is not None else 0.0
        item.uses.retry = monotonic() + recheck if recheck and not refreshed else 0.0
        item.uses.refreshing = False

    def _ask_again(self, query: Query, key: bytes, item: Item, *, stale: bool) -> None:
        self.counts.prefetches()
        detached = authenticated(query)
        detached.via = Silent(query.via, "tcp")  # as CoreDNS sends such queries
        self.ask(detached, lambda reply: self._asked_again(reply, query, key, item, stale=stale))

    def ask(self, query: Query, then: Callable[[Reply], None]) -> None:
        """Ask what is behind the cache, for nobody in particular."""

        def done(reply: Reply) -> None:
            then(reply)

        outcome = self.next(query)
        if isinstance(outcome, Pending):
            outcome.then(done)
        else:
            done(outcome)

    def _asked_again(self, reply: Reply, query: Query, key: bytes, item: Item, *, stale: bool) -> None:
        refreshed = True
        if stale:
            refreshed = self.writer.replaces_stale(reply, query)
            if refreshed or self._prefers_positive:
                self.writer.write(reply, query, key, refresh=True)
        else:
            self.writer.write(reply, query, key, refresh=True)
        if refreshed:
            successor = self.store.any(key)
            if successor is not None:
                successor.uses.last, successor.uses.hits = monotonic(), item.uses.hits
        if stale:
            self.end_refresh(item, refreshed=refreshed)
        else:
            item.uses.refreshing, item.uses.retry = False, 0.0


def make_key(query: Query) -> bytes:
    """Name, type, class, DO and CD."""
    wire, end, opt = query.wire, query.end, query.opt
    flags = (128 if opt and wire[opt + 7] & 128 else 0) | wire[3] & CD
    return query.name + wire[end - 4 : end] + _FLAGS[flags]


def authenticated(query: Query) -> Query:
    """The query as it goes upstream: with AD, for the answer may serve those who want it."""
    wire = query.wire
    return query.with_wire(wire[:3] + _WITH_AD[wire[3]] + wire[4:])
