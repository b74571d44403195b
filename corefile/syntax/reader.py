"""Words to server blocks: environment and imports replaced, structure from the grammar.

What differs from a walk over the words as they stand: the words are those that CoreDNS's parser sees, and each refusal
of the grammar is a diagnostic, with what the parser would have taken. After a fault it goes on where a person would.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from corefile_grammar.parser import END
from corefile_grammar.table import Grammar

from corefile.diag.diagnostic import Related
from corefile.diag.suggest import suggest
from corefile.ir.document import ExpandedCorefile
from corefile.ir.source import Source, Word
from corefile.syntax.blocks import BUILD
from corefile.syntax.faults import FaultLog, expected_here, quoted
from corefile.syntax.imports import Importer
from corefile.syntax.lexer import lex
from corefile.syntax.snippets import Snippets
from corefile.syntax.splicer import Splicer
from corefile.syntax.variables import Variables
from corefile.syntax.walk import Walk
from corefile.versions.removed import REMOVED


class Reader(Walk):
    """Reads one Corefile. `known` are the directives that CoreDNS has.

    `unset` has the places of words in which a variable is not set. `grammar` is that of `corefile.lark` unless a test
    gives another.
    """

    def __init__(
        self,
        source: Source,
        env: Mapping[str, str],
        importer: Importer,
        known: Collection[str],
        grammar: Grammar | None = None,
    ) -> None:
        super().__init__(lex(source), BUILD, grammar)
        self._known = known
        self._directive_name: Word | None = None
        self.faults = FaultLog()
        variables = Variables(env, self.faults)
        self._expand = variables.expand
        self._snippets = Snippets(variables, self.faults)
        self._splicer = Splicer(source, self.stream, self._snippets.bodies, importer, variables, self.faults)
        self.unset = variables.unset

    def read(self) -> ExpandedCorefile:
        """The whole file. What is wrong is in `faults`, nothing is raised."""
        return ExpandedCorefile(blocks=self.walk() or (), snippets=self._snippets.bodies)

    # ---- words

    def key(self, word: Word) -> str:
        return self._expand(word)

    def zone(self, word: Word, text: str) -> Word | None:
        """An empty word is none. One comma is cut."""
        if not text:
            return None
        text = text.removesuffix(",")
        return word.with_text(text) if text != word.text else word

    def name(self, word: Word) -> Word:
        """The stream keeps the text as it stands: what comes after is compared with that."""
        name = self._expand(word)
        if name not in self._known:
            self._unknown(word, name)
        self._directive_name = named = word.with_text(name) if name != word.text else word
        return named

    def argument(self, word: Word) -> Word:
        text = self._expand(word)
        return self.stream.replace(text) if text != word.text else word

    def bring(self) -> None:
        self._splicer.splice()

    def opened(self, brace: Word) -> None:
        """The walk knows the braces that a message needs."""

    def closed(self, brace: Word) -> None:
        """The same."""

    def snippet_begins(self, name: str, brace: Word | None) -> None:
        self._snippets.begin(name, brace)

    def kept(self, word: Word) -> None:
        self._snippets.keep(word)

    def snippet_ends(self) -> None:
        self._snippets.end(self.stream.current)

    # ---- what the grammar refuses

    def refused(self, terminal: str, at: Word | None, missing: str, expected: frozenset[str]) -> None:
        allowed = expected_here(expected, self.where)
        match terminal, missing:
            case "OPEN", "KEYS":
                message = f"'{{' found after a comma, expected {allowed}"
                self.faults.refuse("CF105", message, at, help="remove the comma before '{'")
            case _, "KEYS":
                self.faults.refuse("CF103", f"file ends after a comma, expected {allowed}", at)
            case _, "OPEN" if self.where == "snippet":
                self._snippet_without_brace(at, allowed)
            case "CLOSE", "EOL":
                message = f"'}}' found on the line of a directive that has opened no block, expected {allowed}"
                self.faults.refuse("CF102", message, at, help="put '}' on a line of its own")
            case "$END", "EOL":
                pass  # the end of the file ends a line
            case "$END", _:
                self._unclosed(at, allowed)
            case _:
                self._unexpected(terminal, at, allowed)

    def _snippet_without_brace(self, at: Word | None, allowed: str) -> None:
        found = quoted(at.text) if at is not None else "nothing"
        self.faults.refuse("CF104", f"{found} found after snippet '({self.snippet})', expected {allowed}", at)

    def _unclosed(self, last: Word | None, allowed: str) -> None:
        """CoreDNS takes any brace at the end of the file for that of the server block."""
        if self.where == "raw":
            self._snippets.unclosed(last, allowed)
        elif self.where == "body":
            name = self._directive_name
            message = f"file ends inside the block of '{name.text if name else ''}', expected {allowed}"
            self.faults.refuse("CF103", message, last, related=_never_closed(self.outermost))
        elif last is not None and last.text != "}":
            message = f"{quoted(last.text)} is the end of the file, expected {allowed}"
            self.faults.refuse("CF101", message, last, related=_never_closed(self.around))

    def _unexpected(self, terminal: str, at: Word | None, allowed: str) -> None:
        """What this grammar never refuses, one that has been changed may."""
        found = "the end of the file" if terminal == END else quoted(at.text) if at is not None else "nothing"
        code = {"CLOSE": "CF102", END: "CF103", "OPEN": "CF105"}.get(terminal, "CF104")
        self.faults.refuse(code, f"{found} found, expected {allowed}", at)

    def _unknown(self, word: Word, name: str) -> None:
        nearest = suggest(name, self._known)
        after = self.stream.peek()
        notes: tuple[str, ...] = ()
        removed = REMOVED.get(name)
        if removed is not None:
            help_ = removed.instead
            notes = (f"CoreDNS {removed.release} and later do not have '{name}'",)
        elif name.endswith("{") and name[:-1] in self._known:
            help_ = f"put a blank before '{{': '{name[:-1]} {{'"
        elif nearest:
            help_ = f"did you mean '{nearest}'?"
        elif ("." in name or ":" in name) and after is not None and after.text == "{":
            help_ = "if this is a zone, a '}' is missing above"
        else:
            help_ = ""
            notes = (f"if your CoreDNS has been built with it, declare it: --external-plugins {name}",)
        self.faults.refuse("CF201", f"unknown directive '{name}'", word, help=help_, notes=notes)


def _never_closed(opening: Word | None) -> tuple[Related, ...]:
    return (Related("this block is never closed", opening.span),) if opening is not None else ()
