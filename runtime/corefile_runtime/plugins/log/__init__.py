"""log: writes a line about each query and its reply."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from corefile.plugins.log import Log as Config
from corefile_runtime.chain.handler import Handler, every
from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.plugins.log.line import Line, Render, compile_format, labels_of
from corefile_runtime.wire.classify import CLASSES, classify
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import UNWRITTEN
from corefile_runtime.wire.records import find_records, question_end
from corefile_runtime.wire.replies import cut_for, error_reply
from corefile_runtime.wire.zone_match import NOWHERE, matcher, parse_zone

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.replay.terms import PerUse

PREFIX = "[INFO] "
KIND, GROUP = "log/type", "log/class"


class Rule(NamedTuple):
    """Whose queries are written, how, and which kinds of replies; None for all. `labels` are in the line."""

    holds: Callable[[bytes], bool] | None
    line: Line
    classes: frozenset[str] | None
    labels: frozenset[str]


def prepare(configs: tuple[Config, ...], home: Home) -> Link:
    """The first rule that has the name decides, in the order of the file. One for what is no name fits nothing."""
    rules: list[Rule] = []
    for config in configs:
        line = compile_format(config.format)
        classes = None if "all" in config.classes else frozenset(config.classes)
        labels = labels_of(config.format)
        zones = [zone for zone in map(parse_zone, config.names) if zone != NOWHERE]
        rules += [Rule(matcher([zone]), line, classes, labels) for zone in zones]
    home.publishes(KIND, steady=True)
    home.publishes(GROUP, steady=True)
    return lambda site: Logger(site, rules, home).serve if rules else site.next


class Logger:
    """The log in one chain."""

    def __init__(self, site: Site, rules: list[Rule], home: Home) -> None:
        self._behind = site.next
        self._rules = rules
        self._write = home.write
        self._steady = home.settings.steady_labels
        # Mostly there is one rule, for all names.
        self._only = rules[0] if rules[0].holds is None else None

    def serve(self, query: Query) -> Outcome:
        """Pass the query on and write about what comes back."""
        rule = self._only or self._find(query)
        if rule is None:
            return self._behind(query)
        start = monotonic()
        outcome = self._behind(query)
        if isinstance(outcome, Pending):
            return outcome.then(self._finish, (query, rule, start))
        return self._finish(outcome, (query, rule, start))

    def _find(self, query: Query) -> Rule | None:
        for rule in self._rules:
            if rule.holds is None or rule.holds(query.name):
                return rule
        return None

    def _finish(self, reply: Reply, context: tuple[Query, Rule, float]) -> Reply:
        query, rule, start = context
        wire = reply.wire
        if wire is None and reply.rcode in UNWRITTEN:
            wire = error_reply(query, reply.rcode)
        sent = cut_for(query, wire) if wire is not None else None
        if not _is_wanted(rule, sent, query):
            return reply
        render = rule.line(query, wire, sent)
        number = query.wire[0] << 8 | query.wire[1]
        self._write(PREFIX + render(*query.via.client(query.peer), number, monotonic() - start))
        terms = reply.terms
        if terms is not None and query.via.over == "udp" and (query.labels is None or rule.labels <= self._steady):
            terms.per_use.append(self._again(render, query.via.client))
        else:  # over TCP the next client has another connection
            reply.terms = None
        return reply

    def _again(self, render: Render, client: Callable[[bytes], tuple[str, int]]) -> PerUse:
        write = self._write

        def write_again(number: bytes, peer: bytes, now: float) -> None:
            write(PREFIX + render(*client(peer), number[0] << 8 | number[1], monotonic() - now))

        return write_again


def _is_wanted(rule: Rule, wire: bytes | None, query: Query) -> bool:
    """Whether the rule takes replies of this class; class and type are published for lines that show them."""
    if query.labels is None and rule.classes is None:
        return True
    kind, group = _kind(wire, query)
    if query.labels is not None:
        query.labels[KIND], query.labels[GROUP] = kind, group
    return rule.classes is None or group in rule.classes


def _kind(wire: bytes | None, query: Query) -> tuple[str, str]:
    if wire is None:
        return "OTHERERROR", "error"
    try:
        kind = classify(wire, query.final.qtype, find_records(wire, question_end(wire)))
    except (Malformed, IndexError):
        return "OTHERERROR", "error"
    return kind, CLASSES.get(kind, "error")


HANDLER = Handler(every(Config, prepare), replays=True)
