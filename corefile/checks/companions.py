"""Plugins that need another one in their server block.

CoreDNS finds these faults when it begins to listen, after it has taken the Corefile: they have no rank, and the verdict
stays what it is, but the server ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corefile.checks.servers import LISTENING
from corefile.diag.diagnostic import Diagnostic
from corefile.ir.program import Block, PluginUse
from corefile.plugins.order import POSITION

WITH_SEARCH_PATH = frozenset({"erratic", "kubernetes"})
"""The plugins that `autopath` can ask."""


def check_companions(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """What is missing beside a plugin."""
    for block in blocks:
        for use in block.plugins:
            if use.name == "k8s_external" and block.plugin("kubernetes") is None and use.span is not None:
                message = "'k8s_external' needs 'kubernetes' in the same server block, which has none"
                yield Diagnostic("CF305", "error", message, use.span, help="add 'kubernetes'", notes=(LISTENING,))
            elif use.name == "autopath":
                yield from _search_paths(use, block)


def _search_paths(use: PluginUse, block: Block) -> Iterator[Diagnostic]:
    """A plugin that is not in the block is ignored in silence, one that is there must have a search path."""
    for word in use.words:
        name = word.text[1:]
        if word.text[:1] == "@" and name in POSITION and name not in WITH_SEARCH_PATH and block.plugin(name):
            message = f"plugin '{name}' has no search path, 'kubernetes' or 'erratic' is allowed"
            yield Diagnostic("CF305", "error", message, word.span, notes=(LISTENING,))
