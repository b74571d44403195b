"""A reply taken apart for the rules that change it, and its reassembly."""

from __future__ import annotations

from typing import NamedTuple

from corefile_runtime.plugins.rewrite.answers import NAPTR, Answers, Entry, Follow, RenameOwner
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.options import Option, read_options, render_options
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import OPT
from corefile_runtime.wire.records import NAMES, Place, Record, find_records, question_end, read_sections
from corefile_runtime.wire.replies import assemble

TC = 2


def keeps_names(wire: bytes, query: Query, answers: Answers) -> bool:
    """Whether nothing in the reply moves, so that it can be changed where it stands.

    What points into the question means its letters, so they must be the client's; type and class may be others.
    """
    if answers.steps or answers.reverts or answers.rcodes:
        return False
    end = question_end(wire)
    return end == query.end and wire[12 : end - 4] == query.asked


def change_in_place(wire: bytes, query: Query, answers: Answers) -> bytes:
    """The client's own question, and other TTLs."""
    out = bytearray(wire)
    out[12 : query.end] = query.wire[12 : query.end]
    bounds = answers.ttls()
    if bounds is not None:
        for _, body, rtype in find_records(wire, query.end):
            if rtype != OPT:
                ttl = bounds.clamp(int.from_bytes(wire[body + 4 : body + 8], "big"))
                out[body + 4 : body + 8] = ttl.to_bytes(4, "big")
    return bytes(out)


def turn_back(
    wire: bytes, query: Query, asked: Query, answers: Answers, places: list[Place] | None
) -> tuple[bytes, list[Place]] | None:
    """What most rules for names come to, without taking the reply apart: the client's question, and all else moved.

    That is so where each record belongs to the name asked for behind the rules, which is turned back into the client's,
    and has no name in its data. None for all other replies. With it come the places of the records.
    """
    end = asked.end
    if answers.bounds or answers.rcodes or answers.reverts or query.asked != query.name or asked.asked != asked.name:
        return None
    if (
        wire[4:6] != b"\0\1"
        or not wire.startswith(asked.wire[12:end], 12)
        or not _is_turned(asked.text, query, answers)
    ):
        return None
    moved: list[Place] = []
    shift, behind = query.end - end, end
    for start, body, rtype in find_records(wire, end) if places is None else places:
        if rtype in NAMES or rtype == NAPTR or wire[start:body] != (b"\xc0\x0c" if rtype != OPT else b"\0"):
            return None
        moved.append((start + shift, body + shift, rtype))
        behind = body + 10 + (wire[body + 8] << 8 | wire[body + 9])
    return wire[:12] + query.wire[12 : query.end] + wire[end:behind], moved


def _is_turned(owner: str, query: Query, answers: Answers) -> bool:
    """Whether the owner of a record becomes the client's name, and nothing else on the way."""
    for step in reversed(answers.steps):
        if isinstance(step, RenameOwner):
            old, owner = owner, step.rename(owner)
            if owner not in (old, query.text):
                return False
        elif isinstance(step, Follow):
            return False
    return owner == query.text


class Sections(NamedTuple):
    """Entries by section."""

    answer: list[Entry]
    authority: list[Entry]
    additional: list[Entry]


class Message:
    """A reply taken apart. `start` are its first four octets, `question` is the client's."""

    __slots__ = ("question", "sections", "size", "start")

    def __init__(self, start: bytes, question: bytes, sections: Sections) -> None:
        self.start = start
        self.question = question
        self.sections = sections
        self.size = 0

    @classmethod
    def read(cls, wire: bytes, query: Query) -> Message:
        """Take a reply apart; raises Malformed."""
        sections = Sections(
            *([Entry(record) for record in section] for section in read_sections(wire, question_end(wire)))
        )
        message = cls(wire[:4], query.wire[12 : query.end], sections)
        message.size = query.size if query.opt else 0
        return message

    def set_truncated(self, *, truncated: bool) -> None:
        """Set or clear TC."""
        octet = self.start[2] | TC if truncated else self.start[2] & ~TC
        self.start = self.start[:2] + bytes((octet, self.start[3]))

    def render(self, answers: Answers, *, points: bool = True) -> bytes:
        """The bytes, after the rules for the whole message have run; raises Malformed. `points` as in `assemble`."""
        count = sum(map(len, self.sections))
        opt = next((entry for entry in reversed(self.sections.additional) if entry.rtype == OPT), None)
        if answers.reverts and opt is not None and opt.rdata:
            self._revert(opt, answers, count)
        if answers.rcodes:
            self._recode(opt, answers, count)
        sections = [[entry.record() for entry in section] for section in self.sections]
        return assemble(self.start, self.question, sections, points=points)

    @staticmethod
    def _revert(opt: Entry, answers: Answers, count: int) -> None:
        options = _options(opt)
        for _ in range(count):  # CoreDNS runs these rules once for each record
            for revert in reversed(answers.reverts):
                revert(options)
        opt.rdata = render_options(options)[2:]

    def _recode(self, opt: Entry | None, answers: Answers, count: int) -> None:
        """A response code above 15 has its upper bits in the OPT (RFC 6891, 6.1.3)."""
        old = self.start[3] & 15 | (opt.ttl >> 24 << 4 if opt is not None else 0)
        new = answers.recode(old, count)
        if new == old:
            return
        if opt is None and new > 15:
            if not self.size:
                raise Malformed(f"response code {new} needs EDNS, which the client has not")
            opt = Entry(Record(b"\0", OPT, self.size, 0, b""))
            self.sections.additional.append(opt)
        if opt is not None:
            opt.ttl = opt.ttl & 0xFFFFFF | new >> 4 << 24
        self.start = self.start[:3] + bytes((self.start[3] & 0xF0 | new & 15,))


def _options(opt: Entry) -> list[Option]:
    rdata = opt.rdata
    return read_options(bytes(12) + len(rdata).to_bytes(2, "big") + rdata, 3)


def run_steps(message: Message, answers: Answers) -> None:
    """Change all records, but for CNAMEs that are to be followed."""
    for entry in in_order(message):
        for step in reversed(answers.steps):
            if not isinstance(step, Follow):
                step(entry)
        clamp(entry, answers)


def in_order(message: Message) -> list[Entry]:
    """The records in the order in which CoreDNS comes to them; EDNS is none."""
    sections = message.sections
    entries = [*sections.authority, *sections.answer, *sections.additional]
    return [entry for entry in entries if entry.rtype != OPT]


def clamp(entry: Entry, answers: Answers) -> None:
    """Change a TTL."""
    for bounds in reversed(answers.bounds):
        entry.ttl = bounds.clamp(entry.ttl)
