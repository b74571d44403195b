"""One Corefile as it is written: nothing replaced, nothing left out.

The tree has the words of one text in their places, `import` lines as they stand; the rows have what the tree has not:
comments and blank lines. Any text gives a document, also one that CoreDNS refuses or a fragment with unequal braces.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from corefile_grammar.table import Build

from corefile.ir.source import Source, Word
from corefile.syntax.blocks import keys_of
from corefile.syntax.lexer import lex
from corefile.syntax.rows import Row, Rows
from corefile.syntax.tree import Block, Body, DirectiveNode, Entry, Import, Item, Line, Snippet
from corefile.syntax.walk import Walk


class Document(NamedTuple):
    """A text, the tree of its words, and its rows.

    `unclosed`: a quote is never closed, and what might be put behind the end of the text would belong to it.
    """

    source: Source
    items: tuple[Item, ...]
    rows: tuple[Row, ...]
    unclosed: bool = False


def read_document(source: Source) -> Document:
    """The document of a text. Nothing is refused."""
    words = lex(source)
    written = _Written(words)
    items: tuple[Item, ...] = written.walk()
    rows = Rows(source, words, written.edges, written.movable)
    return Document(source, items, rows.read(), rows.unclosed)


class _Written(Walk):
    """Takes words as they stand: variables are not replaced, imports not followed, nothing is refused aloud.

    `edges` has +1 or -1 for braces that open or close a block, by offset; `movable` the opening braces of server blocks
    and snippets before which nothing depends on variables or imports.
    """

    follows = False

    def __init__(self, words: list[Word]) -> None:
        super().__init__(words, _BUILD)
        self._certain = True
        self._zone: Word | None = None
        self.edges: dict[int, int] = {}
        self.movable: set[int] = set()

    def key(self, word: Word) -> str:
        return word.text

    def zone(self, word: Word, text: str) -> Word:  # noqa: ARG002 - what another walk needs
        self._certain = self._certain and not has_variable(word)
        self._zone = word
        return word

    def name(self, word: Word) -> Word:
        return word

    def argument(self, word: Word) -> Word:
        return word

    def bring(self) -> Import:
        """An `import` with all that stands on its line. What it brings may open and close blocks."""
        self._certain = False
        stream = self.stream
        words: list[Word] = []
        while True:
            assert stream.current is not None
            words.append(stream.current)
            if stream.peek() is None or stream.next_starts_line():
                return Import(tuple(words))
            stream.advance()

    def refused(self, terminal: str, at: Word | None, missing: str, expected: frozenset[str]) -> None:
        """Any text has a form; `lint` tells what is wrong with it."""

    def opened(self, brace: Word) -> None:
        self.edges[brace.start] = 1
        before = self._zone
        follows = before is not None and self.stream.previous is before and not before.text.endswith(",")
        if follows and self._certain and self.where in ("keys", "snippet"):
            self.movable.add(brace.start)

    def closed(self, brace: Word) -> None:
        if self.where in ("body", "raw") or self.around is not None:
            self.edges[brace.start] = -1

    def snippet_begins(self, name: str, brace: Word | None) -> None:
        """Its words are in the tree."""

    def kept(self, word: Word) -> None:
        """So are these."""

    def snippet_ends(self) -> None:
        """And so is the brace."""


def has_variable(word: Word) -> bool:
    """Whether a word has a reference to an environment variable."""
    return "{$" in word.text or "{%" in word.text


def _make_braced(children: list[Any]) -> Block:
    keys, opening, *entries, closing = children
    return Block(tuple(keys), opening, tuple(entries), closing)


def _make_unbraced(children: list[Any]) -> Block:
    keys, *entries, closing = children
    return Block(tuple(keys), None, tuple(entries), closing)


def _make_unended(children: list[Any]) -> Block:
    return _make_unbraced([*children, None])


def _make_snippet(children: list[Any]) -> Snippet:
    key, opening, *lines, closing = children
    return Snippet(key, Body(opening, tuple(lines), closing))


def _make_directive(children: list[Any]) -> DirectiveNode:
    words, *bodies = children
    return DirectiveNode(tuple(words), tuple(body for body in bodies if body is not None))


def _make_body(children: list[Any]) -> Body:
    rest: list[Word] = children.pop() if isinstance(children[-1], list) else []
    opening, *lines, closing = children
    return Body(opening, tuple(lines), closing, tuple(rest))


def _make_line(children: list[Any]) -> Entry:
    child = children[0]
    return Line(tuple(cast(list[Word], child))) if isinstance(child, list) else cast(Entry, child)


def _make_raw(children: list[Any]) -> Entry:
    return _make_line(children) if len(children) == 1 else _make_body(children)


_BUILD: dict[str, Build] = {
    "corefile": tuple,
    "braced": _make_braced,
    "unbraced": _make_unbraced,
    "unended": _make_unended,
    "keys": keys_of,
    "snippet": _make_snippet,
    "directive": _make_directive,
    "body": _make_body,
    "inner": _make_body,
    "line": _make_line,
    "raw": _make_raw,
}
