"""Findings in texts that were imported from the same manifest: their places are in the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Diagnostic
from corefile.ir.source import ImportSite, Source, Span


def relocate(
    compiled: Compiled, mounted: Mapping[str, Source], extra: tuple[Diagnostic, ...] = ()
) -> tuple[Compiled, tuple[Diagnostic, ...]]:
    """Say where in the manifest a finding stands, instead of where in the file that will be mounted."""
    moved = {
        path: (source, mounted[source.file]) for path, source in compiled.sources.items() if source.file in mounted
    }
    if not moved:
        return compiled, extra

    def offset(source: Source, line: int, column: int) -> int:
        starts = source.line_starts()
        return min(starts[min(line, len(starts)) - 1] + column - 1, len(source.text))

    def site(at: ImportSite) -> ImportSite:
        if at.path not in moved:
            return at
        read, host = moved[at.path]
        return ImportSite(host.path, *host.position(offset(read, at.line, at.column)))

    def place(span: Span) -> Span:
        imports = tuple(map(site, span.imports))
        if span.path not in moved:
            return span._replace(imports=imports)
        read, host = moved[span.path]
        start, end = offset(read, span.line, span.column), offset(read, span.end_line, span.end_column)
        return host.span(start, end, imports)

    def finding(found: Diagnostic) -> Diagnostic:
        related = tuple(other._replace(span=place(other.span)) for other in found.related)
        return found._replace(span=place(found.span), related=related)

    moved_findings = tuple(map(finding, compiled.diagnostics))
    return replace(compiled, diagnostics=moved_findings), tuple(map(finding, extra))
