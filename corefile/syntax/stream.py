"""The words of a Corefile in the order in which CoreDNS's parser meets them, imports spliced in."""

from __future__ import annotations

from corefile.ir.source import Word


class Stream:
    """A place in the words: the current one, the one before, and what comes.

    `previous` is the word before in the spliced text, which decides whether the current one begins a line.
    """

    __slots__ = ("_at", "_later", "_words", "current", "previous")

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._at = 0
        self._later: list[tuple[list[Word], int]] = []
        self.current: Word | None = None
        self.previous: Word | None = None

    def advance(self) -> bool:
        """Go to the next word; at the end stay and say so."""
        word = self.peek()
        if word is None:
            return False
        self._at += 1
        self.previous, self.current = self.current, word
        return True

    def peek(self) -> Word | None:
        """The next word, None at the end."""
        while self._at >= len(self._words):
            if not self._later:
                return None
            self._words, self._at = self._later.pop()
        return self._words[self._at]

    def line_ends(self) -> bool:
        """Whether a directive's line ends at the current word; an opening brace belongs to it wherever it stands."""
        word, after = self.current, self.peek()
        if word is None or after is None:
            return after is None
        if after.text == "{":
            return False
        return word.line + word.text.count("\n") < after.line or word.source.file != after.source.file

    def replace(self, text: str) -> Word:
        """Give the current word another text: what comes after is compared with it."""
        assert self.current is not None
        self.current = self.current.with_text(text)
        return self.current

    def next_starts_line(self) -> bool:
        """The parser's rule: is the next word the first of its line?"""
        before, word = self.current, self.peek()
        if before is None or word is None:
            return True
        return before.line + before.text.count("\n") < word.line or before.source.file != word.source.file

    def next_on_line(self) -> bool:
        """The plugins' rule: go to the next word if it stands on the same line."""
        word, after = self.current, self.peek()
        if word is None or after is None:
            return False
        if word.line + word.text.count("\n") != after.line or word.source.file != after.source.file:
            return False
        return self.advance()

    def splice(self, words: list[Word], before: Word | None) -> None:
        """Put words in the place of what was read since `before`; the next `advance` gives the first of them."""
        if words:
            if self._at < len(self._words):
                self._later.append((self._words, self._at))
            self._words, self._at = words, 0
        self.current = before
