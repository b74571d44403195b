"""log: writes a line about each query and its reply."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

from corefile.plugins.log import Log as Config
from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.events.log_output import Output
from corefile_runtime.plugins.log.line import Line, Render, compile_format, is_steady
from corefile_runtime.replay.store import Each
from corefile_runtime.wire.classify import CLASSES, classify
from corefile_runtime.wire.names import Malformed, parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import UNWRITTEN
from corefile_runtime.wire.records import find_records, question_end
from corefile_runtime.wire.replies import error_reply
from corefile_runtime.wire.zone_match import matcher

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site


PREFIX = "[INFO] "

REPLAYS = True


class Rule(NamedTuple):
    """Whose queries are written, how, and which kinds of replies; None for all.

    `steady`: labels in the line are the same each time that an answer is given again.
    """

    holds: Callable[[bytes], bool] | None
    line: Line
    classes: frozenset[str] | None
    steady: bool


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """The first rule that has the name decides, in the order of the file."""
    rules: list[Rule] = []
    for config in cast("tuple[Config, ...]", configs):
        line = compile_format(config.format)
        classes = None if "all" in config.classes else frozenset(config.classes)
        steady = is_steady(config.format)
        rules += [Rule(matcher([parse_name(name).lower()]), line, classes, steady) for name in config.names]
    output = home.instance.output
    return lambda site: Logger(site, rules, output).serve


class Logger:
    """The log in one chain."""

    def __init__(self, site: Site, rules: list[Rule], output: Output) -> None:
        self._behind = site.next
        self._rules = rules
        self._output = output
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
        if not _is_wanted(rule, wire, query):
            return reply
        render = rule.line(query, wire)
        number = query.wire[0] << 8 | query.wire[1]
        self._output.line(PREFIX + render(*query.via.client(query.peer), number, monotonic() - start))
        facts = reply.facts
        if facts is not None and query.via.over == "udp" and (query.labels is None or rule.steady):
            facts.each.append(self._again(render, query.via.client))
        else:  # over TCP the next client has another connection
            reply.facts = None
        return reply

    def _again(self, render: Render, client: Callable[[bytes], tuple[str, int]]) -> Each:
        output = self._output

        def write(number: bytes, peer: bytes, now: float) -> None:
            output.line(PREFIX + render(*client(peer), number[0] << 8 | number[1], monotonic() - now))

        return write


def _is_wanted(rule: Rule, wire: bytes | None, query: Query) -> bool:
    """Whether the rule takes replies of this class; class and type are published for lines that show them."""
    if query.labels is None and rule.classes is None:
        return True
    kind, group = _kind(wire, query)
    if query.labels is not None:
        query.labels["log/type"], query.labels["log/class"] = kind, group
    return rule.classes is None or group in rule.classes


def _kind(wire: bytes | None, query: Query) -> tuple[str, str]:
    if wire is None:
        return "OTHERERROR", "error"
    try:
        kind = classify(wire, query.final.qtype, find_records(wire, question_end(wire)))
    except (Malformed, IndexError):
        return "OTHERERROR", "error"
    return kind, CLASSES.get(kind, "error")
