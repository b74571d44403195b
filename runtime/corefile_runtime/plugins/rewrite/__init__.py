"""rewrite: changes queries on their way in, and replies on their way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.rewrite import Rewrite
from corefile_runtime.chain.handler import Handler, every
from corefile_runtime.chain.reply import Serve
from corefile_runtime.plugins.rewrite.compile import compile_rule
from corefile_runtime.plugins.rewrite.edns0 import looks_at_clients
from corefile_runtime.plugins.rewrite.rewriter import Rewriter

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site


def prepare(configs: tuple[Rewrite, ...], home: Home) -> Link:
    """All rules of a block, in the order of the file."""
    rules = [config.rule for config in configs]
    if any(looks_at_clients(rule) for rule in rules):
        home.settings.each_client = True

    def link(site: Site) -> Serve:
        return Rewriter([compile_rule(rule, home, site) for rule in rules], site, home).serve

    return link


HANDLER = Handler(every(Rewrite, prepare), replays=True)
