"""Repair of odd replies that CoreDNS understands, so that every client does.

CoreDNS takes each reply apart and puts it together again. Here it goes on as it came, and what that needs is done to
the few that cannot.
"""

from __future__ import annotations

from corefile_runtime.wire.names import Astray, read_name
from corefile_runtime.wire.records import Place
from corefile_runtime.wire.reply_check import Fewer, check_records

_QUESTION = b"\xc0\x0c"


def mend(wire: bytes, end: int) -> tuple[bytes, list[Place]]:
    """A reply, whose question ends at `end`, and its records. Raises Malformed for what CoreDNS takes for none.

    It has as many records as it announces, and no pointer in it leads astray.
    """
    try:
        return wire, check_records(wire, end)
    except Fewer as fewer:
        return recount(wire, len(fewer.places)), fewer.places
    except Astray:
        wire = write_out(wire, end)
        return wire, check_records(wire, end)


def recount(wire: bytes, count: int) -> bytes:
    """The message with the numbers of records that it has, section by section."""
    # miekg/dns stops where the message ends and takes what it has: sections fill up from the first one on.
    counts = b""
    for at in (6, 8, 10):
        section = min(count, wire[at] << 8 | wire[at + 1])
        count -= section
        counts += section.to_bytes(2, "big")
    return wire[:6] + counts + wire[12:]


def write_out(wire: bytes, end: int) -> bytes:
    """The message without pointers, but for owners that are the name asked for; raises Malformed."""
    # A pointer that leads forwards, or into the header, is followed by miekg/dns but not by every client: RFC 1035,
    # 4.1.4 speaks of a prior occurrence of the name.
    names: dict[int, tuple[bytes, int]] = {}

    def note(message: bytes, at: int, stop: int) -> int:
        names[at] = found = read_name(message[:stop], at)
        return found[1]

    try:
        places = check_records(wire, end, note)
    except Fewer as fewer:
        places = fewer.places
    out, asked = [wire[:end]], wire[12 : end - 4]
    for start, body, _ in places:
        owner, _ = names.get(start, (_QUESTION, 0))
        data = _expanded(wire, body + 10, body + 10 + (wire[body + 8] << 8 | wire[body + 9]), names)
        out += _QUESTION if owner == asked else owner, wire[body : body + 8], len(data).to_bytes(2, "big"), data
    return recount(b"".join(out), len(places))


def _expanded(wire: bytes, at: int, end: int, names: dict[int, tuple[bytes, int]]) -> bytes:
    """Data between two offsets, the names in it written out."""
    out: list[bytes] = []
    start = at
    for place in range(at, end):
        if place in names and place >= at:
            name, after = names[place]
            out += wire[at:place], name
            at = after
    return b"".join((*out, wire[at:end])) if at > start else wire[start:end]
