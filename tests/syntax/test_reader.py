"""What is wrong with a text, where, and how reading goes on behind it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from corefile.compiler import Options, compile_corefile
from corefile.diag.diagnostic import Diagnostic
from corefile.syntax import faults, lexer, splicer, walk


def findings(text: str, files: Mapping[str, str] | None = None, **env: str) -> list[Diagnostic]:
    """What the reader says; `files` stand beside the Corefile."""
    given = {f"/etc/coredns/{name}": content.encode() for name, content in (files or {}).items()}
    options = Options(env=env, read_import=given.get, list_imports=lambda: list(given))
    compiled = compile_corefile(text, "/etc/coredns/Corefile", options)
    return [found for found in compiled.diagnostics if found.code < "CF200" or found.code in ("CF201", "CF401")]


def places(text: str, files: Mapping[str, str] | None = None, **env: str) -> list[tuple[str, int, int]]:
    return [(found.code, found.span.line, found.span.column) for found in findings(text, files, **env)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (". {\n whoami\n}\n", []),
        (". {\n whoami\n", [("CF101", 2, 2)]),
        (". {", [("CF101", 1, 3)]),
        (". { whoami }\n", [("CF102", 1, 12)]),
        (". {\n log }\nexample.org {\n nosuch\n}\n", [("CF102", 2, 6), ("CF201", 4, 2)]),
        (". {\n log {\n class error\n", [("CF103", 3, 8), ("CF101", 3, 8)]),
        ("a,\n", [("CF103", 1, 1)]),
        ("a,\nimport e\n", [("CF103", 2, 1)]),
        ("(a) b {\n}\n", []),
        ("(a)\nlog\n", [("CF104", 2, 1)]),
        ("(a)\nlog {\n}\n}\n. {\n nosuch\n}\n", [("CF104", 2, 1), ("CF201", 6, 2)]),
        ("a, {\n nosuch\n}\n", [("CF105", 1, 4), ("CF201", 2, 2)]),
        ("(a) {\n}\n(a) {\n}\n", [("CF106", 3, 5)]),
        ("(a) {\n log\n import a\n}\n", [("CF107", 4, 1)]),
        ("(a) {\n log import a\n}\n", []),
        ("(a) {\n log\n", [("CF101", 2, 2)]),
        ("(a) {\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}\n", [("CF107", 5, 9)]),
        (". {\n import\n nosuch\n}\n", [("CF109", 2, 2), ("CF201", 3, 2)]),
        (". {\n import a b c\n nosuch\n}\n", [("CF110", 2, 11), ("CF201", 3, 2)]),
        (". {\n import \"\"\n}\n", [("CF111", 2, 9)]),
        (". {\n import none\n nosuch\n}\n", [("CF112", 2, 9), ("CF201", 3, 2)]),
        (". {\n import a*b*\n}\n", [("CF113", 2, 9)]),
        (". {\n import a[\n}\n", [("CF114", 2, 9)]),
        (". {\n import none*\n}\n", [("CF119", 2, 9)]),
        (". {\n nosuch\n other\n}\n", [("CF201", 2, 2), ("CF201", 3, 2)]),
        ("{\n nosuch\n}\n", [("CF201", 2, 2)]),
        ("(a) {\n nosuch\n}\n", []),
        ("(a) {\n nosuch\n}\n. {\n import a\n}\n", [("CF201", 2, 2)]),
    ],
)  # fmt: skip
def test_places(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(text, {"e": ""}) == expected


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        (". {\n cahce\n}\n", "did you mean 'cache'?"),
        (". {\n cache{\n}\n}\n", "put a blank before '{': 'cache {'"),
        (". {\n log\nexample.com {\n}\n", "if this is a zone, a '}' is missing above"),
        (". {\n xyzzy42\n}\n", ""),
        ("(common) {\n}\n. {\n import comon\n}\n", "did you mean snippet 'common'?"),
        (". {\n import common\n}\n", "define a snippet before it is used"),
        (". {\n import a.conf\n}\n", ""),
        (". {\n import a/b\n}\n", ""),
    ],
)
def test_help(text: str, help_: str) -> None:
    (found,) = findings(text)
    assert found.help == help_


def test_a_plugin_of_another_build_is_declared() -> None:
    (found,) = findings(". {\n xyzzy42\n}\n")
    assert found.notes == ("if your CoreDNS has been built with it, declare it: --external-plugins xyzzy42",)


def test_imported_text_knows_its_way() -> None:
    files = {"a.conf": "import b.conf\n", "b.conf": "nosuch\n"}
    (found,) = findings(". {\n import a.conf\n}\n", files)
    assert found.span.path == "/etc/coredns/b.conf"
    assert [(site.path, site.line, site.column) for site in found.span.imports] == [
        ("/etc/coredns/a.conf", 1, 1),
        ("/etc/coredns/Corefile", 2, 2),
    ]


def test_a_file_that_imports_itself_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splicer, "FILE_LIMIT", 50)
    found = places(". {\n import a.conf\n}\n", {"a.conf": "errors\nimport a.conf\n"})
    assert found == [("CF108", 2, 8)]


def test_files_and_snippets_that_multiply_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splicer, "WORD_LIMIT", 1000)
    text = "(a) {\n log\n log\n}\n. {\n" + " import a\n" * 2000 + "}\n"
    assert [code for code, _, _ in places(text)] == ["CF107"]


def test_limits_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "DEPTH_LIMIT", 3)
    assert places(". {\n log " + "{\n" * 3 + "}\n" * 3 + "}\n") == []
    assert places(". {\n log " + "{\n" * 4 + "}\n" * 4 + "}\n") == [("CF116", 1, 1)]
    monkeypatch.setattr(lexer, "TOKEN_LIMIT", 10)
    assert places("a b c d\n" * 3) == [("CF116", 1, 1)]


def test_what_stands_before_a_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "DEPTH_LIMIT", 3)
    compiled = compile_corefile(". {\n nosuch\n log " + "{\n" * 4 + "}\n" * 4 + "}\n")
    assert [(found.code, found.span.line) for found in compiled.diagnostics] == [("CF116", 1), ("CF201", 2)]
    assert (compiled.verdict, compiled.refusal) == ("reject", 1)


def test_a_thousand_faults_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "MOST", 5)
    assert len(places(". {\n" + "nosuch\n" * 10 + "}\n")) == 5
    assert len(places(". {\n log " + "{$X} " * 10 + "\n nosuch\n}\n")) == 6
    assert len(places(". {\n import none*\n" + " import none*\n" * 10 + "}\n")) == 5


def test_variables_may_hold_what_matters() -> None:
    assert places("{$I} a.conf\n", {"a.conf": ". {\n nosuch\n}\n"}, I="import") == [("CF201", 2, 2)]
    assert places(". {\n {$I} a.conf\n}\n", I="import") == [("CF201", 2, 2)]
    assert places("({$N}) {\n nosuch\n}\n. {\n import {$N}\n}\n", N="a") == [("CF201", 2, 2)]
    assert places(". {\n log {$U}\n log {$U}\n}\n") == [("CF401", 2, 6), ("CF401", 3, 6)]


def test_a_variable_that_contains_itself() -> None:
    codes = [
        found.code for found in compile_corefile(". {\n log {$A}\n}\n", options=Options(env={"A": "{$A}"})).diagnostics
    ]
    assert "CF215" in codes


def test_the_last_word_of_a_long_text_is_cut_in_messages() -> None:
    (found,) = findings('. {\n log "a\nb\nc\n')
    assert found.message == "'a…' is the end of the file, expected a directive or '}'"


def test_a_brace_behind_an_import_of_nothing_opens_no_block() -> None:
    """CoreDNS 1.14.7: the import begins the directives, and `{` is one that it does not know."""
    assert places(".\nimport e\n{\n whoami\n}\n", {"e": ""}) == [("CF201", 3, 1)]
