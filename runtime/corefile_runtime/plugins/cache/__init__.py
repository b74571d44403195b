"""cache: keeps replies for their TTL and answers from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.cache import Cache
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Serve
from corefile_runtime.plugins.cache.lookup import Lookup
from corefile_runtime.plugins.cache.store import Store

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site


def prepare(config: Cache, home: Home) -> Link:
    """One store for the block; each chain counts under its own listener."""
    store = Store(config)

    def link(site: Site) -> Serve:
        return Lookup(config, store, site, home).link()

    return link


HANDLER = Handler(one(Cache, prepare), replays=True)
