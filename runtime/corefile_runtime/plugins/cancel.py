"""cancel: gives up queries that take too long."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from corefile.plugins.cancel import Cancel
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Serve

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query


def prepare(config: Cancel, _home: Home) -> Link:
    """The query carries its deadline; who waits for something heeds it before it waits again.

    CoreDNS does the same with a context: what is under way is not cut off.
    """
    seconds = config.timeout.seconds

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            query.deadline = monotonic() + seconds
            return behind(query)

        return serve

    return link


HANDLER = Handler(one(Cancel, prepare), replays=True)
