"""Reordering of the records of a reply.

Addresses of one owner are equally long, and what points into them finds the same owner in each, so they change places
where they stand, and an entry can be rotated for each use. Anything else is taken apart and written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from corefile_runtime.chain.reply import Reply
from corefile_runtime.plugins.loadbalance.choice import Arrange, Key, keep, mix
from corefile_runtime.replay.terms import Rotated
from corefile_runtime.wire.names import read_name
from corefile_runtime.wire.rcodes import AAAA, AXFR, CNAME, IXFR, MX, OPT, A
from corefile_runtime.wire.records import Place, Record, find_records, question_end, read_sections
from corefile_runtime.wire.replies import assemble

Ranks: TypeAlias = dict[int, int]
"""Where records stand by their type."""

_REST = -1
PLAIN: Ranks = {CNAME: 0, _REST: 1, A: 2, AAAA: 2, MX: 3}
PREFERRING: Ranks = {CNAME: 0, A: 1, AAAA: 1, MX: 2, _REST: 3}
# Octets of a record between its owner and its data: type, class, TTL, length. A pointer has two more.
_FIXED, _POINTER = 10, 2


class Order(NamedTuple):
    """What happens to the records of one section; None: they stay where they are.

    With `only_with_addresses` a section without any address stays as it is.
    """

    ranks: Ranks
    addresses: Arrange | None = None
    exchanges: Arrange | None = None
    only_with_addresses: bool = False

    def rank(self, types: list[int]) -> list[int] | None:
        """The ranks of records by their types; None when they stay where they are."""
        if len(types) < 2 or (self.only_with_addresses and A not in types and AAAA not in types):
            return None
        rest = self.ranks[_REST]
        return [self.ranks.get(rtype, rest) for rtype in types]

    def arrange(self, rtype: int) -> Arrange | None:
        """The order of the records of a type."""
        if rtype == MX:
            return self.exchanges
        return self.addresses if rtype in (A, AAAA) else None


class Slot:
    """Octets that change places: `size` at a time from `start` on, with `gap` between them. `keys` tell what is where.

    They are whole records without gap, or the data of records that are alike in all else.
    """

    __slots__ = ("_arrange", "_end", "_gap", "_keys", "_places", "_start")

    def __init__(self, start: int, size: int, keys: Sequence[Key], arrange: Arrange, *, gap: int = 0) -> None:
        step = size + gap
        self._start = start
        self._end = start + len(keys) * step - gap
        self._places = [slice(at, at + size) for at in range(start, self._end, step)]
        self._gap = slice(start + size, start + step)
        self._keys = keys
        self._arrange = arrange

    def shifted(self, octets: int) -> Slot:
        """The same records in a message that begins so much later."""
        size = self._places[0].stop - self._places[0].start
        gap = self._gap.stop - self._gap.start
        return Slot(self._start - octets, size, self._keys, self._arrange, gap=gap)

    def turn(self, wire: bytes) -> bytes:
        """The message with another order."""
        order, places = self._arrange(self._keys), self._places
        if self._arrange is not mix:  # which does not look at what is where
            self._keys = [self._keys[number] for number in order]
        turned = wire[self._gap].join([wire[places[number]] for number in order])
        return b"".join((wire[: self._start], turned, wire[self._end :]))


class Turn:
    """Rotates an entry for the next use."""

    __slots__ = ("_entry", "_slots")

    def __init__(self, entry: Rotated, slots: Sequence[Slot]) -> None:
        self._entry = entry
        # What is kept has no ID.
        self._slots = [slot.shifted(2) for slot in slots]

    def __call__(self, _id: bytes, _peer: bytes, _now: float) -> None:
        """Put another order into the bytes."""
        wire = self._entry.wire
        for slot in self._slots:
            wire = slot.turn(wire)
        self._entry.wire = wire


def reorder(reply: Reply, wire: bytes, orders: Sequence[Order | None], *, folds: bool) -> Reply:
    """The reply with its three sections in order; raises Malformed or IndexError for what is no message.

    `folds`: the order is the same whatever the letters of owners.
    """
    end = question_end(wire)
    if wire[end - 4 : end - 2] in (AXFR.to_bytes(2, "big"), IXFR.to_bytes(2, "big")):
        return reply
    places = reply.places if reply.places is not None else find_records(wire, end)
    terms, moved = reply.terms, False
    if not _is_ranked(_split(wire, places), orders):
        wire = _rank(wire, end, orders)
        places, moved = find_records(wire, end), True
    slots: list[Slot] = []
    for section, order in zip(_split(wire, places), orders, strict=True):
        if order is not None and not _find_slots(wire, section, order, slots):
            return Reply(reply.rcode, _mix(wire, end, orders), reply.error)
    if not slots and not moved:
        return reply
    for slot in slots:
        wire = slot.turn(wire)
    if terms is not None:
        # What was written anew may point into the question.
        terms.folds = terms.folds and folds and not moved
        if slots:
            terms.rotations.append(lambda entry: Turn(entry, slots))
    return Reply(reply.rcode, wire, reply.error, terms)


def _split(wire: bytes, places: list[Place]) -> tuple[list[Place], list[Place], list[Place]]:
    first = wire[6] << 8 | wire[7]
    second = first + (wire[8] << 8 | wire[9])
    return places[:first], places[first:second], places[second:]


def _is_ranked(sections: Sequence[list[Place]], orders: Sequence[Order | None]) -> bool:
    for section, order in zip(sections, orders, strict=True):
        ranks = order.rank([rtype for _, _, rtype in section if rtype != OPT]) if order is not None else None
        if ranks is not None and ranks != sorted(ranks):
            return False
    return True


def _rank(wire: bytes, end: int, orders: Sequence[Order | None]) -> bytes:
    sections = read_sections(wire, end)
    for section, order in zip(sections, orders, strict=True):
        ranks = order.rank([record.rtype for record in section]) if order is not None else None
        if ranks is not None:
            places = sorted(range(len(section)), key=ranks.__getitem__)
            section[:] = [section[place] for place in places]
    return assemble(wire[:4], wire[12:end], sections)


def _find_slots(wire: bytes, section: list[Place], order: Order, slots: list[Slot]) -> bool:
    """Find what changes places in a section that is ranked; false when that cannot be done where it stands."""
    for types in ((A, AAAA), (MX,)):
        group = [place for place in section if place[2] in types]
        arrange = order.arrange(types[0])
        if len(group) < 2 or arrange is None or arrange is keep:
            continue
        slot = _fix(wire, group, arrange) if types[0] == A else None
        if slot is None:
            return False
        slots.append(slot)
    return True


def _fix(wire: bytes, group: list[Place], arrange: Arrange) -> Slot | None:
    """The slot for records that all have the same owner, written in the same way or as a pointer to the first one."""
    start, body, rtype = group[0]
    length = 4 if rtype == A else 16
    data = body + _FIXED
    if wire[data - 2] << 8 | wire[data - 1] != length or any(kind != rtype for _, _, kind in group):
        return None
    name = read_name(wire, start)[0]
    keys = [(name, wire[behind + _FIXED : behind + _FIXED + length]) for _, behind, _ in group]
    size, owner, size_of = data + length - start, wire[start:body], wire[data - 2 : data]
    if all(
        at == start + number * size and wire[at:behind] == owner and wire[behind + 8 : behind + _FIXED] == size_of
        for number, (at, behind, _) in enumerate(group)
    ):
        return Slot(start, size, keys, arrange)
    # Only the data moves: so the cache writes owners in other letters than the question's.
    between = (0xC000 | start).to_bytes(2, "big") + wire[body:data]
    gap = _POINTER + _FIXED
    if all(
        at == data + number * (length + gap) - gap and wire[at : at + gap] == between
        for number, (at, _, _) in enumerate(group[1:], 1)
    ):
        return Slot(data, length, keys, arrange, gap=gap)
    return None


def _mix(wire: bytes, end: int, orders: Sequence[Order | None]) -> bytes:
    """Take everything apart, put it into order and write it again."""
    sections = read_sections(wire, end)
    for section, order in zip(sections, orders, strict=True):
        if order is not None:
            for types in ((A, AAAA), (MX,)):
                _mix_types(section, types, order.arrange(types[0]))
    return assemble(wire[:4], wire[12:end], sections)


def _mix_types(section: list[Record], types: tuple[int, ...], arrange: Arrange | None) -> None:
    numbers = [number for number, record in enumerate(section) if record.rtype in types]
    if arrange is None or len(numbers) < 2:
        return
    group = [section[number] for number in numbers]
    order = arrange([(record.owner, record.rdata) for record in group])
    for number, chosen in zip(numbers, order, strict=True):
        section[number] = group[chosen]
