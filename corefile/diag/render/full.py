"""Findings for people: what and where, the line with marks below, help, notes, other places, and a count at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from corefile.diag.render import Terminal
from corefile.diag.render.layout import Piece, flow, lay_out
from corefile.diag.render.paint import painter
from corefile.diag.report import Report


def render(reports: Iterable[Report], terminal: Terminal) -> Iterator[str]:
    """The same text with colors and without."""
    paint = painter(terminal.color)
    counts: Counter[str] = Counter()
    fixes: Counter[str] = Counter()
    files = refused = 0
    for report in reports:
        files += 1
        refused += report.verdict == "reject"
        counts.update(found.severity for found in report.diagnostics)
        fixes.update(found.fix.applicability for found in report.diagnostics if found.fix is not None)
        several = sum(found.severity == "error" for found in report.diagnostics) > 1
        for at, found in enumerate(report.diagnostics):
            notes = ("CoreDNS reports this one and stops",) if several and at == report.refusal else ()
            yield "".join(map(paint, lay_out(found, report.excerpts, terminal.width, notes))) + "\n"
    summary = [Piece("", word) for word in (_summary(counts, files, refused) + _mendable(fixes)).split(" ")]
    yield "".join(map(paint, flow(summary, terminal.width, 0)))


def _summary(counts: Counter[str], files: int, refused: int) -> str:
    parts = [_count(counts[name], name) for name in ("error", "warning") if counts[name]]
    if counts["info"]:
        parts.append(f"{counts['info']} info")
    found = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or "nothing to report"
    verdict = f"; CoreDNS refuses {'it' if files == 1 else refused}" if refused else ""
    return f"{_count(files, 'Corefile')}: {found}{verdict}"


def _mendable(fixes: Counter[str]) -> str:
    """What can be done about it by this program."""
    if not fixes:
        return ""
    more = f", with --unsafe-fixes {fixes['safe'] + fixes['unsafe']}" if fixes["unsafe"] else ""
    return f"; --fix mends {fixes['safe']}{more}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
