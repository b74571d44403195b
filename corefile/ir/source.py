"""Texts, the words in them, and where they stand.

A `Source` is one text; a `Word` is one token of it as CoreDNS reads it; a `Span` is a place to show to people.
Words keep offsets only: lines and columns are worked out when somebody asks, which is when there is something to say.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple


class ImportSite(NamedTuple):
    """One step of the way on which a text came into the Corefile: `import` at this place."""

    path: str
    line: int
    column: int


class Span(NamedTuple):
    """A place in a file: 1-based lines and columns in characters, the end exclusive.

    `imports` is the stack of imports that brought the text here, innermost first; empty for the file that was asked
    for.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    imports: tuple[ImportSite, ...] = ()


class Source:
    """One text and the name people know it by.

    `file` is what CoreDNS compares to tell whether two words share a line: empty for the main file, else the absolute
    path. `first_line` and `column_offsets` (one for each line, the last for all that follow) place a text that stands
    inside another file, such as a ConfigMap. `base` is the absolute path from which relative imports go; the path's
    own if empty.
    """

    __slots__ = ("_line_starts", "base", "column_offsets", "file", "first_line", "path", "text")

    def __init__(
        self,
        path: str,
        text: str,
        *,
        file: str = "",
        first_line: int = 1,
        column_offsets: tuple[int, ...] = (),
        base: str = "",
    ) -> None:
        self.path = path
        self.text = text
        self.file = file
        self.first_line = first_line
        self.column_offsets = column_offsets
        self.base = base
        self._line_starts: list[int] | None = None

    def line_starts(self) -> list[int]:
        """Offset of the first character of each line; only LF ends a line."""
        starts = self._line_starts
        if starts is None:
            starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._line_starts = starts
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column of a character, as the file on disk counts them."""
        starts = self.line_starts()
        line = bisect_right(starts, offset) - 1
        shift = self.column_offsets[min(line, len(self.column_offsets) - 1)] if self.column_offsets else 0
        return line + self.first_line, offset - starts[line] + 1 + shift

    def span(self, start: int, end: int, imports: tuple[ImportSite, ...] = ()) -> Span:
        """The place of the characters from `start` to `end`."""
        return Span(self.path, *self.position(start), *self.position(end), imports)

    def excerpt(self, line: int) -> str:
        """The text of one line, numbered as in `position`, without its line end."""
        starts = self.line_starts()
        index = line - self.first_line
        if not 0 <= index < len(starts):
            return ""
        end = starts[index + 1] - 1 if index + 1 < len(starts) else len(self.text)
        return self.text[starts[index] : end]


class Word:
    """One token: its text as plugins get it, the line on which it starts, and the characters it was written with.

    `line` counts from 1 in its own source and follows CoreDNS: it decides what stands on one line.
    """

    __slots__ = ("end", "imports", "line", "source", "start", "text")

    def __init__(
        self, text: str, line: int, start: int, end: int, source: Source, imports: tuple[ImportSite, ...] = ()
    ) -> None:
        self.text = text
        self.line = line
        self.start = start
        self.end = end
        self.source = source
        self.imports = imports

    @property
    def span(self) -> Span:
        """Where the word stands, quotes included."""
        return self.source.span(self.start, self.end, self.imports)

    @property
    def raw(self) -> str:
        """The word as it is written, with its quotes and escapes."""
        return self.source.text[self.start : self.end]

    def part(self, start: int, end: int) -> Span:
        """The place of a part of the word's text, for a fault inside an expression.

        Exact when the word is written as it reads (after an opening quote); else the whole word.
        """
        raw = self.raw
        shift = 1 if raw.startswith('"') else 0
        if raw[shift : shift + len(self.text)] != self.text:
            return self.span
        return self.source.span(self.start + shift + start, self.start + shift + max(end, start + 1), self.imports)

    def with_text(self, text: str) -> Word:
        """The same word in the same place with another text: what an environment variable made of it."""
        return Word(text, self.line, self.start, self.end, self.source, self.imports)

    def __repr__(self) -> str:
        return f"Word({self.text!r}, {self.source.path}:{self.line})"
