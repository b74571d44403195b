"""Typed uses: each time that a server block names a plugin, with its config and the places of its words.

What a check or a lint rule looks at: `use.config.max_fails` is what holds, `use.at("max_fails")` where it is written.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from corefile.ir.program import Block, Config, PluginUse
from corefile.ir.source import Span, Word
from corefile.plugins.cursor import Cursor

C = TypeVar("C", bound=Config)
C_co = TypeVar("C_co", bound=Config, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(Generic[C_co]):
    """One config of a plugin, and where it comes from.

    `index` is the number of `block` in the program. `number` counts the uses in the block from 0. Where CoreDNS keeps
    one state for all uses of a block there is one config, and its use has the words of all. `words` are its own, the
    plugin's name first; `marks` has the properties it names: (property, index of the word).
    """

    block: Block
    index: int
    plugin: PluginUse
    number: int
    config: C_co
    words: tuple[Word, ...] = ()
    marks: tuple[tuple[str, int], ...] = ()
    is_sound: bool = True
    """Whether its words were read without a fault: if not, its config is not what was meant."""

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.plugin.name

    @property
    def span(self) -> Span:
        """Where the plugin is named. Raises `IndexError` in a program that was not read from a text."""
        return self.words[0].span

    def named(self, prop: str) -> tuple[Word, ...]:
        """The words that name a property in this use, in the order of the text; none where it is not written."""
        return tuple(self.words[at] for name, at in self.marks if name == prop)

    def at(self, prop: str) -> Span | None:
        """Where this use names a property: the last place if there are several. None where it is not written."""
        found = self.named(prop)
        return found[-1].span if found else None

    def arguments(self, prop: str = "") -> tuple[Word, ...]:
        """The words behind the plugin's name on its line; with `prop`, those behind that property (the last).

        An opening brace is none of them.
        """
        start = next((at for name, at in reversed(self.marks) if name == prop), -1) if prop else 0
        return tuple(Cursor(self.words).behind(start)) if 0 <= start < len(self.words) else ()

    def argument(self, number: int, prop: str = "") -> Span | None:
        """The place of an argument of the plugin's line or of a property, counted from 1; None where there is none."""
        found = self.arguments(prop)
        return found[number - 1].span if 0 < number <= len(found) else None


def find_uses(blocks: Sequence[Block], kind: type[C]) -> Iterator[Use[C]]:
    """All uses whose config is of a kind, in the order of the blocks and, in a block, of the text."""
    for index, block in enumerate(blocks):
        for plugin in block.plugins:
            yield from _uses_of(block, index, plugin, kind)


def _uses_of(block: Block, index: int, plugin: PluginUse, kind: type[C]) -> Iterator[Use[C]]:
    parts: list[_Part] = []
    for number, config in enumerate(plugin.configs):
        if isinstance(config, kind):
            parts = parts or _parts(plugin)
            words, marks, is_sound = parts[number]
            yield Use(
                block=block,
                index=index,
                plugin=plugin,
                number=number,
                config=config,
                words=words,
                marks=marks,
                is_sound=is_sound,
            )


class _Part(NamedTuple):
    """What one config was read from."""

    words: tuple[Word, ...]
    marks: tuple[tuple[str, int], ...]
    is_sound: bool


def _parts(plugin: PluginUse) -> list[_Part]:
    """Cuts a plugin's words where its uses begin; all are the part of a config that was made of several uses."""
    starts = [at for _, name, at in plugin.marks if not name]
    if len(starts) != len(plugin.configs) or len(starts) == 1:
        marks = tuple((name, at) for _, name, at in plugin.marks if name)
        return [_Part(plugin.words, marks, not plugin.faulty)] * len(plugin.configs)
    named: list[list[tuple[str, int]]] = [[] for _ in starts]
    for _, name, at in plugin.marks:
        if name:
            number = bisect_right(starts, at) - 1
            named[number].append((name, at - starts[number]))
    faulty = {bisect_right(starts, at) - 1 for at in plugin.faulty}
    ends = [*starts[1:], len(plugin.words)]
    return [
        _Part(plugin.words[start:end], tuple(named[number]), number not in faulty)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def chain(block: Block, index: int, names: Container[str] | None = None) -> Iterator[Use[Config]]:
    """All uses of a block in the order in which a query passes them; `index` is the number of the block.

    With `names` only those of some plugins.
    """
    for plugin in block.plugins:
        if names is None or plugin.name in names:
            yield from _uses_of(block, index, plugin, Config)


class UseIndex:
    """Where each kind of config is, found once for all rules: a Corefile may have thousands of blocks."""

    __slots__ = ("_names", "_places", "blocks")

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self._places: dict[str, list[tuple[int, PluginUse]]] = {}
        self._names: dict[type[Config], set[str]] = {}

    def find(self, kind: type[C]) -> Iterator[Use[C]]:
        """The same as `find_uses`."""
        if not self._places:
            self._fill()
        for name in self._names.get(kind, ()):
            for index, plugin in self._places[name]:
                yield from _uses_of(self.blocks[index], index, plugin, kind)

    def names(self) -> frozenset[str]:
        """The plugins that the Corefile uses."""
        if not self._places:
            self._fill()
        return frozenset(self._places)

    def _fill(self) -> None:
        for index, block in enumerate(self.blocks):
            for plugin in block.plugins:
                self._places.setdefault(plugin.name, []).append((index, plugin))
                for config in plugin.configs:
                    self._names.setdefault(type(config), set()).add(plugin.name)
