"""nsid: says which server answered, to those who ask (RFC 5001)."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from corefile.plugins.nsid import Nsid as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve, with_messages
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.options import read_options, render_options
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.records import find_opt, find_records, question_end

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

NSID = 3
_DO = b"\0\0\x80\0"


def prepare(config: Config, _home: Home) -> Link:
    """The text, or the name of the machine."""
    text = config.data if config.data is not None else socket.gethostname()
    data = text.encode("utf-8", "surrogateescape")

    def finish(reply: Reply, query: Query) -> Reply:
        size = query.final.size
        reply.terms = None  # who asks sends an option, and queries with options are not replayed
        return with_messages(reply, lambda wire: add_identifier(wire, data, size))

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            if not query.options or not any(code == NSID for code, _ in read_options(query.wire, query.opt)):
                return behind(query)
            outcome = behind(query)
            return outcome.then(finish, query) if isinstance(outcome, Pending) else finish(outcome, query)

        return serve

    return link


def add_identifier(wire: bytes, data: bytes, size: int) -> bytes:
    """The reply with the identifier in its OPT; one that is made for it has DO set, as CoreDNS's has."""
    try:
        place = find_opt(wire, find_records(wire, question_end(wire)))
    except Malformed:
        return wire
    if place is None:
        count = ((wire[10] << 8 | wire[11]) + 1).to_bytes(2, "big")
        own = render_options([(NSID, data)])
        return wire[:10] + count + wire[12:] + b"\0\0\x29" + size.to_bytes(2, "big") + _DO + own
    start, at, _ = place
    options = [(code, data if code == NSID else old) for code, old in read_options(wire, start)]
    if all(code != NSID for code, _ in options):
        options.append((NSID, data))
    end = at + 10 + (wire[at + 8] << 8 | wire[at + 9])
    return wire[: at + 8] + render_options(options) + wire[end:]


HANDLER = Handler(one(Config, prepare), replays=True)
