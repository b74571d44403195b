"""The records of a message: found without copying, or taken apart."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from corefile_runtime.wire.names import Cut, Malformed, read_name, skip_name
from corefile_runtime.wire.rcodes import OPT

# Types whose rdata holds names that may be compressed (RFC 3597, 4: those of RFC 1035): octets before the first name,
# number of names. What is behind them is copied.
NAMES = {2: (0, 1), 3: (0, 1), 4: (0, 1), 5: (0, 1), 6: (0, 2), 7: (0, 1), 8: (0, 1), 9: (0, 1), 12: (0, 1),
         14: (0, 2), 15: (2, 1), 17: (0, 2), 18: (2, 1), 21: (2, 1), 24: (18, 1), 26: (2, 2), 30: (0, 1), 33: (6, 1),
         36: (2, 1), 39: (0, 1), 46: (18, 1)}  # fmt: skip


Place: TypeAlias = tuple[int, int, int]
"""Where a record lies: the offset of its owner, that of its type, and its type. The TTL is 4 octets behind the type.

A plain tuple: this is made for each record of each reply.
"""


class Record(NamedTuple):
    """One record taken out of its message: names are uncompressed, letter case as it was."""

    owner: bytes
    rtype: int
    rclass: int
    ttl: int
    rdata: bytes


def question_end(wire: bytes) -> int:
    """The offset behind the question of a message."""
    return skip_name(wire, 12) + 4 if wire[5] else 12


def find_records(wire: bytes, at: int) -> list[Place]:
    """All records behind the question, which ends at an offset. Raises Malformed when the counts or lengths lie."""
    found: list[Place] = []
    try:
        for _ in range((wire[6] << 8 | wire[7]) + (wire[8] << 8 | wire[9]) + (wire[10] << 8 | wire[11])):
            # `skip_name`, inlined: a call for each record costs as much as the rest.
            start = at
            length = wire[at]
            while length:
                if length >= 64:
                    if length < 192:
                        raise Malformed("bad label")
                    at += 1
                    break
                at += length + 1
                length = wire[at]
            at += 1
            found.append((start, at, wire[at] << 8 | wire[at + 1]))
            at += 10 + (wire[at + 8] << 8 | wire[at + 9])
    except IndexError:
        raise Cut("record runs out of the message") from None
    if at > len(wire):
        raise Cut("record runs out of the message")
    return found


def read_record(wire: bytes, place: Place) -> Record:
    """Take one record apart."""
    start, at, rtype = place
    end = at + 10 + (wire[at + 8] << 8 | wire[at + 9])
    return Record(
        read_name(wire, start)[0],
        rtype,
        wire[at + 2] << 8 | wire[at + 3],
        int.from_bytes(wire[at + 4 : at + 8], "big"),
        read_rdata(wire, rtype, at + 10, end),
    )


def read_rdata(wire: bytes, rtype: int, at: int, end: int) -> bytes:
    """The data of a record that lies between two offsets, names in it uncompressed; raises Malformed.

    Data may end behind any of its fields, as for `check_rdata`: what lets a record pass must not be followed by what
    takes it for broken.
    """
    if rtype not in NAMES or at == end:
        return wire[at:end]
    before, names = NAMES[rtype]
    out = [wire[at : min(at + before, end)]]
    at += before
    for _ in range(names):
        if at >= end:
            break
        name, at = read_name(wire, at)
        out.append(name)
    if at > end:
        raise Malformed("name runs out of its record")
    return b"".join(out) + wire[at:end]


class Sections(NamedTuple):
    """The records of a reply by section."""

    answer: list[Record]
    authority: list[Record]
    additional: list[Record]


def read_sections(wire: bytes, at: int) -> Sections:
    """All records of a message whose question ends at an offset; raises Malformed."""
    try:
        records = [read_record(wire, place) for place in find_records(wire, at)]
    except IndexError:
        raise Cut("record runs out of the message") from None
    first = wire[6] << 8 | wire[7]
    second = first + (wire[8] << 8 | wire[9])
    return Sections(records[:first], records[first:second], records[second:])


def uncompressed_size(wire: bytes, end: int) -> int:
    """The length of a message if no name in it were compressed: what CoreDNS logs and counts as a reply's size.

    `end` is the offset behind the question.
    """
    size = end
    for start, body, rtype in find_records(wire, end):
        # Most owners are a pointer to the question.
        if wire[start] == 192 and wire[start + 1] == 12:
            size += end - 4 - 12 + 10
        else:
            size += len(read_name(wire, start)[0]) + 10
        length = wire[body + 8] << 8 | wire[body + 9]
        size += len(read_rdata(wire, rtype, body + 10, body + 10 + length)) if rtype in NAMES else length
    return size


def find_opt(wire: bytes, places: list[Place]) -> Place | None:
    """The OPT record among the additional ones, the last if there are several."""
    additional = wire[10] << 8 | wire[11]
    if additional:
        for place in reversed(places[-additional:]):
            if place[2] == OPT:
                return place
    return None
