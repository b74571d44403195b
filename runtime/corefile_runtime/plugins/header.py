"""header: sets and clears flags of queries and replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from corefile.plugins.header import Flag
from corefile.plugins.header import Header as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve, with_messages
from corefile_runtime.wire.question import Query

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

# Which of the two octets of flags, and which bit of it.
_BITS = {"aa": (2, 4), "rd": (2, 1), "ra": (3, 128)}

Change = Callable[[bytes], bytes]


def prepare(config: Config, _home: Home) -> Link:
    """Flags are the same for all queries, so replies may be replayed as they leave here."""
    ask, tell = compile_flags(config.query), compile_flags(config.response)

    def finish(reply: Reply) -> Reply:
        if tell is None or reply.wire is None:
            return reply
        if reply.more is not None:
            return with_messages(reply, tell)
        reply.wire = tell(reply.wire)  # in place: the records stay where they have been found
        return reply

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            if ask is not None:
                query.changed = query = query.with_wire(ask(query.wire))
            outcome = behind(query)
            return outcome.then(finish) if isinstance(outcome, Pending) else finish(outcome)

        return serve

    return link


def compile_flags(flags: Sequence[Flag]) -> Change | None:
    """A function that changes the flags of a message; None when there is nothing to change."""
    if not flags:
        return None
    on, off = [0, 0], [255, 255]
    for flag in flags:
        octet, bit = _BITS[flag.name]
        if flag.value:
            on[octet - 2] |= bit
        else:
            on[octet - 2] &= ~bit
            off[octet - 2] &= ~bit
    (on2, on3), (off2, off3) = on, off
    return lambda wire: wire[:2] + bytes((wire[2] & off2 | on2, wire[3] & off3 | on3)) + wire[4:]


HANDLER = Handler(one(Config, prepare), replays=True)
