"""A Corefile after expansion, before any plugin has looked at its words."""

from __future__ import annotations

from dataclasses import dataclass, field

from corefile.ir.source import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One use of a plugin: all its words, the name first, braces included."""

    name: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerBlock:
    """Keys as they are written (variables replaced), and directives in the order of the file."""

    keys: tuple[Word, ...]
    directives: tuple[Directive, ...]
    opening: Word | None = None

    def words_by_name(self) -> dict[str, list[Word]]:
        """What plugins get: the words of all uses of a name, joined."""
        found: dict[str, list[Word]] = {}
        for directive in self.directives:
            found.setdefault(directive.name, []).extend(directive.words)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandedCorefile:
    """All server blocks, in order, those without keys included, and the snippets that were defined."""

    blocks: tuple[ServerBlock, ...] = ()
    snippets: dict[str, tuple[Word, ...]] = field(default_factory=dict[str, tuple[Word, ...]])
