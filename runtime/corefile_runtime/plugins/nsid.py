"""nsid: says which server answered, to those who ask (RFC 5001)."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, cast

from corefile.plugins.nsid import Nsid as Config
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.options import read_options, render_options
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.records import find_opt, find_records, question_end

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site

NSID = 3
_DO = b"\0\0\x80\0"

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], _home: Home) -> Bind:
    """The text, or the name of the machine."""
    config = cast("Config", configs[0])
    text = config.data if config.data is not None else socket.gethostname()
    data = text.encode("utf-8", "surrogateescape")

    def finish(reply: Reply, query: Query) -> Reply:
        if reply.wire is not None:
            reply.wire = add_identifier(reply.wire, data, query.final.size)
            reply.facts = reply.places = None
        return reply

    def bind(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            if not query.options or not any(code == NSID for code, _ in read_options(query.wire, query.opt)):
                return behind(query)
            outcome = behind(query)
            return outcome.then(finish, query) if isinstance(outcome, Pending) else finish(outcome, query)

        return serve

    return bind


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
