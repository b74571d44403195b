"""What is shown of a compiled Corefile, in which order, and which finding is the refusal."""

from __future__ import annotations

import pickle

import pytest

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Diagnostic, Related
from corefile.diag.report import Excerpt
from corefile.ir.program import Program
from corefile.ir.source import ImportSite, Source, Span
from corefile.reporting import WINDOW, Selection, report_on

TEXT = "a {\n    import shared\n    whoamii\n}\n"


def at(line: int, column: int = 1, path: str = "Corefile", imports: tuple[ImportSite, ...] = ()) -> Span:
    return Span(path, line, column, line, column + 3, imports)


def finding(code: str, span: Span, message: str = "message") -> Diagnostic:
    return Diagnostic(code, "error", message, span)


def compiled(*diagnostics: Diagnostic, refusal: int | None = None) -> Compiled:
    return Compiled(
        path="Corefile",
        verdict="reject",
        diagnostics=diagnostics,
        program=Program(blocks=(), listeners=()),
        refusal=refusal,
        sources={"Corefile": Source("Corefile", TEXT), "shared": Source("shared", "x" * 1000 + "y")},
    )


def test_reading_order_and_refusal() -> None:
    imported = finding("CF202", at(1, 5, "shared", (ImportSite("Corefile", 2, 12),)))
    report = report_on(compiled(finding("CF201", at(3)), imported, finding("CF123", at(1)), refusal=1))
    assert [found.code for found in report.diagnostics] == ["CF123", "CF202", "CF201"]
    assert report.refusal == 1
    assert report.verdict == "reject"


def test_a_fault_in_a_snippet_is_shown_once() -> None:
    first, second = (
        finding("CF202", at(3, imports=(ImportSite("Corefile", line, 1),)), "the same") for line in (9, 12)
    )
    report = report_on(compiled(first, second, refusal=1))
    assert report.diagnostics == (second,)
    assert report.refusal == 0


@pytest.mark.parametrize(
    ("selection", "codes", "refusal"),
    [
        (Selection(), ["CF123", "CF201", "CL101"], 1),
        (Selection(select=("CF2",)), ["CF201"], 0),
        (Selection(select=("CF", "CL1")), ["CF123", "CF201", "CL101"], 1),
        (Selection(ignore=("CF123",)), ["CF201", "CL101"], 0),
        (Selection(select=("CF",), ignore=("CF2",)), ["CF123"], None),
        (Selection(select=("CL",)), ["CL101"], None),
    ],
)
def test_selection(selection: Selection, codes: list[str], refusal: int | None) -> None:
    faults = compiled(finding("CF123", at(1)), finding("CF201", at(3)), refusal=1)
    report = report_on(faults, [finding("CL101", at(4))], selection)
    assert [found.code for found in report.diagnostics] == codes
    assert report.refusal == refusal
    assert report.verdict == "reject"


def test_excerpts_of_findings_and_related_places() -> None:
    related = finding("CF301", at(3))._replace(related=(Related("first", at(1)), Related("gone", at(1, path="no"))))
    report = report_on(compiled(related))
    assert report.excerpts == {at(3): Excerpt("    whoamii"), at(1): Excerpt("a {")}


def test_long_lines_are_kept_in_part() -> None:
    report = report_on(compiled(finding("CF203", at(1, 1001, "shared"))))
    (excerpt,) = report.excerpts.values()
    assert len(excerpt.text) <= WINDOW
    assert excerpt.text[1001 - excerpt.column] == "y"


def test_a_report_travels_between_processes() -> None:
    report = report_on(compiled(finding("CF201", at(3)), refusal=0))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 - our own
