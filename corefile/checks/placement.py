"""Plugins whose setup looks at more than their own words: the keys of their block, or their uses in other blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from corefile.checks.setup import SETUP
from corefile.diag.diagnostic import Diagnostic, Rank, Related
from corefile.ir.program import Block, Config
from corefile.plugins.order import POSITION
from corefile.plugins.uses import Use, find_uses

if TYPE_CHECKING:
    from corefile.plugins.kubernetes.config import Kubernetes
    from corefile.plugins.tls import Tls


def check_placement(blocks: Sequence[Block], names: frozenset[str]) -> Iterator[Diagnostic]:
    """What CoreDNS refuses at the setup of `shed`, `tls` and `kubernetes` for where they stand.

    `names` are the plugins that the blocks use: the specs of others are not imported.
    """
    if "shed" in names:
        yield from _plain_dns(blocks)
    if "kubernetes" in names:
        yield from _cluster_zones(blocks)
    if "tls" in names:
        yield from _same_certificates(blocks)


def _rank(use: Use[Config]) -> Rank:
    return Rank(SETUP, POSITION[use.name], use.index)


def _plain_dns(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """`shed` drops packets of the UDP listener; other transports have none."""
    from corefile.plugins.shed import Shed

    for use in find_uses(blocks, Shed):
        encrypted = next((key for key in use.block.keys if key.transport != "dns"), None)
        if encrypted is not None:
            message = f"'shed' protects plain DNS only, but its server block serves '{encrypted}'"
            related = (Related("served here", encrypted.word.span),) if encrypted.word is not None else ()
            last = use.plugin.words[-1].span
            yield Diagnostic("CF305", "error", message, last, related=related, rank=_rank(use))


def _cluster_zones(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """`kubernetes` without zones takes the block's; one of them must hold the cluster's names."""
    from corefile.plugins.kubernetes.config import Kubernetes
    from corefile.plugins.kubernetes.reading import REVERSE

    for use in find_uses(blocks, Kubernetes):
        if use.config.zones:
            continue
        if all(zone.endswith(REVERSE) for zone in use.block.zones):
            message = "'kubernetes' needs a zone that is no reverse zone, its server block has none"
            cure = "give it one: 'kubernetes cluster.local'"
            yield Diagnostic("CF305", "error", message, use.span, help=cure, rank=_rank(use))
        yield from _multicluster(use)


def _multicluster(use: Use[Kubernetes]) -> Iterator[Diagnostic]:
    """CoreDNS looks at what must fit together when it has read the block: the fault is at the end of the use."""
    for zone in use.config.multicluster:
        if zone not in use.block.zones:
            message = f"multicluster zone '{zone}' is none of the zones of 'kubernetes'"
            related = tuple(Related("'multicluster' is here", word.span) for word in use.named("multicluster"))
            yield Diagnostic("CF214", "error", message, use.words[-1].span, related=related, rank=_rank(use))


def _same_certificates(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """Two blocks that get a certificate for one domain must want it the same way."""
    from corefile.plugins.tls import Tls

    earlier: list[Use[Tls]] = []
    told: set[int] = set()
    for use in find_uses(blocks, Tls):
        found = None if use.index in told else _conflict(use, earlier)
        if found is not None:
            told.add(use.index)
            yield found
        earlier.append(use)


def _conflict(use: Use[Tls], earlier: Sequence[Use[Tls]]) -> Diagnostic | None:
    from corefile.plugins.tls import conflict

    for other in earlier:
        domain = "" if other.index == use.index else conflict(use.config.acme, other.config.acme)
        if domain:
            message = f"domain '{domain}' gets a certificate with other options in another server block"
            related = (Related("the other options", other.plugin.words[0].span),)
            return Diagnostic("CF305", "error", message, use.plugin.words[0].span, related=related, rank=_rank(use))
    return None
