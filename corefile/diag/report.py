"""What is to be shown of one compiled Corefile: findings in reading order, filtered, with the lines they stand on.

A report is small and can be pickled, so that workers can hand it over; a `Compiled` keeps whole texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from corefile.diag.diagnostic import Diagnostic
from corefile.ir.source import Source, Span

if TYPE_CHECKING:
    from corefile.compiler import Compiled, Verdict

WINDOW = 400
"""Characters of a line that are kept around a finding."""


class Excerpt(NamedTuple):
    """A line, or of a very long one the part around a finding; `column` is that of its first character."""

    text: str
    column: int = 1


class Report(NamedTuple):
    """The findings of one Corefile.

    `name` tells a Corefile inside another file (`kube-system/coredns:Corefile`), empty otherwise. `refusal` is the
    index of the finding at which CoreDNS stops; None where it does not, or where that finding is filtered out.
    `unreadable` means that there was nothing to compile.
    """

    path: str
    verdict: Verdict
    diagnostics: tuple[Diagnostic, ...] = ()
    refusal: int | None = None
    name: str = ""
    excerpts: Mapping[Span, Excerpt] = {}
    unreadable: bool = False


class Selection(NamedTuple):
    """Which findings are shown and counted: codes or beginnings of codes. Without `select` all; `ignore` wins."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether findings of this code are shown."""
        return (not self.select or code.startswith(self.select)) and not (self.ignore and code.startswith(self.ignore))


EVERYTHING = Selection()


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
    shown = tuple(diagnostic for diagnostic in ordered if selection.takes(diagnostic.code))
    at = next((i for i, diagnostic in enumerate(shown) if diagnostic is refusal), None)
    return Report(compiled.path, compiled.verdict, shown, at, name, _excerpts(shown, compiled.sources))


def _reading_order(diagnostic: Diagnostic, path: str) -> tuple[int, int, tuple[int, int]]:
    """The order of the Corefile: what was imported stands where its `import` does."""
    span = diagnostic.span
    if span.path != path and span.imports:
        outermost = span.imports[-1]
        return outermost.line, outermost.column, (span.line, span.column)
    return span.line, span.column, (0, 0)


def _excerpts(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> dict[Span, Excerpt]:
    found: dict[Span, Excerpt] = {}
    for diagnostic in diagnostics:
        for span in (diagnostic.span, *(related.span for related in diagnostic.related)):
            source = sources.get(span.path)
            if source is not None and span not in found:
                found[span] = _excerpt(source.excerpt(span.line), span.column)
    return found


def _excerpt(text: str, column: int) -> Excerpt:
    if len(text) <= WINDOW:
        return Excerpt(text)
    start = max(0, column - 1 - WINDOW // 2)
    return Excerpt(text[start : start + WINDOW], start + 1)
