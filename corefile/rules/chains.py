"""The chain of a server block for lint rules: what its plugins answer, in the order in which a query passes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from corefile.ir.program import Block, Config
from corefile.ir.values import Zone
from corefile.plugins.answering import Answers
from corefile.plugins.spec import known, load
from corefile.plugins.uses import Use, chain


class Link(NamedTuple):
    """A use that answers, for which zones, and the names of the block that get to it when nothing stands before it."""

    use: Use[Config]
    answers: Answers
    names: tuple[str, ...]


class Chain:
    """The uses of a block that answer by themselves, in the order in which a query passes them."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = links
        self._by_zone: dict[str, list[int]] = {}
        for at, link in enumerate(links):
            for zone in link.answers.zones:
                self._by_zone.setdefault(zone, []).append(at)

    def hiding(self, at: int, zone: str) -> Link | None:
        """The link before another one that answers all queries for a zone; None if some get there."""
        use = self.links[at].use
        in_turn = load(use.name).in_turn
        # Blocks with hundreds of `forward` are real: only those for the zone or one above it are looked at.
        for earlier in sorted(other for above in _above(zone) for other in self._by_zone.get(above, ()) if other < at):
            link = self.links[earlier]
            if (in_turn or link.use.plugin is not use.plugin) and link.answers.cover(zone):
                return link
        return None


def _above(zone: str) -> Iterator[str]:
    """A zone, and those that hold it."""
    while zone not in ("", "."):
        yield zone
        zone = zone.partition(".")[2]
    yield "."


def answering(block: Block, index: int) -> Chain:
    """The chain of a block. A use with a fault answers some queries, nobody knows which."""
    # A rewritten name may be any, not only one of the block.
    names = (".",) if block.plugin("rewrite") is not None else block.zones
    found: list[Link] = []
    for use in chain(block, index, [plugin.name for plugin in block.plugins if _does_answer(plugin.name)]):
        answers = _answers(use, use.config)
        if answers is not None:
            answers = answers.within(block.zones)
            found.append(Link(use, answers._replace(partly=answers.partly or not use.is_sound), answers.below(names)))
    return Chain(found)


@cache
def _does_answer(name: str) -> bool:
    return known(name) and load(name).answers is not None


def _answers(use: Use[Config], config: Config) -> Answers | None:
    answers = load(use.name).answers
    return None if answers is None else answers(config)


def opens_with_fallthrough(link: Link, zone: str) -> bool:
    """Whether the property `fallthrough`, which it has not, would let queries for a zone go on."""
    if "fallthrough" not in [prop.name for prop in load(link.use.name).properties]:
        return False
    everywhere = {"fallthrough": (Zone("."),)}
    answers = _answers(link.use, replace(link.use.config, **everywhere))
    return answers is not None and not answers.within(link.use.block.zones).cover(zone)
