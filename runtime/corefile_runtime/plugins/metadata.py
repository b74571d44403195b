"""metadata: has labels collected about each query, for the plugins that show or use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.metadata import Metadata as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Serve
from corefile_runtime.wire.zone_match import matcher, parse_zone

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query


def prepare(config: Config, home: Home) -> Link:
    """Labels are kept for every name, but plugins are asked for theirs in the zones only."""
    publishers = home.settings.publishers
    holds = matcher([parse_zone(zone) for zone in config.zones or home.zones])

    def collect(query: Query) -> None:
        query.labels = {}
        if holds is None or holds(query.name):
            for publish in publishers:
                publish(query)

    home.settings.collect = collect

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            collect(query)
            return behind(query)

        return serve

    return link


HANDLER = Handler(one(Config, prepare), replays=True)  # who uses a label of a query that may be replayed must say so
