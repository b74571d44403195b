"""`import` while a Corefile is read: the two words go, what they name takes their place."""

from __future__ import annotations

import os
from collections.abc import Mapping

from corefile.diag.suggest import suggest
from corefile.ir.source import ImportSite, Source, Word
from corefile.syntax.faults import FaultLog, quoted
from corefile.syntax.imports import Importer, ImportFault
from corefile.syntax.stream import Stream
from corefile.syntax.variables import Variables

SNIPPET_LIMIT = 10_000
FILE_LIMIT = 100_000
WORD_LIMIT = 1_500_000
"""Words that imports may add in all; CoreDNS has no such limit and runs out of memory instead."""

SITES_KEPT = 20
"""Steps of a stack of imports that are kept: what goes deeper goes in a circle."""


class Splicer:
    """Puts snippets and files into the stream, and counts them: there are limits, because imports may go in circles."""

    def __init__(
        self,
        source: Source,
        stream: Stream,
        snippets: Mapping[str, tuple[Word, ...]],
        importer: Importer,
        variables: Variables,
        faults: FaultLog,
    ) -> None:
        self._source = source
        self._base = source.base or os.path.abspath(source.path)
        self._stream = stream
        self._snippets = snippets
        self._importer = importer
        self._variables = variables
        self._faults = faults
        self._snippet_imports = self._file_imports = self._imported_words = 0
        self._exhausted = False

    def splice(self) -> None:
        """Replace `import X`, which begins at the current word, by what X is; `advance` then gives its first word."""
        stream = self._stream
        before, word = stream.previous, stream.current
        assert word is not None
        found: list[Word] = []
        try:
            found = self._imported(word)
        except ImportFault as fault:
            self._faults.refuse(fault.code, fault.message, stream.current, help=self._help(fault))
            while stream.next_on_line():
                pass
        stream.splice(found, before)

    def _imported(self, word: Word) -> list[Word]:
        stream = self._stream
        if not stream.next_on_line():
            raise ImportFault("CF109", "'import' has no argument, it takes a file, a pattern or a snippet")
        argument = stream.current
        assert argument is not None
        name = self._variables.expand(argument)
        if not name:
            raise ImportFault("CF111", "'import' has an empty argument, it takes a file, a pattern or a snippet")
        if stream.next_on_line():
            assert stream.current is not None
            raise ImportFault(
                "CF110", f"unexpected {quoted(stream.current.text)} after 'import {name}', it takes one argument"
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
            self._faults.warn("CF119", f"no file matches import pattern '{name}'", argument)
        if len(site) == SITES_KEPT and not {self._shown(path) for path in paths}.isdisjoint(one.path for one in site):
            # CoreDNS finds that out by its limit, in seconds; it may be gigabytes here, for each word has its imports.
            raise self._too_much("CF108", f"'{name}' imports itself: files import one another in a circle")
        return [word for path in paths for word in self._importer.words(path, self._shown(path), site)]

    def _shown(self, path: str) -> str:
        """An imported file's path as people see it: beside the main file's when it is below its folder."""
        folder = os.path.dirname(self._base) + "/"
        if path.startswith(folder):
            return os.path.join(os.path.dirname(self._source.path), path[len(folder) :])
        return path

    def _help(self, fault: ImportFault) -> str:
        argument = self._stream.current
        if fault.code != "CF112" or argument is None:
            return ""
        nearest = suggest(argument.text, self._snippets)
        if nearest:
            return f"did you mean snippet '{nearest}'?"
        return "define a snippet before it is used" if "/" not in argument.text and "." not in argument.text else ""


def _site(word: Word) -> ImportSite:
    line, column = word.source.position(word.start)
    return ImportSite(word.source.path, line, column)
