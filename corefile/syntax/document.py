"""One Corefile as it is written: nothing replaced, nothing left out.

The tree has the words of one text in their places, `import` lines as they stand; the rows have what the tree has not:
comments and blank lines. Any text gives a document, also one that CoreDNS refuses or a fragment with unequal braces.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from corefile_grammar.parser import Build, Parser

from corefile.ir.source import Source, Word
from corefile.syntax.lexer import lex
from corefile.syntax.lines import DirectiveLines, check_depth
from corefile.syntax.rows import Row, Rows
from corefile.syntax.tree import Block, Body, DirectiveNode, Entry, Import, Item, Line, Snippet


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
    reader = _Reader(words)
    items = reader.read()
    rows = Rows(source, words, reader.edges, reader.movable)
    return Document(source, items, rows.read(), rows.unclosed)


class _Reader:
    """Feeds words to the grammar as they stand: variables are not replaced, imports not followed.

    `edges` has +1 or -1 for braces that open or close a block, by offset; `movable` the opening braces of server blocks
    and snippets before which nothing depends on variables or imports.
    """

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._at = 0
        self._parser = Parser(_BUILD)
        self._certain = True
        self.edges: dict[int, int] = {}
        self.movable: set[int] = set()

    def read(self) -> tuple[Item, ...]:
        while self._at < len(self._words):
            if self._words[self._at].text == "import":
                self._import()
            else:
                self._block()
        items: tuple[Item, ...] = self._parser.finish()
        return items

    def _block(self) -> None:
        keys, feed = self._keys(), self._parser.feed
        if not self._next_is("{"):
            feed("KEYS", keys)
            feed("END", self._directives())
            return
        opening = self._open()
        if self._certain and keys and not keys[-1].text.endswith(","):
            self.movable.add(opening.start)
        if len(keys) == 1 and keys[0].text.startswith("(") and keys[0].text.endswith(")"):
            feed("SNIPPET", keys[0])
            feed("OPEN", opening)
            self._snippet()
            return
        feed("KEYS", keys)
        feed("OPEN", opening)
        closing = self._directives()
        if closing is not None:
            self.edges[closing.start] = -1
        feed("CLOSE", closing)

    def _keys(self) -> list[Word]:
        """The words up to a brace or the end of the line; behind a comma also those of the next line."""
        words, start = self._words, self._at
        comma = False
        while self._at < len(words) and words[self._at].text != "{":
            word = words[self._at]
            if self._at > start and self._begins_line() and (not comma or word.text == "import"):
                break
            comma = word.text.endswith(",") if word.text else comma
            self._certain = self._certain and not has_variable(word)
            self._at += 1
        return words[start : self._at]

    def _snippet(self) -> None:
        depth, line, feed = 1, list[Word](), self._parser.feed
        while depth and self._at < len(self._words):
            word = self._words[self._at]
            edge = {"{": 1, "}": -1}.get(word.text, 0)
            if line and (edge or self._begins_line()):
                feed("LINE", line)
                line = []
            if edge:
                self.edges[word.start] = edge
                depth += edge
                check_depth(depth)
                feed("OPEN" if edge > 0 else "CLOSE", word)
            else:
                line.append(word)
            self._at += 1
        if line:
            feed("LINE", line)
        for _ in range(depth):
            feed("CLOSE", None)

    def _directives(self) -> Word | None:
        """Directives up to the brace that ends the block; None at the end of the file."""
        while self._at < len(self._words):
            word = self._words[self._at]
            if word.text == "}":
                self._at += 1
                return word
            if word.text == "import":
                self._import()
            elif (stray := self._directive()) is not None:
                return stray
        return None

    def _directive(self) -> Word | None:
        """One directive; the brace where one too many ends the whole block."""
        lines = DirectiveLines(self._parser, self._words[self._at])
        self._at += 1
        while self._at < len(self._words):
            word = self._words[self._at]
            if word.text == "{":
                lines.open(self._open())
                continue
            begins = self._begins_line()
            if not lines.depth and (begins or word.text == "}"):
                break
            if begins and word.text == "import":
                lines.bring(self._import_line())
                continue
            self._at += 1
            if word.text == "}":
                self.edges[word.start] = -1
                lines.close(word)
            else:
                lines.add(word)
        lines.finish()
        return self._stray()

    def _stray(self) -> Word | None:
        """A closing brace on a directive's line, which has opened no block: it ends the server block."""
        if self._next_is("}") and not self._begins_line():
            self._at += 1
            return self._words[self._at - 1]
        return None

    def _import(self) -> None:
        self._parser.feed("IMPORT", self._import_line())

    def _import_line(self) -> Import:
        """An `import` with all that stands on its line. What it brings may open and close blocks."""
        self._certain = False
        start = self._at
        self._at += 1
        while self._at < len(self._words) and not self._begins_line():
            self._at += 1
        return Import(tuple(self._words[start : self._at]))

    def _open(self) -> Word:
        word = self._words[self._at]
        self.edges[word.start] = 1
        self._at += 1
        return word

    def _next_is(self, text: str) -> bool:
        return self._at < len(self._words) and self._words[self._at].text == text

    def _begins_line(self) -> bool:
        before, word = self._words[self._at - 1], self._words[self._at]
        return self._at == 0 or before.line + before.text.count("\n") < word.line


def has_variable(word: Word) -> bool:
    """Whether a word has a reference to an environment variable."""
    return "{$" in word.text or "{%" in word.text


def _make_block(children: list[Any]) -> Block:
    keys, *rest, closing = children
    opening = rest.pop(0) if rest and isinstance(rest[0], Word) else None
    return Block(tuple(keys), opening, tuple(rest), closing)


def _make_snippet(children: list[Any]) -> Snippet:
    return Snippet(children[0], _make_body(children[1:]))


def _make_directive(children: list[Any]) -> DirectiveNode:
    return DirectiveNode(tuple(children[0]), tuple(children[1:]))


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
    "block": _make_block,
    "snippet": _make_snippet,
    "directive": _make_directive,
    "body": _make_body,
    "line": _make_line,
    "raw": _make_raw,
}
