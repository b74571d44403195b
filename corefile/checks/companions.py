"""Plugins that need another one in their server block.

CoreDNS finds these faults when it begins to listen, after it has taken the Corefile: they have no rank, and the verdict
stays what it is, but the server ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corefile.checks.servers import LISTENING
from corefile.diag.diagnostic import Diagnostic
from corefile.ir.program import Block
from corefile.plugins.order import POSITION
from corefile.plugins.uses import find_uses

WITH_SEARCH_PATH = frozenset({"erratic", "kubernetes"})
"""The plugins that `autopath` can ask."""


def check_companions(blocks: Sequence[Block], names: frozenset[str]) -> Iterator[Diagnostic]:
    """What is missing beside a plugin; `names` are those that the blocks use."""
    if "k8s_external" in names:
        yield from _clusters(blocks)
    if "autopath" in names:
        yield from _search_paths(blocks)


def _clusters(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """`k8s_external` asks the `kubernetes` of its block."""
    from corefile.plugins.k8s_external import K8sExternal

    for use in find_uses(blocks, K8sExternal):
        if use.block.plugin("kubernetes") is None:
            message = "'k8s_external' needs 'kubernetes' in the same server block, which has none"
            yield Diagnostic("CF305", "error", message, use.span, help="add 'kubernetes'", notes=(LISTENING,))


def _search_paths(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """A plugin that is not in the block is ignored in silence, one that is there must have a search path."""
    from corefile.plugins.autopath import Autopath

    for use in find_uses(blocks, Autopath):
        for word in use.words:
            name = word.text[1:]
            if word.text[:1] != "@" or name not in POSITION or name in WITH_SEARCH_PATH:
                continue
            if use.block.plugin(name):
                message = f"plugin '{name}' has no search path, 'kubernetes' or 'erratic' is allowed"
                yield Diagnostic("CF305", "error", message, word.span, notes=(LISTENING,))
