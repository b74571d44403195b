"""Plugins whose setup looks at more than their own words: the keys of their block, or their uses in other blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from corefile.checks.setup import SETUP
from corefile.diag.diagnostic import Diagnostic, Rank, Related
from corefile.ir.program import Block, PluginUse
from corefile.ir.source import Word
from corefile.plugins.order import POSITION


def check_placement(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """What CoreDNS refuses at the setup of `shed`, `tls` and `kubernetes` for where they stand."""
    acme: list[PluginUse] = []
    for index, block in enumerate(blocks):
        for use in block.plugins:
            if use.name == "shed":
                yield from _plain_dns(use, block, index)
            elif use.name == "kubernetes":
                yield from _cluster_zone(use, block, index)
            elif use.name == "tls":
                yield from _same_certificate(use, acme, index)
                acme.append(use)


def _rank(name: str, index: int) -> Rank:
    return Rank(SETUP, POSITION[name], index)


def _plain_dns(use: PluginUse, block: Block, index: int) -> Iterator[Diagnostic]:
    """`shed` drops packets of the UDP listener; other transports have none."""
    encrypted = next((key for key in block.keys if key.transport != "dns"), None)
    if encrypted is not None:
        message = f"'shed' protects plain DNS only, but its server block serves '{encrypted}'"
        related = (Related("served here", encrypted.word.span),) if encrypted.word is not None else ()
        yield Diagnostic("CF305", "error", message, use.words[-1].span, related=related, rank=_rank("shed", index))


def _cluster_zone(use: PluginUse, block: Block, index: int) -> Iterator[Diagnostic]:
    """`kubernetes` without zones takes the block's; one of them must hold the cluster's names."""
    from corefile.plugins.kubernetes.config import Kubernetes
    from corefile.plugins.kubernetes.reading import REVERSE

    for config in use.configs:
        kubernetes = cast(Kubernetes, config)
        if kubernetes.zones:
            continue
        if all(zone.endswith(REVERSE) for zone in block.zones):
            message = "'kubernetes' needs a zone that is no reverse zone, its server block has none"
            yield Diagnostic(
                "CF305", "error", message, use.words[0].span, help="give it one: 'kubernetes cluster.local'",
                rank=_rank("kubernetes", index),
            )  # fmt: skip
        for zone in kubernetes.multicluster:
            if zone not in block.zones:
                message = f"multicluster zone '{zone}' is none of the zones of 'kubernetes'"
                related = tuple(Related("'multicluster' is here", word.span) for word in _named(use, "multicluster"))
                end = _end_of_first(use)
                yield Diagnostic(
                    "CF214", "error", message, end.span, related=related, rank=_rank("kubernetes", index)
                )  # fmt: skip


def _named(use: PluginUse, prop: str) -> list[Word]:
    return [use.words[at] for _, name, at in use.marks if name == prop]


def _end_of_first(use: PluginUse) -> Word:
    """The last word of the first use: CoreDNS looks at what must fit together when it has read the block."""
    return use.words[next((at for number, name, at in use.marks if number == 1 and not name), 0) - 1]


def _same_certificate(use: PluginUse, others: Sequence[PluginUse], index: int) -> Iterator[Diagnostic]:
    """Two blocks that get a certificate for one domain must want it the same way."""
    from corefile.plugins.tls import Tls, conflict

    mine = [cast(Tls, config).acme for config in use.configs]
    if not any(mine):
        return
    for other in others:
        for config in other.configs:
            domain = next((found for acme in mine if (found := conflict(acme, cast(Tls, config).acme))), "")
            if domain:
                message = f"domain '{domain}' gets a certificate with other options in another server block"
                related = (Related("the other options", other.words[0].span),)
                yield Diagnostic(
                    "CF305", "error", message, use.words[0].span, related=related, rank=_rank("tls", index)
                )
                return
