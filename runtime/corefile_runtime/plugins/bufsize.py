"""bufsize: bounds the EDNS buffer size of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.bufsize import Bufsize as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Serve
from corefile_runtime.wire.question import Query

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site


def prepare(config: Config, _home: Home) -> Link:
    """A larger size becomes that of the configuration, also in the OPT of the reply."""
    most = int(config.size)
    octets = most.to_bytes(2, "big")

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            if query.size <= most:
                return behind(query)
            wire, at = query.wire, query.opt + 3
            query.changed = bounded = query.with_wire(wire[:at] + octets + wire[at + 2 :])
            bounded.size = most
            return behind(bounded)

        return serve

    return link


HANDLER = Handler(one(Config, prepare), replays=True)
