"""Items of the cache: one reply each."""

from __future__ import annotations

from corefile_runtime.replay.eras import Era
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import ANY, CNAME, NOERROR, OPT, SERVFAIL
from corefile_runtime.wire.records import NAMES, Place, Record, read_record, read_sections
from corefile_runtime.wire.replies import compose, head

# Bits of the low octet of flags.
RA, AD, CD = 128, 32, 16
_OPT_SIZE = 11


class Uses:
    """The uses of an item: `last` and `hits` tell how popular it is; `refreshing` and `retry` that it is being, or
    when it may be, asked again.
    """

    __slots__ = ("hits", "last", "refreshing", "retry")

    def __init__(self) -> None:
        self.hits = 0
        self.last = 0.0
        self.refreshing = False
        self.retry = 0.0

    def touch(self, now: float, window: float) -> None:
        """Count a use; a pause longer than the window starts the count anew."""
        self.hits = 1 if self.last < now - window else self.hits + 1
        self.last = now


class Item:
    """A reply without OPT, as bytes. All its TTLs lie at `offsets` and count as `ttl` seconds from `stored` on.

    `answering` tells whether it answers the question; `good` is the last reply that did, kept when one that does not
    took its place (prefer_positive). `era` is that of what is replayed of it: made at the first use, ended when another
    reply comes.
    """

    __slots__ = ("_uses", "answering", "end", "era", "good", "offsets", "stored", "ttl", "wire")

    def __init__(self, wire: bytes, end: int, offsets: tuple[int, ...], ttl: int, stored: float) -> None:
        self.wire = wire
        self.end = end
        self.offsets = offsets
        self.ttl = ttl
        self.stored = stored
        self.era: Era | None = None
        self.good: Item | None = None
        self.answering = True
        self._uses: Uses | None = None

    @property
    def uses(self) -> Uses:
        """How it fares: made for those who ask."""
        if self._uses is None:
            self._uses = Uses()
        return self._uses

    @property
    def failed(self) -> bool:
        """Whether it is a SERVFAIL."""
        return self.wire[3] & 15 == SERVFAIL

    def left(self, now: float) -> int:
        """What is left of the TTL in seconds; nothing or less when it has ended."""
        return self.ttl - int(now - self.stored)

    def reply(self, query: Query, ttl: int, *, authenticated: bool) -> tuple[bytes, bool]:
        """The reply to a query with this TTL on every record, and whether it is right for the name in any letters.

        AA is always set: some resolvers drop replies from a cache otherwise (CoreDNS: toMsgWithTTL). Owner names keep
        the letters in which they came, so a question in other letters cannot be pointed to.
        """
        entry, asked, end = self.wire, query.wire, self.end
        # RA and the rcode are the upstream's, CD and RD the client's (CoreDNS: toMsgWithTTL and miekg/dns: SetReply).
        flags_low = entry[3] & 0x8F | asked[3] & CD
        if authenticated:
            flags_low |= entry[3] & AD
        if entry[12:end] != asked[12 : query.end]:
            return self._reply_in_other_letters(query, ttl, flags_low)
        body = bytearray(entry)
        octets = ttl.to_bytes(4, "big")
        for offset in self.offsets:
            body[offset : offset + 4] = octets
        flags_high = asked[2] & 0x79
        if flags_high & 0x78:  # neither RD nor CD for a NOTIFY, as in `head`
            flags_high, flags_low = flags_high & 0x78, flags_low & ~CD
        body[:4] = asked[:2] + bytes((0x84 | flags_high, flags_low))
        return bytes(body), False

    def _reply_in_other_letters(self, query: Query, ttl: int, flags_low: int) -> tuple[bytes, bool]:
        """Names are written out that could share an ending with the question: then other letters may stand there.

        That takes more octets, so it is left where they might be too many for the client.
        """
        # The OPT of the reply is not longer than the client's, whose options it repeats.
        written = len(self.wire) + self.end - 12 + max(_OPT_SIZE, len(query.wire) - query.end)
        folds = written <= query.limit
        wire = self._respell(query, ttl, flags_low, points=not folds)
        return wire or self._compose(query, ttl, flags_low, points=not folds), folds

    def _respell(self, query: Query, ttl: int, flags_low: int, *, points: bool) -> bytes | None:
        """`_compose` without taking anything apart, for what most replies are: records of the name asked for.

        None for all others: where another name owns a record, or one stands in the data.
        """
        entry, at, octets = self.wire, self.end, ttl.to_bytes(4, "big")
        owner = entry[12 : at - 4]
        if points:
            owner = _point(owner, query.asked)
        start = head(query, entry[3], 4, entry[6:12])
        out = [start[:3], bytes((start[3] | flags_low & (RA | AD),)), start[4:]]
        for offset in self.offsets:
            rtype = entry[at + 2] << 8 | entry[at + 3]
            if offset != at + 6 or entry[at : at + 2] != b"\xc0\x0c" or rtype in NAMES:
                return None
            end = offset + 6 + (entry[offset + 4] << 8 | entry[offset + 5])
            out += owner, entry[at + 2 : offset], octets, entry[offset + 4 : end]
            owner = (0xC000 | self.end).to_bytes(2, "big")
            at = end
        return b"".join(out)

    def _compose(self, query: Query, ttl: int, flags_low: int, *, points: bool) -> bytes:
        sections = [[record._replace(ttl=ttl) for record in section] for section in read_sections(self.wire, self.end)]
        return compose(query, self.wire[3] & 15, *sections, flags_low=flags_low & (RA | AD), points=points)


def _point(name: bytes, asked: bytes) -> bytes:
    """A name with a pointer into the question, where both end in the same letters. They differ in nothing else."""
    at = 0
    while name[at]:
        if name[at:] == asked[at:]:
            return name[:at] + (0xC000 | 12 + at).to_bytes(2, "big")
        at += name[at] + 1
    return name


def strip(wire: bytes, end: int, places: list[Place]) -> tuple[bytes, list[Place]]:
    """The message without OPT records, which belong to one hop only, and where the others are now."""
    opts = [at for at, place in enumerate(places) if place[2] == OPT]
    if not opts:
        return wire, places
    head = wire[:6] + _counts_without(wire, opts)
    if opts == [len(places) - 1]:
        return head + wire[12 : places[-1][0]], places[:-1]
    # It is not the last one: the rest moves, and names that point into it would be wrong.
    out = bytearray(head + wire[12:end])
    moved: list[Place] = []
    for place in places:
        if place[2] != OPT:
            record = read_record(wire, place)
            start = len(out)
            out += record.owner
            moved.append((start, len(out), record.rtype))
            out += record.rtype.to_bytes(2, "big") + record.rclass.to_bytes(2, "big") + record.ttl.to_bytes(4, "big")
            out += len(record.rdata).to_bytes(2, "big") + record.rdata
    return bytes(out), moved


def _counts_without(wire: bytes, gone: list[int]) -> bytes:
    """The numbers of records in the sections when some, which are known by their number, are no more."""
    counts, first = b"", 0
    for at in (6, 8, 10):
        size = wire[at] << 8 | wire[at + 1]
        counts += (size - sum(first <= one < first + size for one in gone)).to_bytes(2, "big")
        first += size
    return counts


def answers(wire: bytes, query: Query, places: list[Place]) -> bool:
    """Whether a reply has records of the type asked for, at the name asked for or at the end of its CNAME chain."""
    count = wire[6] << 8 | wire[7]
    if not count or wire[3] & 15 != NOERROR:
        return False
    qtype = query.qtype
    kind = query.wire[query.end - 4 : query.end]
    # Most replies have nothing but the records asked for: then there is no chain to follow.
    if all(
        wire[start : start + 2] == b"\xc0\x0c" and wire[body : body + 4] == kind for start, body, _ in places[:count]
    ):
        return True
    records = [read_record(wire, place) for place in places[:count]]
    name = query.name
    if query.qclass != ANY:
        records = [record for record in records if record.rclass == query.qclass]
    # As answerHasType in CoreDNS: for ANY any record of the name will do, for CNAME the alias itself is the answer.
    if qtype == ANY:
        return any(record.owner.lower() == name for record in records)
    if qtype == CNAME:
        return bool(_target(records, name))
    end = _follow(records, name)
    return end is not None and any(record.rtype == qtype and record.owner.lower() == end for record in records)


def _follow(records: list[Record], name: bytes) -> bytes | None:
    """The name at the end of a CNAME chain; None when it loops or forks (RFC 2181, 10.1)."""
    seen: set[bytes] = set()
    while name not in seen:
        seen.add(name)
        target = _target(records, name)
        if target is None:
            return None
        if not target:
            return name
        name = target
    return None


def _target(records: list[Record], name: bytes) -> bytes | None:
    """What a name is an alias of: empty for nothing, None for several things."""
    targets = {record.rdata.lower() for record in records if record.rtype == CNAME and record.owner.lower() == name}
    if len(targets) > 1:
        return None
    return next(iter(targets), b"")
