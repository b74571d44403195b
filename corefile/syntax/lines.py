"""The lines of one directive, as the grammar wants them: words and the edges of blocks."""

from __future__ import annotations

from corefile_grammar.parser import Parser

from corefile.ir.source import Word
from corefile.syntax.lexer import TooLarge

DEPTH_LIMIT = 1000
"""Blocks within blocks that are read; no plugin looks deeper than two."""


def check_depth(depth: int) -> None:
    """Raises `TooLarge` below the limit."""
    if depth > DEPTH_LIMIT:
        raise TooLarge(f"it has more than {DEPTH_LIMIT:,} blocks within one another")


class DirectiveLines:
    """Collects the words of one directive and hands each line to the grammar when it ends.

    `depth` is the number of blocks that are open, `opening` the brace of the outermost one.
    """

    __slots__ = ("_line", "_line_end", "_parser", "_terminal", "depth", "opening")

    def __init__(self, parser: Parser, name: Word) -> None:
        self._parser = parser
        self._line: list[Word] = [name]
        self._line_end = name.line
        self._terminal = "DIRECTIVE"
        self.depth = 0
        self.opening = name

    def add(self, word: Word) -> None:
        """One more word, of the line that is open or the first of a new one."""
        if self.depth and word.line != self._line_end:
            self._flush()
        self._line.append(word)
        self._line_end = word.line + word.text.count("\n") if "\n" in word.text else word.line

    def open(self, brace: Word) -> None:
        """`{` after any word."""
        self._flush()
        if not self.depth:
            self.opening = brace
        self.depth += 1
        check_depth(self.depth)
        self._parser.feed("OPEN", brace)
        self._terminal = "LINE"

    def close(self, brace: Word) -> None:
        """`}` that closes the innermost block."""
        self._flush()
        self.depth -= 1
        self._parser.feed("CLOSE", brace)
        self._terminal = "LINE" if self.depth else "REST"

    def bring(self, line: object) -> None:
        """An `import` line inside a block, left as it is."""
        self._flush()
        self._parser.feed("IMPORT", line)

    def finish(self) -> None:
        """The directive's end; blocks that are still open are closed by nothing."""
        self._flush()
        while self.depth:
            self.depth -= 1
            self._parser.feed("CLOSE", None)

    def _flush(self) -> None:
        if self._line:
            self._parser.feed(self._terminal, self._line)
            self._line = []
