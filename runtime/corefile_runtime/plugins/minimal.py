"""minimal: leaves authority and additional records out of positive answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.wire.classify import classify
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR
from corefile_runtime.wire.records import find_records, question_end

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.build import Bind, Home, Site

REPLAYS = True

# Kinds that CoreDNS knows what to do with: what is denied, referred or refused keeps all its records.
_WHOLE = frozenset(("NXDOMAIN", "NODATA", "SERVERERROR", "OTHERERROR", "DELEGATION"))


def make(_configs: tuple[Config, ...], _home: Home) -> Bind:
    """minimal has no options."""
    return bind


def bind(site: Site) -> Serve:
    """It looks at what comes back."""
    behind = site.next

    def serve(query: Query) -> Outcome:
        outcome = behind(query)
        return outcome.then(shorten, query) if isinstance(outcome, Pending) else shorten(outcome, query)

    return serve


def shorten(reply: Reply, query: Query) -> Reply:
    """The reply without what is not the answer. Errors, and what is no answer to a query, stay as they are."""
    wire = reply.wire
    if wire is None or reply.error:
        return reply
    try:
        places = find_records(wire, question_end(wire))
        kind = classify(wire, query.qtype, places)
    except (Malformed, IndexError):
        return reply
    if kind in _WHOLE:
        return Reply(NOERROR, wire, "", reply.facts)
    if kind != "NOERROR":
        error = f'plugin/minimal: unhandled response type "{kind}" for "{query.text}"'
        return Reply(NOERROR, wire, error)
    if wire[8:12] == b"\0\0\0\0":
        return Reply(NOERROR, wire, "", reply.facts)
    answers = wire[6] << 8 | wire[7]
    end = places[answers][0]
    facts = reply.facts
    if facts is not None:
        facts.offsets = tuple(offset for offset in facts.offsets if offset < end)
    return Reply(NOERROR, wire[:8] + b"\0\0\0\0" + wire[12:end], "", facts)
