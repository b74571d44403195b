"""Reports of compiled Corefiles: findings in the order of the text, filtered, and without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Diagnostic
from corefile.diag.redaction import Redacted, redact_finding, redact_line
from corefile.diag.report import Excerpt, Report
from corefile.ir.source import Source, Span

WINDOW = 400
"""Characters of a line that are kept around a finding."""


class Selection(NamedTuple):
    """Which findings are shown and counted: codes or beginnings of codes. Without `select` all; `ignore` wins."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether findings of this code are shown."""
        return (not self.select or code.startswith(self.select)) and not (self.ignore and code.startswith(self.ignore))


EVERYTHING = Selection()


class Checked(NamedTuple):
    """A Corefile, what the compiler says of it, and what the rules do; without what comments ignore."""

    compiled: Compiled
    extra: tuple[Diagnostic, ...]


def report_on(
    compiled: Compiled, extra: Iterable[Diagnostic] = (), selection: Selection = EVERYTHING, name: str = ""
) -> Report:
    """Put the findings of the compiler and those of the rules in order, once each, and filter them."""
    refusal = None if compiled.refusal is None else compiled.diagnostics[compiled.refusal]
    found: dict[tuple[object, ...], Diagnostic] = {}
    for diagnostic in (*compiled.diagnostics, *extra):
        # A fault in a snippet is one fault, however often the snippet is imported.
        same = (diagnostic.code, diagnostic.message, diagnostic.span[:5])
        if same not in found or diagnostic is refusal:
            found[same] = diagnostic
    ordered = sorted(found.values(), key=lambda diagnostic: _reading_order(diagnostic, compiled.path))
    shown = [diagnostic for diagnostic in ordered if selection.takes(diagnostic.code)]
    at = next((i for i, diagnostic in enumerate(shown) if diagnostic is refusal), None)
    excerpts = _Excerpts(compiled.sources)
    clean = tuple(map(excerpts.add, shown))
    return Report(compiled.path, compiled.verdict, clean, at, name, excerpts.found)


def without_secrets(compiled: Compiled) -> tuple[Diagnostic, ...]:
    """The findings of the compiler, in its order, as they may be shown."""
    return tuple(map(_Excerpts(compiled.sources).add, compiled.diagnostics))


def _reading_order(diagnostic: Diagnostic, path: str) -> tuple[int, int, tuple[int, int]]:
    """The order of the Corefile: what was imported stands where its `import` does."""
    span = diagnostic.span
    if span.path != path and span.imports:
        outermost = span.imports[-1]
        return outermost.line, outermost.column, (span.line, span.column)
    return span.line, span.column, (0, 0)


class _Excerpts:
    """The lines on which findings stand, without secrets."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.found: dict[Span, Excerpt] = {}
        self._sources = sources
        self._lines: dict[tuple[str, int], Redacted] = {}

    def add(self, found: Diagnostic) -> Diagnostic:
        """Keep the lines of a finding; the finding itself without the secrets in them."""
        for span in (found.span, *(related.span for related in found.related)):
            line = self._line(span.path, span.line)
            if line is not None:
                self.found[span] = _excerpt(line.text, span.column)
                found = redact_finding(found, line.words) if line.words else found
        if "://" in found.message or "://" in found.help or any("://" in note for note in found.notes) or found.fix:
            found = redact_finding(found, frozenset())
        return found

    def _line(self, path: str, number: int) -> Redacted | None:
        source = self._sources.get(path)
        if source is None:
            return None
        line = self._lines.get((path, number))
        if line is None:
            line = self._lines[path, number] = redact_line(source.excerpt(number))
        return line


def _excerpt(text: str, column: int) -> Excerpt:
    if len(text) <= WINDOW:
        return Excerpt(text)
    start = max(0, column - 1 - WINDOW // 2)
    return Excerpt(text[start : start + WINDOW], start + 1)
