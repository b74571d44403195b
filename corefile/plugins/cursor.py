"""A plugin's words, and the moves over them that CoreDNS's own plugins make.

A plugin gets all its words in a server block joined: two uses, of one line or of twenty, arrive as one list. What is an
argument and what begins a block is decided by lines, as `docs/language.md` says under *Same line*.
"""

from __future__ import annotations

from collections.abc import Sequence

from corefile.ir.source import Word


class Cursor:
    """A place in a list of words; before the first one to begin with."""

    __slots__ = ("at", "nesting", "words")

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.at = -1
        self.nesting = 0

    @property
    def val(self) -> str:
        """The text of the current word; empty outside the list."""
        return self.words[self.at].text if 0 <= self.at < len(self.words) else ""

    @property
    def word(self) -> Word:
        """The current word, the nearest one outside the list."""
        return self.words[max(0, min(self.at, len(self.words) - 1))]

    def next(self) -> bool:
        """Go to the next word, whatever line it is on."""
        if self.at < len(self.words) - 1:
            self.at += 1
            return True
        return False

    def next_arg(self) -> bool:
        """Go to the next word if it stands on the same line."""
        at = self.at
        if at < 0:
            self.at = 0
            return True
        if at >= len(self.words) - 1 or not self._goes_on(at):
            return False
        self.at = at + 1
        return True

    def _goes_on(self, at: int) -> bool:
        """Whether the next word stands on the same line, which is as long as the line feeds in its words make it."""
        here, there = self.words[at], self.words[at + 1]
        return here.line + here.text.count("\n") == there.line and here.source.file == there.source.file

    def next_block(self) -> bool:
        """Go to the next line of the block in braces, entering it first; false at its end or where there is none.

        The opening brace must stand on the current line. Any word may come next, whether it begins a line or not: a
        property that leaves an argument behind finds it here as the next property.
        """
        if self.nesting > 0:
            if not self.next():
                return False
            if self.val == "}":
                self.nesting -= 1
                return False
            return True
        if not self.next_arg():
            return False
        if self.words[self.at].text != "{":
            self.at -= 1
            return False
        if not self.next():
            return False
        if self.val == "}":
            return False
        self.nesting += 1
        return True

    def behind(self, at: int, skip: int = 0) -> list[Word]:
        """The words behind another one on its line, up to an opening brace; the place stays.

        The first `skip` of them are left out, whatever they are.
        """
        line = Cursor(self.words)
        line.at = at
        for _ in range(skip):
            line.next_arg()
        return line.remaining()

    def remaining(self) -> list[Word]:
        """The rest of the line up to an opening brace."""
        found: list[Word] = []
        while self.next_arg():
            if self.val == "{":
                self.at -= 1
                break
            found.append(self.words[self.at])
        return found
