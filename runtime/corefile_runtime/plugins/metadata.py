"""metadata: has labels collected about each query, for the plugins that show or use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile.plugins.metadata import Metadata as Config
from corefile_runtime.chain.reply import Outcome, Serve
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.zone_match import matcher

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site
    from corefile_runtime.wire.question import Query

REPLAYS = True  # who uses a label of a query that may be replayed must say so


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """Labels are kept for every name, but plugins are asked for theirs in the zones only."""
    config = cast("Config", configs[0])
    traits = home.instance.traits(home.block)
    holds = matcher([parse_name(zone.lower()) for zone in config.zones or home.block.zones])

    def collect(query: Query) -> None:
        query.labels = {}
        if holds is None or holds(query.name):
            for publish in traits.publishers:
                publish(query)

    traits.collect = collect

    def bind(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            collect(query)
            return behind(query)

        return serve

    return bind
