"""The walk over the words of a Corefile that makes the grammar's terminals: one for `lint` and `fmt`.

What a word is taken for hangs on where it stands, and that the parser says (`Parser.context`); the walk knows only what
ends a line, as CoreDNS has it. What the parser refuses is told to `refused`, and the walk goes on as if what is missing
stood there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from corefile_grammar.parser import END, Parser, Unexpected
from corefile_grammar.table import Build, Context, Grammar

from corefile.ir.source import Word
from corefile.syntax.lexer import TooLarge
from corefile.syntax.snippets import snippet_name
from corefile.syntax.stream import Stream

DEPTH_LIMIT = 1000
"""Blocks within blocks that are read; no plugin looks deeper than two."""

MISSING = ("KEYS", "EOL", "CLOSE", "OPEN")
"""What the walk adds where it is missing, in this order."""


class Walk(ABC):
    """Feeds the parser. What differs between its two uses are methods: variables, imports, and what is said.

    `where` is the context in which the last terminal was made. `around` is the brace of the server block or snippet
    that is read, `snippet` its name; `outermost` the brace of the directive's block; `last_key` where reading keys has
    come to.
    """

    follows = True
    """Whether what `import` names takes its place."""

    def __init__(self, words: list[Word], build: Mapping[str, Build], grammar: Grammar | None = None) -> None:
        self.stream = Stream(words)
        self._parser = Parser(build, grammar)
        self._depth = 0
        self._ended = False
        self.where: Context = "top"
        self.around: Word | None = None
        self.outermost: Word | None = None
        self.last_key: Word | None = None
        self.snippet = ""
        self._take: dict[Context, Callable[[], None]] = {
            "top": self._zones,
            "zones": self._zones,
            "keys": self._behind_keys,
            "snippet": self._raw,
            "raw": self._raw,
            "entry": self._entry,
            "directive": self._directive,
            "body": self._body,
        }

    def walk(self) -> Any:
        """The whole text: what is built of it."""
        parser, take = self._parser, self._take
        while not self._ended:
            self.where = parser.context
            take[self.where]()
        return self._finish()

    # ---- what the two uses do

    @abstractmethod
    def key(self, word: Word) -> str:
        """The text of a key: it may be `import` or a brace for the parser, and say whether a comma is at its end."""

    @abstractmethod
    def zone(self, word: Word, text: str) -> Word | None:
        """What stands for a key in the block; None where nothing does."""

    @abstractmethod
    def name(self, word: Word) -> Word:
        """A directive's name."""

    @abstractmethod
    def argument(self, word: Word) -> Word:
        """A word behind it, or in its block; it is the stream's current one."""

    @abstractmethod
    def bring(self) -> object | None:
        """`import` is the current word: what stays of its line, None where what it names has taken its place."""

    @abstractmethod
    def refused(self, terminal: str, at: Word | None, missing: str, expected: frozenset[str]) -> None:
        """The parser has refused a terminal; `missing` is what would make it fit, if anything would."""

    @abstractmethod
    def opened(self, brace: Word) -> None:
        """A brace opens a block."""

    @abstractmethod
    def closed(self, brace: Word) -> None:
        """A brace closes a block."""

    @abstractmethod
    def snippet_begins(self, name: str, brace: Word | None) -> None:
        """A definition; the brace is None where it is missing."""

    @abstractmethod
    def kept(self, word: Word) -> None:
        """A word of its body."""

    @abstractmethod
    def snippet_ends(self) -> None:
        """The brace that ends it is the current word, or the file has ended."""

    # ---- zones

    def _zones(self) -> None:
        """The keys of one block, and what they begin."""
        stream, run = self.stream, list[Word]()
        consumed = comma = self.where == "zones"
        opens = False
        while (word := stream.peek()) is not None:
            starts = stream.next_starts_line()
            if consumed and starts and not comma:
                break
            text, self.last_key = self.key(word), word
            if text == "import" and starts:
                if self._imports(comma or bool(run)):
                    continue
                break
            if text == "{":
                opens = True
                break
            if run and starts:
                self._feed("KEYS", run)
                self._feed("COMMA", None)
                run, self.where = [], "zones"
            stream.advance()
            consumed = True
            comma = text.endswith(",") if text else comma
            zone = self.zone(word, text)
            if zone is not None:
                run.append(zone)
        self._end_of_keys(run, word, opens=opens, consumed=consumed, comma=comma)

    def _imports(self, pending: bool) -> bool:
        """An `import` where keys may stand; whether keys may follow. `pending`: some have been read already."""
        if pending and not self.follows:
            return False
        self.stream.advance()
        line = self.bring()
        if line is None:
            return True
        self._feed("IMPORT", line)
        return False

    def _end_of_keys(self, run: list[Word], after: Word | None, *, opens: bool, consumed: bool, comma: bool) -> None:
        first = self.where == "top"
        self.around = None
        if first and after is not None and not comma and (name := snippet_name(run)) is not None:
            self.snippet = name
            self._feed("SNIPPET", run[0])
        elif run or (first and (consumed or opens)):
            self._feed("KEYS", run)
            if comma and (opens or after is None):
                self._feed("COMMA", None)
        elif after is None:
            self._ended = True
        elif opens:
            self.stream.advance()
            self._open(after)

    def _behind_keys(self) -> None:
        word = self.stream.peek()
        if word is not None and word.text == "{":
            self.stream.advance()
            self._open(word)
            return
        # An import that brings nothing does not bring the brace back: from here on it would be a directive's name.
        while not self._ended and self._parser.context == "keys":
            self._entry()

    # ---- directives

    def _entry(self) -> None:
        """What stands where a directive may begin."""
        stream = self.stream
        word = stream.peek()
        if word is None:
            self._ended = True
            return
        stream.advance()
        if word.text == "}":
            self._close(word)
        elif word.text == "import":
            self._import()
        else:
            self._feed("LINE", self._line([self.name(word)]))

    def _directive(self) -> None:
        """What stands behind the words of a directive, or behind its block."""
        stream = self.stream
        word = stream.peek()
        if word is None or stream.line_ends():
            self._feed("EOL", None)
        elif not self._edge(word):
            self._feed("LINE", self._line([]))

    def _line(self, words: list[Word]) -> list[Word]:
        """The words up to a brace or the end of the line."""
        stream, argument = self.stream, self.argument
        while (word := stream.peek()) is not None:
            text = word.text
            if text == "{" or text == "}" or stream.line_ends():
                break
            stream.advance()
            words.append(argument(word) if "{" in text else word)
        return words

    def _body(self) -> None:
        """A line of a directive's block, an edge, or an import."""
        stream = self.stream
        word = stream.peek()
        if word is None:
            self._ended = True
        elif not self._edge(word):
            starts = stream.next_starts_line()
            stream.advance()
            if starts and word.text == "import":
                self._import()
            else:
                first = self.argument(word) if "{" in word.text else word
                self._feed("LINE", self._line([first]))

    # ---- snippets

    def _raw(self) -> None:
        """A line of a snippet's body as it stands, or an edge."""
        stream = self.stream
        word = stream.peek()
        if word is None:
            self._ended = True
        elif not self._edge(word):
            words = list[Word]()
            while word is not None and word.text not in ("{", "}") and not (words and stream.next_starts_line()):
                stream.advance()
                words.append(word)
                word = stream.peek()
            self._feed("LINE", words, words[0])
            for each in words:
                self.kept(each)

    # ---- braces

    def _edge(self, word: Word) -> bool:
        """Take the next word if it is a brace."""
        if word.text == "{":
            self.stream.advance()
            self._open(word)
            return True
        if word.text == "}":
            self.stream.advance()
            self._close(word)
            return True
        return False

    def _open(self, brace: Word) -> None:
        where = self.where
        self.opened(brace)
        if where in ("keys", "zones", "snippet"):
            self.around = brace
        elif where == "directive":
            self.outermost = brace
        elif where == "raw":
            self.kept(brace)
        if where not in ("keys", "zones"):
            self._go_deeper()
        self._feed("OPEN", brace, brace)
        if where == "snippet":
            self.snippet_begins(self.snippet, brace)

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_LIMIT and not (self.follows and self.where == "raw"):
            raise TooLarge(f"it has more than {DEPTH_LIMIT:,} blocks within one another")

    def _close(self, brace: Word) -> None:
        where = self.where
        self.closed(brace)
        self._feed("CLOSE", brace, brace)
        if where in ("body", "raw", "snippet"):
            self._depth -= 1
        if where == "raw" and self._parser.context != "top":
            self.kept(brace)
        elif where in ("raw", "snippet"):
            self.snippet_ends()

    # ---- terminals

    def _import(self) -> None:
        line = self.bring()
        if line is not None:
            self._feed("IMPORT", line)

    def _feed(self, terminal: str, value: object, at: Word | None = None) -> None:
        try:
            self._parser.feed(terminal, value)
        except Unexpected as fault:
            at = at or self.stream.current
            missing = self._missing(fault.expected)
            self.refused(terminal, at, missing, fault.expected)
            if missing:
                self._mend(missing, terminal, value)

    def _mend(self, missing: str, terminal: str, value: object) -> None:
        """Go on as if what is missing stood there; a terminal that does not fit even so is left out."""
        if missing == "OPEN":
            self._depth += 1
            self.snippet_begins(self.snippet, None)
        self._add(missing)
        try:
            self._parser.feed(terminal, value)
        except Unexpected:
            pass

    def _finish(self) -> Any:
        """The end of the text. What is open is closed from the inside, and told once for a directive and a block."""
        for _ in MISSING:
            try:
                return self._parser.finish()
            except Unexpected as fault:
                missing = self._missing(fault.expected)
                at = self.last_key if self.where == "zones" else self.stream.current
                self.refused(END, at, missing, fault.expected)
            if self.where == "raw":
                self.snippet_ends()
            if missing:
                self._add(missing)
            while missing == "CLOSE" and self._parser.context == self.where:
                self._add(missing)
            self.where = self._parser.context
        return None

    def _missing(self, expected: frozenset[str]) -> str:
        return next((terminal for terminal in MISSING if terminal in expected), "")

    def _add(self, terminal: str) -> None:
        self._parser.feed(terminal, [] if terminal == "KEYS" else None)
