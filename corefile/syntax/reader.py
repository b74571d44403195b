"""Words to server blocks: environment and imports replaced, structure from the grammar.

The reader walks the words as CoreDNS's parser does, with every oddity that `docs/language.md` lists, and hands each
line to the grammar's push parser, which builds the blocks. After a fault it goes on where a person would.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from corefile_grammar.parser import Parser

from corefile.diag.diagnostic import Related
from corefile.diag.suggest import suggest
from corefile.ir.document import ExpandedCorefile
from corefile.ir.source import Source, Word
from corefile.syntax.blocks import BUILD
from corefile.syntax.faults import FaultLog, quoted
from corefile.syntax.imports import Importer
from corefile.syntax.lexer import lex
from corefile.syntax.lines import DirectiveLines
from corefile.syntax.snippets import Snippets, snippet_name
from corefile.syntax.splicer import Splicer
from corefile.syntax.stream import Stream
from corefile.syntax.variables import Variables
from corefile.versions.removed import REMOVED


class Reader:
    """Reads one Corefile. `known` are the directives that CoreDNS has.

    `unset` has the places of words in which a variable is not set.
    """

    def __init__(self, source: Source, env: Mapping[str, str], importer: Importer, known: Collection[str]) -> None:
        self._known = known
        self._parser = Parser(BUILD)
        self._stream = Stream(lex(source))
        self.faults = FaultLog()
        variables = Variables(env, self.faults)
        self._expand = variables.expand
        self._snippets = Snippets(self._stream, variables, self.faults)
        self._splicer = Splicer(source, self._stream, self._snippets.bodies, importer, variables, self.faults)
        self.unset = variables.unset

    def read(self) -> ExpandedCorefile:
        """The whole file. What is wrong is in `faults`, nothing is raised."""
        while self._stream.advance():
            self._block()
        return ExpandedCorefile(blocks=self._parser.finish(), snippets=self._snippets.bodies)

    # ---- blocks

    def _block(self) -> None:
        keys, more = self._keys()
        stream, feed = self._stream, self._parser.feed
        if not more:
            feed("KEYS", keys)
            feed("END", None)
            return
        name = snippet_name(keys)
        if name is not None:
            self._snippet(name)
            return
        feed("KEYS", keys)
        opening = stream.current
        assert opening is not None
        if opening.text != "{":
            self._directives(begun=True)
            feed("END", None)
            return
        feed("OPEN", opening)
        closed = self._directives(begun=False)
        if not closed:
            last = stream.current
            assert last is not None
            if last.text != "}":
                self.faults.refuse(
                    "CF101",
                    f"{quoted(last.text)} is the end of the file, but '}}' is missing",
                    last,
                    related=(Related("this block is never closed", opening.span),),
                )
        feed("CLOSE", stream.current)

    def _keys(self) -> tuple[list[Word], bool]:
        """The keys up to `{` or the end of their line, and whether anything follows."""
        stream = self._stream
        keys: list[Word] = []
        comma = False
        while True:
            word = stream.current
            assert word is not None
            text = self._expand(word)
            if text == "import" and stream.starts_line():
                self._splicer.splice()
                if stream.advance():
                    continue
                break
            if text == "{":
                if comma:
                    self.faults.refuse(
                        "CF105",
                        "'{' found after a comma, where another zone is expected",
                        word,
                        help="remove the comma before '{'",
                    )
                return keys, True
            if text:
                comma = text.endswith(",")
                keys.append(word.with_text(text[:-1] if comma else text) if comma or text != word.text else word)
            if not stream.advance():
                break
            if not comma and stream.starts_line():
                return keys, True
        if comma:
            self.faults.refuse("CF103", "file ends after a comma, another zone is expected", word)
        return keys, False

    def _snippet(self, name: str) -> None:
        """A definition; the current word is what follows its key."""
        stream, feed = self._stream, self._parser.feed
        opening = stream.current
        assert opening is not None
        if opening.text != "{":
            message = f"'{{' missing after snippet '({name})', found {quoted(opening.text)}"
            self.faults.refuse("CF104", message, opening)
            self._skip_directives()
            return
        feed("SNIPPET", name)
        feed("OPEN", opening)
        self._snippets.define(name, opening)
        feed("CLOSE", stream.current)

    # ---- directives

    def _directives(self, begun: bool) -> bool:
        """Directives up to the block's closing brace, false when the file ended; `begun` at the first one already."""
        stream = self._stream
        while begun or stream.advance():
            begun = False
            word = stream.current
            assert word is not None
            if word.text == "}":
                return True
            if word.text == "import":
                self._splicer.splice()
            elif self._directive(word):
                return True
        return False

    def _skip_directives(self) -> None:
        depth = 0
        while self._stream.advance():
            word = self._stream.current
            assert word is not None
            depth += {"{": 1, "}": -1}.get(word.text, 0)
            if depth < 0:
                return

    def _directive(self, word: Word) -> bool:
        """One directive; true when a brace too many closed the whole block."""
        stream = self._stream
        name = self._expand(word)
        if name not in self._known:
            self._unknown(word, name)
        lines = DirectiveLines(self._parser, word.with_text(name) if name != word.text else word)
        stray = False
        while lines.depth or not stream.line_ends():
            after = stream.peek()
            if after is None:
                break
            stream.advance()
            word, text = after, after.text
            if text == "{":
                lines.open(word)
                continue
            if text == "}":
                if lines.depth:
                    lines.close(word)
                    continue
                self._stray_brace(word)
                stray = True
                break
            if lines.depth and text == "import" and stream.starts_line():
                self._splicer.splice()
                continue
            if "{" in text:
                text = self._expand(word)
                if text != word.text:
                    word = stream.replace(text)
            lines.add(word)
        if lines.depth:
            self._unclosed(name, lines)
        lines.finish()
        return stray

    def _unclosed(self, name: str, lines: DirectiveLines) -> None:
        self.faults.refuse(
            "CF103",
            f"file ends inside the block of '{name}', '}}' is missing",
            self._stream.current,
            related=(Related("this block is never closed", lines.opening.span),),
        )

    def _stray_brace(self, word: Word) -> None:
        self.faults.refuse(
            "CF102",
            "'}' found on a directive's line, but the directive has opened no block",
            word,
            help="put '}' on a line of its own",
        )

    def _unknown(self, word: Word, name: str) -> None:
        nearest = suggest(name, self._known)
        after = self._stream.peek()
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
