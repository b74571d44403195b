"""rewrite: changes queries on their way in, and replies on their way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile_runtime.chain.reply import Serve
from corefile_runtime.plugins.rewrite.compile import compile_rule
from corefile_runtime.plugins.rewrite.edns0 import looks_at_clients
from corefile_runtime.plugins.rewrite.handler import Handler

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile.plugins.rewrite import Rewrite as Config
    from corefile_runtime.chain.build import Bind, Home, Site

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """All rules of a block, in the order of the file."""
    rules = [cast("Config", config).rule for config in configs]
    if any(looks_at_clients(rule) for rule in rules):
        home.instance.traits(home.block).each_client = True

    def bind(site: Site) -> Serve:
        return Handler([compile_rule(rule, home, site) for rule in rules], site, home.instance).serve

    return bind
