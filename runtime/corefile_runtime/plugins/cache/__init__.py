"""cache: keeps replies for their TTL and answers from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile_runtime.chain.reply import Serve
from corefile_runtime.plugins.cache.handler import Handler
from corefile_runtime.plugins.cache.store import Store

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile.plugins.cache import Cache
    from corefile_runtime.chain.build import Bind, Home, Site

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """One store for the block; each chain counts under its own listener."""
    config = cast("Cache", configs[0])
    zones = config.zones or home.block.zones
    store = Store(config)

    def bind(site: Site) -> Serve:
        return Handler(config, zones, store, site, home.instance).bind()

    return bind
