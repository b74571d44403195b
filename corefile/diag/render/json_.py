"""The JSON document: a committed surface, version 1. Keys are added, never renamed or removed.

`{"version": 1, "files": [{"path", "verdict", "refusal", "diagnostics": […]}]}`; a Corefile inside another file also has
`"name"`, one that was mended `"fixed"`: what was found before. Lines and columns count from 1, columns in characters,
ends are exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json import dumps

from corefile.diag.diagnostic import Diagnostic, Fix
from corefile.diag.render import Terminal
from corefile.diag.report import Report
from corefile.ir.source import Span

VERSION = 1


def render(reports: Iterable[Report], terminal: Terminal) -> Iterator[str]:  # noqa: ARG001 - the same everywhere
    """One document, one file per line."""
    yield f'{{"version": {VERSION}, "files": ['
    separator = "\n"
    for report in reports:
        yield separator + dumps(_file(report))
        separator = ",\n"
    yield "\n]}\n"


def _file(report: Report) -> dict[str, object]:
    name = {"name": report.name} if report.name else {}
    return {
        "path": report.path,
        **name,
        "verdict": report.verdict,
        "refusal": report.refusal,
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in report.diagnostics],
        **({"fixed": [_diagnostic(diagnostic) for diagnostic in report.fixed]} if report.fixed else {}),
    }


def _diagnostic(found: Diagnostic) -> dict[str, object]:
    imports = [
        {"message": "imported here", "path": site.path, **_place(site.line, site.column, site.line, site.column + 6)}
        for site in found.span.imports
    ]
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        **_span(found.span),
        "help": found.help or None,
        "notes": list(found.notes),
        "fix": _fix(found.fix),
        "related": [{"message": related.message, **_span(related.span)} for related in found.related] + imports,
    }


def _fix(fix: Fix | None) -> dict[str, object] | None:
    if fix is None:
        return None
    edits = [{**_span(edit.span), "replacement": edit.replacement} for edit in fix.edits]
    return {"applicability": fix.applicability, "edits": edits}


def _span(span: Span) -> dict[str, object]:
    return {"path": span.path, **_place(span.line, span.column, span.end_line, span.end_column)}


def _place(line: int, column: int, end_line: int, end_column: int) -> dict[str, object]:
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
