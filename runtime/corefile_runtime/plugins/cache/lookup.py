"""Lookup: the path of a query through the cache."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.plugins.cache.counts import Counts
from corefile_runtime.plugins.cache.item import AD, CD, Item
from corefile_runtime.plugins.cache.refresh import Refresher
from corefile_runtime.plugins.cache.store import Store
from corefile_runtime.plugins.cache.writer import Writer
from corefile_runtime.replay.eras import Era
from corefile_runtime.replay.terms import Terms
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR
from corefile_runtime.wire.zone_match import matcher

if TYPE_CHECKING:
    from corefile.plugins.cache import Cache
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Site

_FLAGS = {flags: bytes((flags,)) for flags in (0, CD, 128, 128 | CD)}
# The low octet of a query's flags with AD. A table, as this is done for each query that misses.
_WITH_AD = [bytes((octet | AD,)) for octet in range(256)]


class Lookup:
    """The cache in one chain."""

    def __init__(self, config: Cache, store: Store, site: Site, home: Home) -> None:
        zones = config.zones or home.zones
        self._keepttl = config.keepttl
        self._success, self._denial = store.success.items, store.denial.items
        self._next = site.next
        self._counts = counts = Counts(home.metrics, site.server, ",".join(zones), site.view)
        home.flush_counts(counts.flush)
        self._writer = Writer(config, store, counts, home.clock)
        self._refresher = Refresher(config, store, self._writer, site.next, home)
        self._prefetches = config.prefetch.amount > 0
        self._matches = matcher([parse_name(zone) for zone in zones])
        self._stale = stale = config.serve_stale
        self._grace = int(stale.up_to.seconds) if stale is not None else 0
        self._prefers_positive = stale is not None and stale.prefer_positive

    def link(self) -> Serve:
        """The function for the chain."""
        matches, hit, counts = self._matches, self._hit, self._counts
        find, behind, write = self._find, self._next, self._writer.write_for
        success, denial = self._success, self._denial

        def serve(query: Query) -> Outcome:
            if matches is not None and not matches(query.name):
                return behind(query)
            wire, end = query.wire, query.end
            flags_low = wire[3]
            # The usual query has neither EDNS nor CD: its key is made here, without a call.
            special = query.opt or flags_low & CD
            key = make_key(query) if special else query.name + wire[end - 4 : end] + b"\0"
            if key in success or key in denial:
                now = monotonic()
                item = find(key, now)
                if item is not None:
                    return hit(query, key, item, now)
            else:
                counts.unknown += 1
            # AD asks for AD in the answer (RFC 6840, 5.7), and the answer may serve those who want it (CoreDNS:
            # authenticatedRefreshState). The query itself is changed, and changed back: a copy costs a microsecond.
            if not flags_low & AD:
                query.wire = wire[:3] + _WITH_AD[flags_low] + wire[4:]
            outcome = behind(query)
            if isinstance(outcome, Pending):
                return outcome.then(write, (query, key, wire))
            return write(outcome, (query, key, wire))

        return serve

    def _find(self, key: bytes, now: float) -> Item | None:
        """The reply to give, ended ones too while they may still be given (CoreDNS: getIfNotStale)."""
        counts, grace = self._counts, self._grace
        counts.requests()
        success = self._success.get(key)
        if self._prefers_positive and grace and success is not None:
            item = success if success.answering else success.good
            if item is not None and -item.left(now) < grace:
                counts.success_hits()
                return item
        denial = self._denial.get(key)
        usable = success is not None and (now - success.stored < success.ttl or (grace and -success.left(now) < grace))
        if denial is not None and (now - denial.stored < denial.ttl or (grace and -denial.left(now) < grace)):
            # A SERVFAIL passes: it does not hide a good answer that is still there.
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
            if self._prefetches:
                self._refresher.prefetch(query, key, item, now)
            return self._answer(query, item, item.ttl if self._keepttl else left, key)
        stale, refresher = self._stale, self._refresher
        if stale is not None and stale.verify:
            # Without a pause set, each query asks the upstream; CoreDNS too then has several asked at once.
            tracked = stale.recheck > 0
            if not tracked or refresher.begin(item, now, stale.recheck.seconds):
                return refresher.verify(query, key, item, lambda: self._answer_stale(query, item), tracked=tracked)
        elif stale is not None and refresher.begin(item, now, stale.recheck.seconds):
            refresher.ask_again(query, key, item, stale=True)
        return self._answer_stale(query, item)

    def _answer(self, query: Query, item: Item, ttl: int, key: bytes) -> Reply:
        """A reply from the cache, with what is needed to give it again."""
        wire, folds = item.reply(query, ttl, authenticated=query.wire[3] & AD != 0 or query.dnssec)
        era = item.era
        if era is None:
            # Only who is asked for again may be asked for often: most names of a cache are asked for once.
            item.era = Era()
            return Reply(NOERROR, wire)
        terms = Terms(era, until=item.stored + item.ttl, folds=folds)
        if not self._keepttl:
            terms.stored, terms.ttl = item.stored, item.ttl
        counts = self._counts
        denied = item is self._denial.get(key)
        terms.counts = [counts.requests, counts.denial_hits if denied else counts.success_hits]
        if self._prefetches:
            prefetch = self._refresher.prefetch
            terms.per_use.append(lambda _id, _peer, now: prefetch(query, key, item, now))
        return Reply(NOERROR, wire, "", terms)

    def _answer_stale(self, query: Query, item: Item) -> Reply:
        """A reply whose time is over, with TTL 0 or what the configuration says."""
        self._counts.stale()
        ttl = int(self._stale.ttl.seconds) if self._stale is not None else 0
        # CoreDNS: `keepttl` sets the clock back to when the reply was stored, for stale ones too.
        if self._keepttl and not ttl:
            ttl = item.ttl
        return Reply(NOERROR, item.reply(query, ttl, authenticated=query.wire[3] & AD != 0 or query.dnssec)[0])


def make_key(query: Query) -> bytes:
    """Name, type, class, DO and CD."""
    wire, end, opt = query.wire, query.end, query.opt
    # As CoreDNS's hash of a key: a reply with signatures is not for those who want none, nor an unchecked one (CD) for
    # those who rely on the check (RFC 4035, 3.2.2).
    flags = (128 if opt and wire[opt + 7] & 128 else 0) | wire[3] & CD
    return query.name + wire[end - 4 : end] + _FLAGS[flags]
