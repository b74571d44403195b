"""The rows of a text: what stands between two line ends, comments and blank lines included."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from corefile.ir.source import Source, Word
from corefile.syntax.lexer import BLANKS


class Comment(NamedTuple):
    """A comment with its `#`. One that is `glued` to the word before it ends at the next blank, others with their line.

    A quote at the end of the text, which begins nothing, is kept as one.
    """

    text: str
    start: int
    glued: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What stands between two line ends: words, comments, or nothing. A word in quotes may hold line ends of its own.

    `depth` is the number of blocks around the first word, without those that closing braces in front end. `opens`: the
    last word opens a block; `closes`: the first one closes one. `movable`: the row is the opening brace of a server
    block or snippet and nothing else, and would mean the same behind the keys in the row before.
    """

    words: tuple[Word, ...] = ()
    comments: tuple[Comment, ...] = ()
    depth: int = 0
    opens: bool = False
    closes: bool = False
    movable: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands there."""
        return not self.words and not self.comments


class Rows:
    """Puts words, and what stands between them, into rows.

    `edges` has +1 or -1 for words that open or close a block, by offset, and `movable` the offsets of braces that may
    go behind their keys. `unclosed`: a quote is never closed, and whatever is put behind the text belongs to it.
    """

    def __init__(
        self, source: Source, words: Sequence[Word], edges: Mapping[int, int], movable: Collection[int]
    ) -> None:
        self._text = source.text
        self._words = words
        self._edges = edges
        self._movable = movable
        self._rows: list[Row] = []
        self._row: list[Word] = []
        self._comments: list[Comment] = []
        self._depth = 0
        self.unclosed = False

    def read(self) -> tuple[Row, ...]:
        at = 0
        for word in self._words:
            if word.start > at:
                self._between(at, word.start)
            self._row.append(word)
            at = word.end
        self._between(at, len(self._text))
        last = self._words[-1] if self._words else None
        if last is not None and last.end == len(self._text) and not _is_closed(last.raw):
            self.unclosed = True
        self._end_row()
        return tuple(self._rows)

    def _between(self, at: int, end: int) -> None:
        """Blanks, line ends and comments; at the end of the text also a quote with nothing behind it."""
        text = self._text
        if self._row and text[at : at + 1] == "#" and text[self._row[-1].start] != '"':
            comment = _GLUED.match(text, at, end)
            assert comment is not None
            self._comments.append(Comment(comment[0].replace("\r", ""), at, glued=True))
            at = comment.end()
        for match in _TRIVIA.finditer(text, at, end):
            if match.lastindex == 1:
                self._comments.append(Comment(match[1].rstrip(BLANKS + "\r"), match.start()))
            elif match.lastindex == 2:
                self._end_row()
            else:
                self._comments.append(Comment(match[0], match.start()))
                self.unclosed = True

    def _end_row(self) -> None:
        words, edges = self._row, self._edges
        depth, leading = self._depth, True
        for word in words:
            edge = edges.get(word.start, 0)
            leading = leading and edge < 0
            self._depth += edge
            if leading:
                depth = self._depth
        self._rows.append(
            Row(
                words=tuple(words),
                comments=tuple(self._comments),
                depth=depth,
                opens=bool(words) and edges.get(words[-1].start, 0) > 0,
                closes=bool(words) and edges.get(words[0].start, 0) < 0,
                movable=len(words) == 1 and words[0].start in self._movable,
            )
        )
        self._row, self._comments = [], []


_GLUED = re.compile(rf"#[^{BLANKS}\n]*")
_TRIVIA = re.compile(r'(#[^\n]*)|(\n)|"\\?')
_CLOSED = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def _is_closed(raw: str) -> bool:
    """Whether a word in quotes ends in one; any other word is closed by what follows."""
    return not raw.startswith('"') or _CLOSED.fullmatch(raw) is not None
