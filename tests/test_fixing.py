"""Texts are mended, never for the worse."""

from __future__ import annotations

from pathlib import Path

import pytest

from corefile.compiler import Options
from corefile.diag.diagnostic import Diagnostic, Edit, Fix
from corefile.fixing import UNSAFE, mend
from corefile.inputs import Input
from corefile.inputs.load import load
from corefile.ir.source import Source
from corefile.lint import Linter
from corefile.reporting import Checked
from corefile.rules import rules
from tests.rules.fixing import check, linter, mended, text_input

TWICE = "a.example.org {\n    import s\n}\nb.example.org {\n    import s\n}\n"
UPSTREAM = "example.org {\n    file db {\n        reload 1m\n        upstream\n    }\n}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (UPSTREAM, "example.org {\n    file db {\n        reload 1m\n    }\n}\n"),
        ("example.org {\n    file db {\n        upstream\n    }\n}\n", "example.org {\n    file db\n}\n"),
        (
            "example.org {\n    file db { # why\n        upstream\n    }\n}\n",
            "example.org {\n    file db { # why\n    }\n}\n",
        ),
        (
            "example.org {\n    file db {\n        upstream 192.0.2.1 # why\n    }\n}\n",
            "example.org {\n    file db {\n        # why\n    }\n}\n",
        ),
        (
            "example.org {\n    file db {\n        upstream\n        upstream 192.0.2.1\n    }\n}\n",
            "example.org {\n    file db\n}\n",
        ),
        ("example.org {\r\n\tfile db {\r\n\t\tupstream\r\n\t}\r\n}\r\n", "example.org {\r\n\tfile db\r\n}\r\n"),
        ("file db {\n upstream\n}\n", "file db {\n upstream\n}\n"),
        (f"(s) {{\n    file db {{\n        upstream\n    }}\n}}\n{TWICE}", f"(s) {{\n    file db\n}}\n{TWICE}"),
        (
            "(s) {\n    file db {\n        {args[0]}\n    }\n}\na.example.org {\n    import s upstream\n}\n",
            "(s) {\n    file db {\n        {args[0]}\n    }\n}\na.example.org {\n    import s upstream\n}\n",
        ),
    ],
)  # fmt: skip
def test_a_line_is_taken_out_and_the_rest_stays(before: str, after: str) -> None:
    result = mended(before, "CL102", unsafe=False)
    assert result.given.source.text == after
    assert result.given.data == after.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hosts\n    whoami", "hosts {\n        fallthrough\n    }\n    whoami"),
        ("hosts # why\n    whoami", "hosts {\n        fallthrough\n    } # why\n    whoami"),
        (
            "hosts {\n        ttl 60\n    }\n    whoami",
            "hosts {\n        ttl 60\n        fallthrough\n    }\n    whoami",
        ),
        ("forward . 192.0.2.1:5300 {\n        tls\n    }", "forward . tls://192.0.2.1:5300 {\n        tls\n    }"),
        ("forward . dns://192.0.2.1 {\n        tls\n    }", "forward . tls://192.0.2.1 {\n        tls\n    }"),
        ("forward . 192.0.2.1:53 {\n        tls\n    }", None),
        ("forward . {$UP} {\n        tls\n    }", None),
        ("forward . {$UP} 192.0.2.1 {\n        tls\n    }", None),
    ],
)
def test_unsafe_fixes(before: str, after: str | None) -> None:
    given = text_input(f". {{\n    {before}\n}}\n")
    check_it = linter(env={"UP": "192.0.2.53"}).check
    result = mend(given, check_it, unsafe=True)
    assert result.given.source.text == f". {{\n    {before if after is None else after}\n}}\n"
    assert mend(given, check_it).given == given


def test_tabs_stay_tabs() -> None:
    result = mended(". {\n\thosts {\n\t\tttl 60\n\t}\n\twhoami\n}\n")
    assert result.given.source.text == ". {\n\thosts {\n\t\tttl 60\n\t\tfallthrough\n\t}\n\twhoami\n}\n"


def test_what_is_left_has_a_reason(tmp_path: Path) -> None:
    result = mended(". {\n    hosts\n    whoami\n}\n", unsafe=False)
    assert [(one.code, reason) for one, reason in result.left] == [("CL201", UNSAFE)]
    (tmp_path / "common").write_text("file db {\n    upstream\n}\n")
    result = mended("example.org {\n    import common\n}\n", folder=tmp_path)
    assert [(one.span.path, reason) for one, reason in result.left] == [
        ("common", "it is in an imported file, which may serve other Corefiles")
    ]
    assert (tmp_path / "common").read_text() == "file db {\n    upstream\n}\n"


def test_a_snippet_is_left_if_elsewhere_there_is_nothing_to_mend() -> None:
    text = f"(s) {{\n    hosts\n}}\n{TWICE.replace('import s', 'import s' + chr(10) + '    whoami', 1)}"
    result = mended(text)
    assert (result.given.source.text, result.fixed) == (text, ())
    assert [reason for _, reason in result.left] == [
        "its text is imported elsewhere too, where there is nothing to mend"
    ]


@pytest.mark.parametrize("data", [UPSTREAM.encode(), b"\xef\xbb\xbf" + UPSTREAM.encode()])
def test_a_byte_order_mark_stays(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "Corefile"
    path.write_bytes(data)
    (given,) = load(str(path))
    result = mend(given, linter().check)
    assert result.given.data == data.replace(b"        upstream\n", b"")


def test_a_file_with_bytes_that_are_not_utf_8_is_left(tmp_path: Path) -> None:
    path = tmp_path / "Corefile"
    path.write_bytes(UPSTREAM.encode() + b"# \xff\n")
    (given,) = load(str(path))
    result = mend(given, linter().check)
    assert (result.given, [reason for _, reason in result.left]) == (
        given,
        ["the file has bytes that are not UTF-8"],
    )


def test_a_manifest_is_left_and_its_findings_have_no_fix(tmp_path: Path) -> None:
    path = tmp_path / "cm.yaml"
    inside = "".join(f"    {line}\n" for line in UPSTREAM.splitlines())
    path.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: coredns}}\ndata:\n  Corefile: |\n{inside}")
    (report,) = Linter(Options(), rules=rules(), fixes="unsafe").lint(str(path))
    assert [(one.code, one.fix) for one in report.diagnostics] == [("CL102", None)]
    assert [reason for _, reason in report.left] == ["it is in a manifest"]
    assert report.rewritten is None


class Replacing:
    """A check with one finding for each of some words that are there, whose fix is another word."""

    def __init__(self, *words: tuple[str, str]) -> None:
        self._words = words

    def __call__(self, given: Input) -> Checked:
        text = given.source.text
        found = [
            Diagnostic("CL901", "info", f"'{old}'", span, fix=Fix((Edit(span, new),)))
            for old, new in self._words
            if (at := text.find(old)) >= 0 and (span := given.source.span(at, at + len(old)))
        ]
        return Checked(check(text).compiled, tuple(found))


def replaced(text: str, *words: tuple[str, str]) -> tuple[str, list[str]]:
    result = mend(Input("Corefile", Source("Corefile", text), data=text.encode()), Replacing(*words))
    return result.given.source.text, [reason for _, reason in result.left]


def test_fixes_that_overlap_are_applied_one_after_the_other() -> None:
    text = ". {\n    whoami\n    erratic\n}\n"
    assert replaced(text, ("whoami\n    erratic", "erratic"), ("erratic", "cache")) == (". {\n    cache\n}\n", [])


def test_a_file_that_would_be_refused_is_not_mended() -> None:
    text = ". {\n    whoami\n    cache\n}\n"
    after, left = replaced(text, ("whoami", "log"), ("cache", "cahce"))
    assert after == text
    assert left == ["CoreDNS would refuse the mended file: unknown directive 'cahce'"] * 2


def test_a_refused_file_may_be_mended_but_not_made_worse() -> None:
    text = ". {\n    cahce\n    log\n}\n"
    assert replaced(text, ("log", "errors"))[0] == ". {\n    cahce\n    errors\n}\n"
    assert replaced(text, ("log", "lgo"))[0] == text


def test_fixes_that_undo_one_another_end() -> None:
    text = ". {\n    log\n}\n"
    assert replaced(text, ("log", "errors"), ("errors", "log")) == (text, ["the fixes undo one another"])


def test_a_fix_that_grows_for_ever_ends() -> None:
    text = ". {\n    log\n}\n"
    assert replaced(text, ("log", "log\n    log"))[0] == text


def test_edits_of_one_fix_go_together_or_not_at_all() -> None:
    text = ". {\n    log\n    errors\n}\n"

    def both(given: Input) -> Checked:
        source = given.source
        if "log" not in source.text:
            return Checked(check(source.text).compiled, ())
        a, b = source.span(8, 11), source.span(16, 22)
        fixes = Fix((Edit(a, "debug"), Edit(b, "whoami"))), Fix((Edit(b, "cache"),))
        found = tuple(Diagnostic("CL901", "info", str(n), a, fix=fix) for n, fix in enumerate(fixes))
        return Checked(check(source.text).compiled, found)

    result = mend(text_input(text), both)
    assert result.given.source.text == ". {\n    debug\n    whoami\n}\n"
    assert [one.message for one in result.fixed] == ["0"]
