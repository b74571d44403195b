"""Replies: their headers, their assembly from records, and what makes them fit the client (EDNS, size)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corefile_runtime.wire.names import Malformed, skip_name
from corefile_runtime.wire.question import MIN_SIZE, Query
from corefile_runtime.wire.rcodes import BADVERS
from corefile_runtime.wire.records import Place, Record, find_opt, find_records, question_end

# Options of a query that the server repeats in its reply (CoreDNS: request.supportedOptions): NSID, EXPIRE, COOKIE,
# TCP-KEEPALIVE, PADDING. Plugins add to them what they set in queries, for the life of the process.
ECHOED = {3, 9, 10, 11, 12}
TC = 2

# Types whose rdata may have its names compressed (RFC 3597, 4): octets before the first name, number of names.
_COMPRESSED = {2: (0, 1), 3: (0, 1), 4: (0, 1), 5: (0, 1), 6: (0, 2), 7: (0, 1), 8: (0, 1), 9: (0, 1), 12: (0, 1),
               14: (0, 2), 15: (2, 1)}  # fmt: skip


def head(query: Query, rcode: int, flags: int, counts: bytes) -> bytes:
    """Header and question of a reply. `flags` is added to its first flag octet (4: AA); `counts` are six octets.

    RD and CD come from the query, except for a NOTIFY (miekg/dns: SetReply).
    """
    wire = query.wire
    flags_high, flags_low = wire[2], wire[3]
    if flags_high & 0x78:
        flags_high, flags_low = flags_high & 0x78, 0
    return (
        wire[:2]
        + bytes((128 | flags_high & 0x79 | flags, flags_low & 16 | rcode & 15))
        + b"\0\1"
        + counts
        + wire[12 : query.end]
    )


def error_reply(query: Query, rcode: int) -> bytes:
    """A reply without records. Its flags go by what the query has become, its question by what the client asked."""
    start = head(query.final, rcode, 0, b"")[:4]
    if query.end == 12:  # nothing was asked
        return start + bytes(8)
    return start + b"\0\1\0\0\0\0\0\0" + query.wire[12 : query.end]


def badvers_reply(query: Query) -> bytes:
    """What a query with an unknown EDNS version gets: an OPT of size 0 (RFC 6891, 6.1.3)."""
    return head(query, BADVERS, 0, b"\0\0\0\0\0\1") + b"\0\0\x29\0\0\1\0\0\0\0\0"


def compose(
    query: Query,
    rcode: int,
    answer: Sequence[Record] = (),
    authority: Sequence[Record] = (),
    additional: Sequence[Record] = (),
    *,
    flags: int = 4,
    flags_low: int = 0,
    points: bool = True,
) -> bytes:
    """A reply from records; owners are compressed where the same letters stood before.

    `flags` as in `head`; `flags_low` is added to the low octet of flags (128: RA, 32: AD). `points` as in `assemble`.
    """
    start = head(query, rcode, flags, bytes(6))
    sections = (answer, authority, additional)
    return assemble(start[:3] + bytes((start[3] | flags_low,)), start[12:], sections, points=points)


def assemble(start: bytes, question: bytes, sections: Sequence[Sequence[Record]], *, points: bool = True) -> bytes:
    """A message from the four octets at its start, its question and its records, names compressed.

    Without `points` no name points into the question: what is there may be written in other letters afterwards.
    """
    counts = b"".join(len(section).to_bytes(2, "big") for section in sections)
    out = bytearray(start + (b"\0\1" if question else b"\0\0") + counts + question)
    seen: dict[bytes, int] = {}
    if question and points:
        _note(question[:-4], 12, seen)
    for section in sections:
        _write_records(out, section, seen)
    return bytes(out)


def _write_records(out: bytearray, records: Iterable[Record], seen: dict[bytes, int]) -> None:
    for record in records:
        _write_name(out, record.owner, seen)
        out += record.rtype.to_bytes(2, "big") + record.rclass.to_bytes(2, "big") + record.ttl.to_bytes(4, "big")
        if record.rtype in _COMPRESSED:
            _write_names(out, record, seen)
        else:
            out += len(record.rdata).to_bytes(2, "big") + record.rdata


def _write_names(out: bytearray, record: Record, seen: dict[bytes, int]) -> None:
    """Rdata with names in it."""
    rdata, start = record.rdata, len(out)
    at, names = _COMPRESSED[record.rtype]
    out += b"\0\0" + rdata[:at]
    for _ in range(names):
        if at >= len(rdata):  # data may end behind any of its fields
            break
        end = skip_name(rdata, at)
        _write_name(out, rdata[at:end], seen)
        at = end
    out += rdata[at:]
    out[start : start + 2] = (len(out) - start - 2).to_bytes(2, "big")


def _note(name: bytes, offset: int, seen: dict[bytes, int]) -> None:
    at = 0
    # A pointer has 14 bits (RFC 1035, 4.1.4).
    while name[at] and offset + at < 0x4000:
        seen.setdefault(name[at:], offset + at)
        at += name[at] + 1


def _write_name(out: bytearray, name: bytes, seen: dict[bytes, int]) -> None:
    at = 0
    while name[at]:
        pointer = seen.get(name[at:])
        if pointer is not None:
            _note(name, len(out), seen)
            out += name[:at] + (0xC000 | pointer).to_bytes(2, "big")
            return
        at += name[at] + 1
    _note(name, len(out), seen)
    out += name


def with_rcode(wire: bytes, rcode: int) -> bytes:
    """A reply without OPT with a response code above 15: what does not fit its header is in an OPT."""
    count = ((wire[10] << 8 | wire[11]) + 1).to_bytes(2, "big")
    head = wire[:3] + bytes((wire[3] & 0xF0 | rcode & 15,)) + wire[4:10] + count
    return head + wire[12:] + b"\0\0\x29\0\0" + bytes((rcode >> 4, 0, 0, 0, 0, 0))


def fits(query: Query, wire: bytes) -> bool:
    """Whether a reply can go as it is: most can, and this is soon told."""
    return not query.opt and len(wire) <= MIN_SIZE and query.changed is None


def fit(query: Query, wire: bytes, reserve: int = 0) -> bytes:
    """A reply as it goes to the client: with its OPT if the query had one, cut to the size that the client takes.

    `reserve` octets of that size stay free.
    """
    if not reserve and fits(query, wire):
        return wire
    seen = query.final
    if not (seen.opt or reserve) and len(wire) <= MIN_SIZE:
        return wire
    # A plugin that adds EDNS for its upstream does not make the client take more than it said.
    limit = (seen.limit if query.opt else query.limit) - reserve
    if seen.opt:
        wire = add_opt(seen.reverted or seen, wire)
    if len(wire) > limit:
        wire = cut(wire, question_end(wire), limit)
    return wire


def cut_for(query: Query, wire: bytes) -> bytes:
    """What plugins in front see of a reply that the server has written: what was too long for the client is cut."""
    seen = query.final
    seal = query.last_seal if query.seal is not None or query.changed is not None else None
    reserve = seal.reserve if seal is not None else 0
    # The OPT that is added repeats no more than the query has.
    if len(wire) + len(seen.wire) <= (seen.limit if query.opt else query.limit) - reserve:
        return wire
    out = fit(query, wire, reserve)
    return wire if (out[2] ^ wire[2]) & TC == 0 else out


def add_opt(query: Query, wire: bytes) -> bytes:
    """The reply with the size and DO of the query's OPT, and those of its options that are repeated."""
    if wire[10:12] != b"\0\0" and (merged := _merge_opt(query, wire)):
        return merged
    # CoreDNS sends the client's own OPT back, so the size is the one that the client gave.
    asked, at = query.wire, query.opt
    count = ((wire[10] << 8 | wire[11]) + 1).to_bytes(2, "big")
    echo = b"\0\0\x29" + asked[at + 3 : at + 5] + b"\0\0" + asked[at + 7 : at + 8]
    if not query.options:
        return b"".join((wire[:10], count, wire[12:], echo, b"\0\0\0"))
    options = echoed_options(query)
    return b"".join((wire[:10], count, wire[12:], echo, b"\0", len(options).to_bytes(2, "big"), options))


def echoed_options(query: Query) -> bytes:
    """The options of the query that its reply repeats."""
    wire, at = query.wire, query.opt + 11
    end, out = at + (wire[at - 2] << 8 | wire[at - 1]), b""
    while at < end:
        after = at + 4 + (wire[at + 2] << 8 | wire[at + 3])
        if wire[at] << 8 | wire[at + 1] in ECHOED:
            out += wire[at:after]
        at = after
    return out


def _merge_opt(query: Query, wire: bytes) -> bytes | None:
    """The reply has an OPT of its own: it keeps its options and takes the client's size and DO."""
    place = find_opt(wire, find_records(wire, question_end(wire)))
    if place is None:
        return None
    # CoreDNS (Request.SizeAndDo) makes the version 0, clears the low octet of flags, and trusts the options.
    at, asked = place[1], query.wire
    flags = wire[at + 6] | asked[query.opt + 7] & 128
    own = asked[query.opt + 3 : query.opt + 5] + wire[at + 4 : at + 5] + bytes((0, flags, 0))
    return wire[: at + 2] + own + wire[at + 8 :]


def cut(wire: bytes, end: int, limit: int) -> bytes:
    """As many records as fit, section by section, with TC set; the OPT stays (miekg/dns: Msg.Truncate)."""
    try:
        places = find_records(wire, end)
    except Malformed:
        return empty_truncated(wire, end)
    opt = find_opt(wire, places)
    kept = b""
    if opt is not None:
        kept = wire[opt[0] : _behind(wire, opt)]
        places.remove(opt)
    room = limit - len(kept)
    whole = [place for place in places if _behind(wire, place) <= room]
    # The first record that does not fit ends the reply, even if a later and smaller one would.
    fitting = (
        len(whole) if len(whole) == len(places) else next(i for i, p in enumerate(places) if _behind(wire, p) > room)
    )
    answers = min(fitting, wire[6] << 8 | wire[7])
    authorities = min(fitting - answers, wire[8] << 8 | wire[9])
    additional = fitting - answers - authorities + (1 if kept else 0)
    counts = b"".join(count.to_bytes(2, "big") for count in (answers, authorities, additional))
    last = _behind(wire, places[fitting - 1]) if fitting else end
    return wire[:2] + bytes((wire[2] | TC,)) + wire[3:6] + counts + wire[12:last] + kept


def _behind(wire: bytes, place: Place) -> int:
    at = place[1] + 10
    return at + (wire[at - 2] << 8 | wire[at - 1])


def empty_truncated(wire: bytes, end: int) -> bytes:
    """Header and question alone, with TC."""
    return wire[:2] + bytes((wire[2] | TC,)) + wire[3:6] + bytes(6) + wire[12:end]
