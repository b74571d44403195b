"""Words to server blocks: environment and imports replaced, structure from the grammar.

The reader walks the words as CoreDNS's parser does, with every oddity that `docs/language.md` lists, and hands each
line to the grammar's push parser, which builds the blocks. After a fault it goes on where a person would.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any, TypeAlias

from corefile_grammar.parser import Build, Parser

from corefile.diag.diagnostic import Related
from corefile.diag.suggest import suggest
from corefile.ir.document import Directive, ExpandedCorefile, ServerBlock
from corefile.ir.source import ImportSite, Source, Word
from corefile.syntax.environment import expand
from corefile.syntax.faults import FaultLog
from corefile.syntax.imports import Importer, ImportFault
from corefile.syntax.lexer import lex
from corefile.syntax.lines import DirectiveLines
from corefile.syntax.stream import Stream
from corefile.versions.removed import REMOVED

SNIPPET_LIMIT = 10_000
FILE_LIMIT = 100_000
WORD_LIMIT = 1_500_000
"""Words that imports may add in all; CoreDNS has no such limit and runs out of memory instead."""

SITES_KEPT = 20
"""Steps of a stack of imports that are kept: what goes deeper goes in a circle."""


class Reader:
    """Reads one Corefile. `known` are the directives that CoreDNS has."""

    def __init__(self, source: Source, env: Mapping[str, str], importer: Importer, known: Collection[str]) -> None:
        self._source = source
        self._env = env
        self._importer = importer
        self._known = known
        self._stream = Stream(lex(source))
        self._base = source.base or os.path.abspath(source.path)
        self._parser = Parser(BUILD)
        self._snippets: dict[str, tuple[Word, ...]] = {}
        self._snippet_places: dict[str, Word] = {}
        self._snippet_imports = self._file_imports = self._imported_words = 0
        self._exhausted = False
        self.unset: set[tuple[str, int, int]] = set()
        self.faults = FaultLog(source.path)

    def read(self) -> ExpandedCorefile:
        """The whole file. What is wrong is in `faults`, nothing is raised."""
        while self._stream.advance():
            self._block()
        return ExpandedCorefile(blocks=self._parser.finish(), snippets=self._snippets)

    # ---- blocks

    def _block(self) -> None:
        keys, more = self._keys()
        stream, feed = self._stream, self._parser.feed
        if not more:
            feed("KEYS", keys)
            feed("END", None)
            return
        name = _snippet_name(keys)
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
                    f"{_quoted(last.text)} is the end of the file, but '}}' is missing",
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
                self._import()
                if not stream.advance():
                    if comma:
                        self.faults.refuse("CF103", "file ends after a comma, another zone is expected", word)
                    return keys, False
                continue
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
                if comma:
                    self.faults.refuse("CF103", "file ends after a comma, another zone is expected", word)
                return keys, False
            if not comma and stream.starts_line():
                return keys, True

    def _snippet(self, name: str) -> None:
        """A definition; the current word is what follows its key."""
        stream, feed = self._stream, self._parser.feed
        opening = stream.current
        assert opening is not None
        if opening.text != "{":
            self.faults.refuse(
                "CF104", f"'{{' missing after snippet '({name})', found {_quoted(opening.text)}", opening
            )
            self._skip_directives()
            return
        twice = name in self._snippets
        if twice:
            self.faults.refuse(
                "CF106",
                f"snippet '{name}' is defined a second time",
                opening,
                related=(Related("first defined here", self._snippet_places[name].span),),
            )
        feed("SNIPPET", name)
        feed("OPEN", opening)
        body, closed = self._snippet_body()
        closing = stream.current
        feed("CLOSE", closing)
        if not closed:
            self.faults.refuse(
                "CF101",
                f"file ends inside snippet '{name}', '}}' is missing",
                closing,
                related=(Related("this snippet is never closed", opening.span),),
            )
        if twice:
            return
        if self._imports_itself(body, name):
            self.faults.refuse("CF107", f"snippet '{name}' imports itself", closing)
            body = []
        self._snippets[name] = tuple(body)
        self._snippet_places[name] = opening

    def _snippet_body(self) -> tuple[list[Word], bool]:
        """The words up to the brace that balances the first, as they stand, and whether it was found."""
        stream = self._stream
        body: list[Word] = []
        depth = 1
        while stream.advance():
            word = stream.current
            assert word is not None
            if word.text == "}":
                depth -= 1
                if depth == 0:
                    return body, True
            elif word.text == "{":
                depth += 1
            body.append(word)
        return body, False

    def _imports_itself(self, body: list[Word], name: str) -> bool:
        """CoreDNS's guard at the definition: `import NAME` where a line of the body begins."""
        for index, (word, argument) in enumerate(pairwise(body)):
            if word.text == "import":
                before = body[index - 1] if index else None
                starts = before is None or before.line != word.line or before.source.file != word.source.file
                if starts and expand(argument.text, self._env).text == name:
                    return True
        return False

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
                self._import()
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
                self._import()
                continue
            if "{" in text:
                text = self._expand(word)
                if text != word.text:
                    word = stream.replace(text)
            lines.add(word)
        if lines.depth:
            self.faults.refuse(
                "CF103",
                f"file ends inside the block of '{name}', '}}' is missing",
                stream.current,
                related=(Related("this block is never closed", lines.opening.span),),
            )
        lines.finish()
        return stray

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

    # ---- imports

    def _import(self) -> None:
        """Replace `import X`, at which the reader stands, by what X is; `advance` then gives its first word."""
        stream = self._stream
        before, word = stream.previous, stream.current
        assert word is not None
        found: list[Word] = []
        try:
            found = self._imported(word)
        except ImportFault as fault:
            self.faults.refuse(fault.code, fault.message, stream.current, help=self._import_help(fault))
            while stream.next_on_line():
                pass
        stream.splice(found, before)

    def _imported(self, word: Word) -> list[Word]:
        stream = self._stream
        if not stream.next_on_line():
            raise ImportFault("CF109", "'import' has no argument, it takes a file, a pattern or a snippet")
        argument = stream.current
        assert argument is not None
        name = self._expand(argument)
        if not name:
            raise ImportFault("CF111", "'import' has an empty argument, it takes a file, a pattern or a snippet")
        if stream.next_on_line():
            assert stream.current is not None
            raise ImportFault(
                "CF110", f"unexpected {_quoted(stream.current.text)} after 'import {name}', it takes one argument"
            )
        if self._exhausted:
            return []
        site = (_site(word), *word.imports)[:SITES_KEPT]
        snippet = self._snippets.get(name)
        found = self._expand_snippet(snippet, site) if snippet is not None else self._read_files(argument, name, site)
        self._imported_words += len(found)
        if self._imported_words > WORD_LIMIT:
            raise self._too_much("CF107", f"imports add more than {WORD_LIMIT:,} words")
        return found

    def _too_much(self, code: str, message: str) -> ImportFault:
        """A limit of imports is reached: it is said once, and all further ones bring nothing."""
        self._exhausted = True
        return ImportFault(code, message)

    def _expand_snippet(self, body: tuple[Word, ...], site: tuple[ImportSite, ...]) -> list[Word]:
        if self._snippet_imports >= SNIPPET_LIMIT:
            message = f"more than {SNIPPET_LIMIT} imports of snippets: they import one another in a circle"
            raise self._too_much("CF107", message)
        self._snippet_imports += 1
        return [Word(w.text, w.line, w.start, w.end, w.source, (*site, *w.imports)[:SITES_KEPT]) for w in body]

    def _read_files(self, argument: Word, name: str, site: tuple[ImportSite, ...]) -> list[Word]:
        if self._file_imports >= FILE_LIMIT:
            message = f"more than {FILE_LIMIT} imports of files: they import one another in a circle"
            raise self._too_much("CF108", message)
        self._file_imports += 1
        base = argument.source.base or self._base
        paths = self._importer.find(name, base)
        if not paths:
            self.faults.note("CF119", f"no file matches import pattern '{name}'", argument, "warning")
        return [word for path in paths for word in self._importer.words(path, self._shown(path), site)]

    def _shown(self, path: str) -> str:
        """An imported file's path as people see it: beside the main file's when it is below its folder."""
        folder = os.path.dirname(self._base) + "/"
        if path.startswith(folder):
            return os.path.join(os.path.dirname(self._source.path), path[len(folder) :])
        return path

    def _import_help(self, fault: ImportFault) -> str:
        argument = self._stream.current
        if fault.code != "CF112" or argument is None:
            return ""
        nearest = suggest(argument.text, self._snippets)
        if nearest:
            return f"did you mean snippet '{nearest}'?"
        return "define a snippet before it is used" if "/" not in argument.text and "." not in argument.text else ""

    # ---- variables

    def _expand(self, word: Word) -> str:
        """A word's text with its variables replaced; what is unset is noted once for each place."""
        if "{" not in word.text:
            return word.text
        expanded = expand(word.text, self._env)
        if expanded.endless:
            self.faults.refuse("CF215", f"the variables in {_quoted(word.text)} refer to themselves", word)
        place = (word.source.path, *word.source.position(word.start))
        if expanded.unset and place not in self.unset:
            self.unset.add(place)
            for name in dict.fromkeys(expanded.unset):
                self.faults.note(
                    "CF401", f"environment variable '{name}' is not set, it is replaced by nothing", word, "warning"
                )
        return expanded.text


_Part: TypeAlias = "Word | list[Word] | tuple[_Part, ...] | None"
"""What a block in braces is made of: a brace, a line, a block inside it, a brace that the file lacks."""


def _directive(children: list[Any]) -> Directive:
    words: list[Word] = children[0]
    if len(children) > 1:
        _add_words(words, children[1:])
    return Directive(name=words[0].text, words=tuple(words))


def _add_words(words: list[Word], bodies: list[_Part]) -> None:
    """Add the words of blocks in braces, braces included; a brace that the file lacks is None.

    Without recursion, and without a copy for each level: they may be many.
    """
    pending: list[Iterator[_Part]] = [iter(bodies)]
    while pending:
        for child in pending[-1]:
            if isinstance(child, list):
                words += child
            elif isinstance(child, tuple):
                pending.append(iter(child))
                break
            elif child is not None:
                words.append(child)
        else:
            pending.pop()


def _server_block(children: list[Any]) -> ServerBlock:
    directives = tuple(child for child in children[1:] if isinstance(child, Directive))
    opening = children[1] if isinstance(children[1], Word) else None
    return ServerBlock(keys=tuple(children[0]), directives=directives, opening=opening)


def _only_blocks(children: list[Any]) -> tuple[ServerBlock, ...]:
    return tuple(child for child in children if isinstance(child, ServerBlock))


def _line(children: list[Any]) -> list[Word]:
    words: list[Word] = children[0]
    return words


BUILD: dict[str, Build] = {
    "corefile": _only_blocks,
    "block": _server_block,
    "directive": _directive,
    "body": tuple,
    "line": _line,
}


def _snippet_name(keys: list[Word]) -> str | None:
    """The name in a lone key `(name)`."""
    if len(keys) == 1 and keys[0].text.startswith("(") and keys[0].text.endswith(")"):
        return keys[0].text[1:].removesuffix(")")
    return None


def _site(word: Word) -> ImportSite:
    line, column = word.source.position(word.start)
    return ImportSite(word.source.path, line, column)


def _quoted(text: str) -> str:
    """A word in quotes, cut where it runs over lines or on and on."""
    first = text.split("\n", 1)[0]
    return f"'{first[:40]}…'" if len(first) > 40 or first != text else f"'{text}'"
