"""minimal: leaves authority and additional records out of positive answers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from corefile.plugins.minimal import Minimal
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.wire.classify import classify
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR
from corefile_runtime.wire.records import find_records, question_end

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

# Kinds that CoreDNS knows what to do with: what is denied, referred or refused keeps all its records.
_WHOLE = frozenset(("NXDOMAIN", "NODATA", "SERVERERROR", "OTHERERROR", "DELEGATION"))


def prepare(_config: Minimal, _home: Home) -> Link:
    """minimal has no options."""
    return link


def link(site: Site) -> Serve:
    """It looks at what comes back."""
    behind = site.next

    def serve(query: Query) -> Outcome:
        outcome = behind(query)
        return outcome.then(shorten, query) if isinstance(outcome, Pending) else shorten(outcome, query)

    return serve


def shorten(reply: Reply, query: Query) -> Reply:
    """The reply without what is not the answer. Errors, and what is no answer to a query, stay as they are."""
    wire = _last_message(reply)
    if wire is None or reply.error:
        return reply
    try:
        places = find_records(wire, question_end(wire))
        kind = classify(wire, query.qtype, places)
    except (Malformed, IndexError):
        return reply
    if kind in _WHOLE:
        return Reply(NOERROR, wire, "", reply.terms, places)
    if kind != "NOERROR":
        error = f'plugin/minimal: unhandled response type "{kind}" for "{query.text}"'
        return Reply(NOERROR, wire, error)
    if wire[8:12] == b"\0\0\0\0":
        return Reply(NOERROR, wire, "", reply.terms, places)
    answers = wire[6] << 8 | wire[7]
    end = places[answers][0]
    return Reply(NOERROR, wire[:8] + b"\0\0\0\0" + wire[12:end], "", reply.terms, places[:answers])


def _last_message(reply: Reply) -> bytes | None:
    """Of several messages, which only transfers have, CoreDNS's recorder remembers the last (nonwriter.WriteMsg)."""
    last = deque(reply.more or (), maxlen=1)
    return last[0] if last else reply.wire


HANDLER = Handler(one(Minimal, prepare), replays=True)
