"""`path:line:column: CODE message`, one line per finding, for editors and grep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corefile.diag.render import Terminal
from corefile.diag.render.visible import visible
from corefile.diag.report import Report


def render(reports: Iterable[Report], terminal: Terminal) -> Iterator[str]:  # noqa: ARG001 - the same everywhere
    """One line for each finding, nothing for a clean file."""
    for report in reports:
        for found in report.diagnostics:
            span = found.span
            place = f"{visible(span.path)}:{span.line}:{span.column}"
            yield f"{place}: {found.code} {visible(found.message)}\n"
