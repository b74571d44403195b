"""cancel: gives up queries that take too long."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, cast

from corefile.plugins.cancel import Cancel as Config
from corefile_runtime.chain.reply import Outcome, Serve
from corefile_runtime.wire.question import Query

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], _home: Home) -> Bind:
    """The query carries its deadline; who waits for something heeds it before it waits again."""
    seconds = cast("Config", configs[0]).timeout.seconds

    def bind(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            query.deadline = monotonic() + seconds
            return behind(query)

        return serve

    return bind
