"""The nodes of a document: the words of one Corefile as they are written, `import` lines included."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from corefile.ir.source import Word


class Import(NamedTuple):
    """An `import` line."""

    words: tuple[Word, ...]


class Line(NamedTuple):
    """A line of words in a block."""

    words: tuple[Word, ...]


class Body(NamedTuple):
    """A block in braces inside a directive or snippet; `closing` is None if the file ends before it.

    `opening` is None where a snippet lacks it.
    """

    opening: Word | None
    lines: tuple[Entry, ...]
    closing: Word | None
    rest: tuple[Word, ...] = ()


class DirectiveNode(NamedTuple):
    """A directive's own line, and its block; more than one block only where something follows a closing brace."""

    words: tuple[Word, ...]
    bodies: tuple[Body, ...] = ()


class Block(NamedTuple):
    """A server block. Without `opening` it has no braces, and `closing` may be a stray one that ends it."""

    keys: tuple[Word, ...]
    opening: Word | None
    entries: tuple[DirectiveNode | Import, ...]
    closing: Word | None


class Snippet(NamedTuple):
    """A snippet's definition; its key has the parentheses."""

    key: Word
    body: Body


Entry: TypeAlias = Line | Import | Body
Item: TypeAlias = Block | Snippet | Import
