"""log: writes a line about each query and its reply."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

from corefile.plugins.log import Log as Config
from corefile_runtime.log_format import Line, compile_format
from corefile_runtime.output import Output
from corefile_runtime.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.wire.classify import CLASSES, classify
from corefile_runtime.wire.names import Malformed, parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import UNWRITTEN
from corefile_runtime.wire.records import find_records
from corefile_runtime.wire.replies import error_reply
from corefile_runtime.zone_match import matcher

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain import Bind, Home, Site


class Rule(NamedTuple):
    """Whose queries are written, how, and which kinds of replies; None for all."""

    holds: Callable[[bytes], bool] | None
    line: Line
    classes: frozenset[str] | None


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """The first rule that has the name decides, in the order of the file."""
    rules: list[Rule] = []
    for config in cast("tuple[Config, ...]", configs):
        line = compile_format(config.format)
        classes = None if "all" in config.classes else frozenset(config.classes)
        rules += [Rule(matcher([parse_name(name).lower()]), line, classes) for name in config.names]
    output = home.instance.output
    return lambda site: _write(site, rules, output)


def _write(site: Site, rules: list[Rule], output: Output) -> Serve:
    behind = site.next
    first = rules[0] if rules[0].holds is None else None

    def finish(reply: Reply, query: Query, rule: Rule, start: float) -> Reply:
        wire = reply.wire
        if wire is None and reply.rcode in UNWRITTEN:
            wire = error_reply(query, reply.rcode)
        if query.labels is not None or rule.classes is not None:
            kind, group = _kind(wire, query)
            if query.labels is not None:
                query.publish("log/type", kind)
                query.publish("log/class", group)
            if rule.classes is not None and group not in rule.classes:
                return reply
        render = rule.line(query, wire)
        host, port = query.via.client(query.peer)
        wire_id = query.wire[0] << 8 | query.wire[1]
        output.line("[INFO] " + render(host, port, wire_id, monotonic() - start))
        facts = reply.facts
        if facts is not None:
            client = query.via.client

            def again(number: bytes, peer: bytes, now: float) -> None:
                address, port = client(peer)
                output.line("[INFO] " + render(address, port, number[0] << 8 | number[1], monotonic() - now))

            if query.via.over == "udp" and query.labels is None:
                facts.each.append(again)
            else:  # the client of another connection is another one
                reply.facts = None
        return reply

    def serve(query: Query) -> Outcome:
        rule = first
        if rule is None:
            for one in rules:
                if one.holds is None or one.holds(query.name):
                    rule = one
                    break
            else:
                return behind(query)
        start = monotonic()
        outcome = behind(query)
        if isinstance(outcome, Pending):
            return outcome.then(finish, query, rule, start)
        return finish(outcome, query, rule, start)

    return serve


def _kind(wire: bytes | None, query: Query) -> tuple[str, str]:
    if wire is None:
        return "OTHERERROR", "error"
    try:
        kind = classify(wire, query.qtype, find_records(wire, query.end))
    except (Malformed, IndexError):
        return "OTHERERROR", "error"
    return kind, CLASSES.get(kind, "error")
