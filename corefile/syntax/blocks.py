"""Server blocks and directives, built by the grammar's rules from the reader's lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from corefile_grammar.table import Build

from corefile.ir.document import Directive, ServerBlock
from corefile.ir.source import Word

_Part: TypeAlias = "Word | list[Word] | tuple[_Part, ...] | None"
"""What a block in braces is made of: a brace, a line, a block inside it, a brace that the file lacks."""


def _directive(children: list[Any]) -> Directive:
    words: list[Word] = children[0]
    if len(children) > 2:
        _add_words(words, children[1:])
    return Directive(name=words[0].text, words=tuple(words))


def _add_words(words: list[Word], bodies: list[_Part]) -> None:
    """Add the words of blocks in braces, braces included; a brace that the file lacks is None.

    Without recursion, and without a copy for each level: they may be many.
    """
    pending: list[Iterator[_Part]] = [iter(bodies)]
    while pending:
        for child in pending[-1]:
            if isinstance(child, list):
                words += child
            elif isinstance(child, tuple):
                pending.append(iter(child))
                break
            elif child is not None:
                words.append(child)
        else:
            pending.pop()


def _braced(children: list[Any]) -> ServerBlock:
    keys, opening, *directives, _ = children
    return ServerBlock(keys=tuple(keys), directives=tuple(directives), opening=opening)


def _unbraced(children: list[Any]) -> ServerBlock:
    keys, *directives, _ = children
    return ServerBlock(keys=tuple(keys), directives=tuple(directives))


def _unended(children: list[Any]) -> ServerBlock:
    return _unbraced([*children, None])


def _only_blocks(children: list[Any]) -> tuple[ServerBlock, ...]:
    return tuple(child for child in children if isinstance(child, ServerBlock))


def _snippet(children: list[Any]) -> None:  # noqa: ARG001 - its words are kept elsewhere, for later lines to import
    return None


def keys_of(children: list[Any]) -> list[Word]:
    """The keys of all lines; what stands for a comma is None."""
    return [word for line in children if line is not None for word in line]


def _only_child(children: list[Any]) -> Any:
    return children[0]


BUILD: dict[str, Build] = {
    "corefile": _only_blocks,
    "braced": _braced,
    "unbraced": _unbraced,
    "unended": _unended,
    "keys": keys_of,
    "snippet": _snippet,
    "raw": _snippet,
    "directive": _directive,
    "body": tuple,
    "inner": tuple,
    "line": _only_child,
}
