"""The handler of `template`: the path of a query through the templates of a block."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, NamedTuple

from corefile.golang.faults import EvaluationFault
from corefile_runtime.chain.reply import Outcome, Pending, Reply, join
from corefile_runtime.metrics.registry import Add, Registry
from corefile_runtime.plugins.template.data import Data
from corefile_runtime.plugins.template.rule import Rule, Text
from corefile_runtime.replay.terms import Terms
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import AAAA, CNAME, OPT, SERVFAIL, A
from corefile_runtime.wire.record_text import BadRecord, parse_record
from corefile_runtime.wire.records import Record, Sections, question_end, read_sections
from corefile_runtime.wire.replies import TC, compose, head

if TYPE_CHECKING:
    from corefile_runtime.chain.site import Site

AA = 4
SMALL = 400  # octets: with any OPT it fits every client


class Made(NamedTuple):
    """An answer on its way: the records that a rule has made, and the terms on which they may be replayed."""

    query: Query
    rule: Rule
    sections: Sections
    terms: Terms | None


class Templates:
    """The templates in one chain."""

    def __init__(self, rules: list[Rule], site: Site, metrics: Registry) -> None:
        self._rules = rules
        self._behind = site.next
        self._ask = site.ask
        self._site = site
        self._port = site.server.rpartition(":")[2]
        self._counts: dict[tuple[str, str, str], Add] = {}
        place = ("server", "zone", "view", "class", "type")
        self._matches = metrics.counter("coredns_template_matches_total", "Counter of template regex matches.", *place)
        self._failures = metrics.counter(
            "coredns_template_template_failures_total", "Counter of go template failures.", *place, "section",
            "template",
        )  # fmt: skip
        self._bad_records = metrics.counter(
            "coredns_template_rr_failures_total", "Counter of mis-templated RRs.", *place, "section", "template"
        )

    def serve(self, query: Query) -> Outcome:
        """The first template that fits answers; one that has the zone but does not fit may refuse."""
        steady = True
        for rule in self._rules:
            zone = rule.find_zone(query)
            if zone is None:
                continue
            data = rule.match(query, zone)
            if data is not None and rule.judges:
                steady = steady and rule.depends.stable
                try:
                    fits = rule.judge(query, data, self._port)
                except EvaluationFault:
                    return Reply(SERVFAIL)
                if not fits:
                    data = None
            if data is not None:
                return self._answer(query, rule, data, steady=steady)
            if not rule.goes_on(query):
                return Reply(SERVFAIL)
        outcome = self._behind(query)
        if steady:
            return outcome
        return outcome.then(_forget) if isinstance(outcome, Pending) else _forget(outcome)

    def _answer(self, query: Query, rule: Rule, data: Data, *, steady: bool) -> Outcome:
        count = self._count(data)
        count()
        if rule.rcode == SERVFAIL:
            return Reply(SERVFAIL)
        sections = Sections([], [], [])
        for text in rule.texts:
            record = self._make(text, data, query)
            if isinstance(record, Reply):
                return record
            getattr(sections, text.section).append(record)
        if rule.error is not None:
            sections.additional.append(rule.error)
        terms = None
        if steady and rule.steady:
            terms = Terms()
            terms.counts.append(count)
        made = Made(query, rule, sections, terms)
        if query.qtype in (A, AAAA) and any(record.rtype == CNAME for record in sections.answer):
            return self._follow(made, 0, 0, ())
        return _reply(made, 0)

    def _count(self, data: Data) -> Add:
        """The counter of matches for these labels."""
        labels = data.Zone, data.Class, data.Type
        found = self._counts.get(labels)
        if found is None:
            found = self._counts[labels] = self._matches.on_use(*self._labels(data))
        return found

    def _labels(self, data: Data) -> tuple[str, ...]:
        return self._site.server, data.Zone, self._site.view, data.Class, data.Type

    def _make(self, text: Text, data: Data, query: Query) -> Record | Reply:
        """A record, or the reply to a query for which there is none."""
        try:
            written = text.run(data)
        except EvaluationFault as fault:
            self._failures.cell(*self._labels(data), text.section, text.source).add()
            return Reply(SERVFAIL, None, f"template: {text.section}: {fault}")
        try:
            record = parse_record(written, data.Name, query.name)
        except BadRecord as error:
            self._bad_records.cell(*self._labels(data), text.section, text.source).add()
            return Reply(SERVFAIL, None, f"dns: {error}: '{written}'")
        # CoreDNS panics here, which its metrics of records do not show either.
        return record or Reply(SERVFAIL, None, f"template: {text.section}: empty, a record is needed: '{text.source}'")

    def _follow(self, made: Made, at: int, flags: int, replies: tuple[Reply, ...]) -> Outcome:
        """Put behind each CNAME, from the one at an index on, what the server says about its target.

        Without a reply, and where names lead in a circle, there is nothing more to put there; the response code is the
        template's all the same.
        """
        answer = made.sections.answer
        while at < len(answer):
            record = answer[at]
            at += 1
            if record.rtype == CNAME:
                outcome = self._ask(made.query, record.rdata, made.query.qtype)
                if isinstance(outcome, Pending):
                    return outcome.then(self._followed, (made, at, flags, replies))
                at, flags = _add(outcome, answer, at, flags)
                replies += (outcome,)
        return _join(_reply(made, flags), replies)

    def _followed(self, reply: Reply, context: tuple[Made, int, int, tuple[Reply, ...]]) -> Outcome:
        made, at, flags, replies = context
        at, flags = _add(reply, made.sections.answer, at, flags)
        return self._follow(made, at, flags, (*replies, reply))


def _add(reply: Reply, answer: list[Record], at: int, flags: int) -> tuple[int, int]:
    """Put the answers of a reply at an index; the index behind them, and its TC. Without a reply nothing changes."""
    wire = reply.wire
    if wire is None:
        return at, flags
    try:
        found = read_sections(wire, question_end(wire)).answer
    except (Malformed, IndexError):
        return at, flags
    answer[at:at] = found
    return at + len(found), wire[2] & TC


def _join(reply: Reply, replies: tuple[Reply, ...]) -> Reply:
    """The answer hangs on those about its targets. The client's letters are in none of them: targets are made here."""
    folds = reply.terms is not None and reply.terms.folds
    join(reply, *replies)
    if reply.terms is not None:
        reply.terms.folds = folds
    return reply


def _reply(made: Made, flags: int) -> Reply:
    query, rule, sections, terms = made
    rcode, additional = rule.rcode, sections.additional
    if rcode > 15:  # its upper half travels in an OPT record: nobody without EDNS can be told
        if not query.opt and rule.error is None:
            return Reply(SERVFAIL)
        own = rule.error or Record(b"\0", OPT, 4096, 0, b"")
        upper = own._replace(ttl=own.ttl | rcode >> 4 << 24)
        additional = [*(record for record in additional if record is not rule.error), upper]
    sections = sections._replace(additional=additional)
    wire = _write(query, rcode, sections, AA | flags)
    if len(wire) <= SMALL:
        if terms is not None:
            terms.folds = rule.folds
    else:
        # Names are compressed where letters are the same, so other letters in the question are another reply.
        wire = compose(query, rcode, *sections, flags=AA | flags)
    return Reply(rcode, wire, "", terms)


def _write(query: Query, rcode: int, sections: Sections, flags: int) -> bytes:
    """Names are written out, as CoreDNS does: what is so large that it might be cut is written again, compressed."""
    answer, authority, additional = sections
    counts = pack(">HHH", len(answer), len(authority), len(additional))
    out = [head(query, rcode, flags, counts)]
    for section in sections:
        for owner, rtype, rclass, ttl, rdata in section:
            out += owner, pack(">HHIH", rtype, rclass, ttl, len(rdata)), rdata
    return b"".join(out)


def _forget(reply: Reply) -> Reply:
    """Whether a template had fitted depended on more than keys of entries hold."""
    reply.terms = None
    return reply
