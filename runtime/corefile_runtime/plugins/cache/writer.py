"""Storing of replies on their way back: which are kept, for how long, and what the client sees of them."""

from __future__ import annotations

from struct import Struct
from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Reply, with_messages
from corefile_runtime.plugins.cache.counts import Counts
from corefile_runtime.plugins.cache.item import AD, Item, answers, strip
from corefile_runtime.plugins.cache.store import Store
from corefile_runtime.wire.classify import Kind, authority_types, classify, full_rcode
from corefile_runtime.wire.names import Malformed, parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import AXFR, IXFR, NOERROR, NXDOMAIN, OPT, RRSIG, SERVFAIL, SOA
from corefile_runtime.wire.records import Place, find_records
from corefile_runtime.wire.replies import with_rcode
from corefile_runtime.wire.zone_match import matcher

if TYPE_CHECKING:
    from corefile.plugins.cache import Cache
    from corefile_runtime.events.event_loop import Loop

# The TTL of a reply that has none to go by (CoreDNS: dnsutil.MinimalDefaultTTL).
MINIMUM = 5
TC = 2
# The place of a single TTL, right behind any question: many items share one of these.
_ALONE = tuple((at,) for at in range(300))
_SPECIAL = frozenset((AXFR, IXFR, OPT, RRSIG))
_read_head, _read_ttl = Struct("!H2x3H").unpack_from, Struct("!6xI").unpack_from


def _are_alike(wire: bytes, places: list[Place], additional: int) -> bool:
    """Whether all records have one owner, type, class and TTL, but for an OPT at the end."""
    _, body, rtype = places[-1]
    if additional and (additional > 1 or rtype != OPT or wire[body + 4]):
        return False
    at = places[0][0]
    start = wire[at : at + 10]
    return all(wire.startswith(start, at) for at, _, _ in places[: len(places) - additional])


class Writer:
    """Keeps replies for one chain."""

    def __init__(self, config: Cache, store: Store, counts: Counts, clock: Loop) -> None:
        self.counts = counts
        self._store = store
        self._clock = clock
        self._bounds = {
            "success": (int(config.success.min_ttl.seconds), int(config.success.max_ttl.seconds)),
            "denial": (int(config.denial.min_ttl.seconds), int(config.denial.max_ttl.seconds)),
        }
        self._servfail = config.servfail.seconds
        self._kept_out = {
            "success": matcher([parse_name(zone) for zone in config.success.disabled_zones], empty=False),
            "denial": matcher([parse_name(zone) for zone in config.denial.disabled_zones], empty=False),
        }
        self._prefers_positive = config.serve_stale is not None and config.serve_stale.prefer_positive
        self._success, self._denial = store.success.items, store.denial.items
        least, self._most = self._bounds["success"]
        self._least = max(least, 1)
        # Nothing to ask before a reply is kept for a name that is not there.
        self._plainly = self._kept_out["success"] is None and not self._prefers_positive

    def write_for(self, reply: Reply, context: tuple[Query, bytes, bytes]) -> Reply:
        """`write` for a query, with its key, that was sent on with AD: it gets back what the client asked.

        Nor do the plugins in front see what those behind have made of it.
        """
        query, key, asked = context
        query.wire = asked
        query.changed = query.reverted = None
        return self._write_plain(reply, query, key) or self._write_any(reply, query, key)

    def write(self, reply: Reply, query: Query, key: bytes, *, refresh: bool = False) -> Reply:
        """Keep a reply if it may be, and make it what the client gets: one TTL on all records, no AD nobody asked for.

        `refresh` is for replies that no client waits for.
        """
        return self._write_plain(reply, query, key, refresh=refresh) or self._write_any(
            reply, query, key, refresh=refresh
        )

    def _write_any(self, reply: Reply, query: Query, key: bytes, *, refresh: bool = False) -> Reply:
        wire, places = reply.wire, reply.places
        if wire is None:
            return reply
        if reply.more is not None:
            # Only transfers come in several messages, and those are not kept. CoreDNS has each pass its WriteMsg.
            return with_messages(reply, lambda one: self._pass_message(one, query, key))
        end = query.end
        try:
            if places is None:
                places = find_records(wire, end)
            kind, answering = self._classify(wire, query, places)
        except (Malformed, IndexError):
            return reply
        seconds = self._duration(kind, wire, places)
        rcode = full_rcode(wire, places)
        wire, places = strip(wire, end, places)
        # One TTL on all records, for the client who asked first as well (CoreDNS: ResponseWriter.WriteMsg).
        ttl = int(seconds)
        octets, body = ttl.to_bytes(4, "big"), bytearray(wire)
        offsets: list[int] = []
        for place in places:
            at = place[1] + 4
            body[at : at + 4] = octets
            offsets.append(at)
        if seconds > 0 and not wire[2] & TC and self._is_kept(kind, answering, wire, places):
            if wire[2] & 128 and wire[12:end].lower() == query.wire[12:end].lower():
                item = Item(bytes(body), end, tuple(offsets), ttl, monotonic())
                item.answering = answering
                self._keep(key, item, kind, query, refresh=refresh)
            else:
                self.counts.drops()
        if not query.wire[3] & AD and not query.dnssec:
            body[3] &= ~AD & 255
        if rcode > 15:  # CoreDNS leaves clients without EDNS, who cannot be told, without any reply
            return Reply(NOERROR, with_rcode(bytes(body), rcode)) if query.opt else Reply(SERVFAIL)
        return Reply(reply.rcode, bytes(body), reply.error)

    def _pass_message(self, wire: bytes, query: Query, key: bytes) -> bytes:
        return self._write_any(Reply(NOERROR, wire), query, key).wire or wire

    def _write_plain(self, reply: Reply, query: Query, key: bytes, *, refresh: bool = False) -> Reply | None:
        """`write` for what most replies are: nothing but the records asked for, with one TTL that may stay.

        Such a reply is kept as it is. None for all others: about them the functions below find out.
        """
        wire, places = reply.wire, reply.places
        if not places or wire is None:
            return None
        # QR set, opcode and rcode 0, TC clear; RD, RA, AD, CD and AA may be anything.
        flags, answers, authority, additional = _read_head(wire, 2)
        if flags & 0xFA0F != 0x8000 or not answers or authority:
            return None
        end, at = query.end, places[0][0]
        question = query.wire[12:end]
        if wire[at : at + 6] != b"\xc0\x0c" + question[-4:] or not wire.startswith(question, 12):
            return None
        if len(places) > 1 and not _are_alike(wire, places, additional):
            return None
        ttl: int = _read_ttl(wire, at)[0]
        if not self._least <= ttl <= self._most or query.qtype in _SPECIAL:
            return None
        if additional:
            wire, places = strip(wire, end, places)
        offsets = _ALONE[at + 6] if len(places) == 1 else tuple([place[1] + 4 for place in places])
        item = Item(wire, end, offsets, ttl, self._clock.now)
        success, denial = self._success, self._denial
        if self._plainly and key not in success and key not in denial and len(success) < self._store.success.limit:
            success[key] = item
            self.counts.successes, self.counts.denials = len(success), len(denial)
        else:
            self._keep(key, item, "NOERROR", query, refresh=refresh)
        if wire[3] & AD and not query.wire[3] & AD and not query.dnssec:
            wire = wire[:3] + bytes((wire[3] & ~AD,)) + wire[4:]
        if wire is reply.wire and reply.terms is None:
            return reply
        return Reply(reply.rcode, wire, reply.error)

    def _classify(self, wire: bytes, query: Query, places: list[Place]) -> tuple[Kind, bool]:
        """The kind of the reply, and whether it answers. A CNAME chain that ends nowhere, with an SOA, is a denial."""
        kind = classify(wire, query.qtype, places)
        if kind != "NOERROR":
            return kind, False
        answering = answers(wire, query, places)
        if not answering and wire[6:8] != b"\0\0" and SOA in authority_types(wire, places):
            return "NODATA", False
        return kind, answering

    def _duration(self, kind: Kind, wire: bytes, places: list[Place]) -> float:
        """How long the reply is good for, in seconds."""
        # `servfail`: five seconds unless the Corefile says otherwise, at most five minutes (RFC 2308, 7.1).
        if kind == "SERVERERROR":
            return self._servfail
        least, most = self._bounds["denial" if kind in ("NXDOMAIN", "NODATA") else "success"]
        found = MINIMUM
        if kind in ("NOERROR", "NXDOMAIN", "NODATA"):
            ttls = [int.from_bytes(wire[body + 4 : body + 8], "big") for _, body, rtype in places if rtype != OPT]
            # A reply without any record says nothing about its life.
            found = min(ttls, default=MINIMUM)
        return min(max(found, least), most)

    @staticmethod
    def _is_kept(kind: Kind, answering: bool, wire: bytes, places: list[Place]) -> bool:
        if kind in ("OTHERERROR", "META", "UPDATE"):
            return False
        if kind == "NXDOMAIN":
            return SOA in authority_types(wire, places)
        # An answer that leads nowhere, and no SOA to tell for how long: RFC 2308, 5.
        return kind != "NOERROR" or answering or wire[6:8] == b"\0\0"

    def _keep(self, key: bytes, item: Item, kind: Kind, query: Query, *, refresh: bool) -> None:
        store, counts = self._store, self.counts
        if kind in ("NOERROR", "DELEGATION"):
            out = self._kept_out["success"]
            if out is None or not out(query.name):
                self._keep_success(key, item, refresh=refresh)
        else:
            out = self._kept_out["denial"]
            if out is None or not out(query.name):
                store.changed(key)
                if store.denial.put(key, item):
                    counts.denial_evictions()
        counts.successes, counts.denials = len(store.success.items), len(store.denial.items)

    def _keep_success(self, key: bytes, item: Item, *, refresh: bool) -> None:
        store, counts = self._store, self.counts
        prefers = self._prefers_positive
        if prefers and not item.answering:
            previous = store.success.items.get(key)
            if previous is not None:
                item.good = previous if previous.answering else previous.good
        store.changed(key)
        if store.success.put(key, item):
            counts.success_evictions()
        if (refresh and not prefers) or (prefers and item.answering):
            store.denial.drop(key)

    def replaces_stale(self, reply: Reply, query: Query) -> bool:
        """Whether a new reply may take the place of one whose time is over (RFC 8767, 4)."""
        wire, end = reply.wire, query.end
        if wire is None or wire[2] & TC or not wire[2] & 128:
            return False
        if wire[12:end].lower() != query.wire[12:end].lower():
            return False
        try:
            kind, answering = self._classify(wire, query, find_records(wire, end))
        except (Malformed, IndexError):
            return False
        if self._prefers_positive:
            return kind == "NOERROR" and answering
        return kind not in ("OTHERERROR", "META", "UPDATE") and wire[3] & 15 in (0, NXDOMAIN)
