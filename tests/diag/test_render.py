"""The formats, on one report that has everything; and the layout at its edges."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Diagnostic, Related
from corefile.diag.render import FORMATS, Terminal, renderer
from corefile.diag.render.visible import cells, visible
from corefile.diag.report import Report
from corefile.ir.program import Program
from corefile.ir.source import ImportSite, Source, Span
from corefile.reporting import report_on

GOLDENS = Path(__file__).parent.parent / "fixtures" / "render"
TEXT = """\
. {
    cache {
\tprefech 10  # tab before
    }
    log 世界 example.org
    forward . 192.0.2.1 """ + "192.0.2.2 " * 30 + """x192.0.2.3
    errors \x1b[31mred
}
"""  # fmt: skip

PLAIN = Terminal()


def span_of(word: str, **more: tuple[ImportSite, ...]) -> Span:
    start = TEXT.index(word)
    return Source("Corefile", TEXT).span(start, start + len(word), **more)


def everything() -> list[Report]:
    sites = (ImportSite("common.conf", 3, 5), ImportSite("Corefile", 12, 5))
    diagnostics = (
        Diagnostic("CF204", "error", "plugin 'cache' has no property 'prefech'", span_of("prefech"),
                help="did you mean 'prefetch'?", related=(Related("the plugin stands here", span_of("cache")),)),
        Diagnostic("CF203", "warning", "unexpected argument 'example.org', " + "and so on " * 8, span_of("example.org"),
                notes=("a reason that is long enough to need " + "more than one line " * 4,)),
        Diagnostic("CF208", "error", "address 'x192.0.2.3' is not an IP address", span_of("x192.0.2.3")),
        Diagnostic("CF209", "error", "log file '\x1b[31mred' is not one of stdout", span_of("\x1b[31mred")),
        Diagnostic("CF115", "info", "imported from elsewhere", Span("shared.conf", 4, 1, 4, 5, sites)),
    )  # fmt: skip
    compiled = Compiled(
        path="Corefile", verdict="reject", diagnostics=diagnostics, program=Program(blocks=(), listeners=()), refusal=0,
        sources={"Corefile": Source("Corefile", TEXT)},
    )  # fmt: skip
    return [
        report_on(compiled),
        Report("empty/Corefile", "accept"),
        Report("cm.yaml", "accept", name="dns/coredns:Corefile"),
    ]


def rendered(form: str, terminal: Terminal = PLAIN) -> str:
    return "".join(renderer(form)(everything(), terminal))


@pytest.mark.parametrize("form", FORMATS)
def test_golden(form: str, request: pytest.FixtureRequest) -> None:
    path = GOLDENS / f"{form}.out"
    if request.config.getoption("--accept"):
        path.write_text(rendered(form), encoding="utf-8")
    assert rendered(form) == path.read_text(encoding="utf-8")


def test_no_golden_without_its_format() -> None:
    assert {path.stem for path in GOLDENS.iterdir()} == set(FORMATS)


def test_colors_change_no_text() -> None:
    colored = rendered("full", Terminal(color=True))
    assert "\x1b[1;31merror:\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == rendered("full")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    for line in rendered("full", Terminal(width)).splitlines():
        assert cells(line) <= width


def test_marks_stand_below_what_they_mark() -> None:
    lines = rendered("full").splitlines()
    for line, marks in pairwise(lines):
        if "^" in marks and "x192.0.2.3" in line:
            at = marks.index("^")
            assert line[at : at + len("x192.0.2.3")] == "x192.0.2.3"
            assert marks[at:] == "^" + "~" * 9
            return
    pytest.fail("no marks")


def test_a_place_behind_the_last_character() -> None:
    source = Source("Corefile", "a {")
    compiled = Compiled(
        path="Corefile", verdict="reject", program=Program(blocks=(), listeners=()), sources={"Corefile": source},
        diagnostics=(Diagnostic("CF101", "error", "unclosed", source.span(3, 3)),),
    )  # fmt: skip
    text = "".join(renderer("full")([report_on(compiled)], Terminal()))
    assert text.startswith("Corefile:1:4: error: unclosed [CF101]\n  |\n1 | a {\n  |    ^\n")


@pytest.mark.parametrize(
    ("reports", "summary"),
    [
        ([Report("a", "accept")], "1 Corefile: nothing to report"),
        ([Report("a", "reject")], "1 Corefile: nothing to report; CoreDNS refuses it"),
        ([Report("a", "reject"), Report("b", "reject")], "2 Corefiles: nothing to report; CoreDNS refuses 2"),
        (everything(), "3 Corefiles: 3 errors, 1 warning and 1 info; CoreDNS refuses 1"),
    ],
)
def test_summary(reports: list[Report], summary: str) -> None:
    assert "".join(renderer("full")(reports, Terminal())).endswith(f"{summary}\n")


def test_concise_is_silent_about_clean_files() -> None:
    assert "".join(renderer("concise")([Report("a", "accept")], Terminal())) == ""


def test_json_surface() -> None:
    document = json.loads(rendered("json"))
    assert document["version"] == 1
    first, clean, embedded = document["files"]
    assert list(first) == ["path", "verdict", "refusal", "diagnostics"]
    assert list(embedded) == ["path", "name", "verdict", "refusal", "diagnostics"]
    assert clean == {"path": "empty/Corefile", "verdict": "accept", "refusal": None, "diagnostics": []}
    keys = [
        "code",
        "severity",
        "message",
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "help",
        "notes",
        "fix",
        "related",
    ]
    assert all(list(found) == keys for found in first["diagnostics"])
    assert first["diagnostics"][first["refusal"]]["help"] == "did you mean 'prefetch'?"
    places = [(other["path"], other["line"]) for found in first["diagnostics"] for other in found["related"]]
    assert places == [("Corefile", 2), ("common.conf", 3), ("Corefile", 12)]


def test_no_reports_are_a_document_too() -> None:
    assert json.loads("".join(renderer("json")([], Terminal()))) == {"version": 1, "files": []}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("é世", "é世"),
        ("a\tb\nc\r", "a\\tb\\nc\\r"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202e", "\\u202e"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_cells() -> None:
    assert cells("abc") == 3
    assert cells("世界") == 4
    assert cells("e\u0301") == 1
