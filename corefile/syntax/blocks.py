"""Server blocks and directives, built by the grammar's rules from the reader's lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from corefile_grammar.parser import Build

from corefile.ir.document import Directive, ServerBlock
from corefile.ir.source import Word

_Part: TypeAlias = "Word | list[Word] | tuple[_Part, ...] | None"
"""What a block in braces is made of: a brace, a line, a block inside it, a brace that the file lacks."""


def _directive(children: list[Any]) -> Directive:
    words: list[Word] = children[0]
    if len(children) > 1:
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


def _server_block(children: list[Any]) -> ServerBlock:
    directives = tuple(child for child in children[1:] if isinstance(child, Directive))
    opening = children[1] if isinstance(children[1], Word) else None
    return ServerBlock(keys=tuple(children[0]), directives=directives, opening=opening)


def _only_blocks(children: list[Any]) -> tuple[ServerBlock, ...]:
    return tuple(child for child in children if isinstance(child, ServerBlock))


def _line(children: list[Any]) -> list[Word]:
    words: list[Word] = children[0]
    return words


BUILD: dict[str, Build] = {
    "corefile": _only_blocks,
    "block": _server_block,
    "directive": _directive,
    "body": tuple,
    "line": _line,
}
