"""Comments for the linter: what they ignore, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from corefile.compiler import Options
from corefile.inputs.load import load
from corefile.lint import Linter
from corefile.reporting import Selection
from corefile.rules import rules
from corefile.syntax.walk import DEPTH_LIMIT
from tests.rules.fixing import check, found, linter, mended, text_input

LOOP = ". {\n    forward . 127.0.0.1\n}\n"


def with_comment(comment: str, place: str) -> str:
    """A loop with a comment: above, behind, inside or below its line, or before a blank one."""
    return {
        "behind": f". {{\n    forward . 127.0.0.1 {comment}\n}}\n",
        "above": f". {{\n    {comment}\n    forward . 127.0.0.1\n}}\n",
        "two above": f". {{\n    {comment}\n    # another\n    forward . 127.0.0.1\n}}\n",
        "glued": f". {{\n    forward . 127.0.0.1{comment}\n}}\n",
        "blank between": f". {{\n    {comment}\n\n    forward . 127.0.0.1\n}}\n",
        "below": f". {{\n    forward . 127.0.0.1\n    {comment}\n}}\n",
        "first line": f"{comment}\n{LOOP}",
        "last line": f"{LOOP}{comment}\n",
    }[place]


@pytest.mark.parametrize(
    ("comment", "place", "codes"),
    [
        ("# corefile: ignore[CL301] why", "behind", []),
        ("# corefile: ignore[CL301]", "above", []),
        ("# corefile: ignore[CL301]", "two above", []),
        ("#corefile:ignore[CL301]", "glued", []),
        ("#  corefile:  ignore [ cl301 ]", "behind", []),
        ("# corefile: ignore[forward-loop]", "behind", []),
        ("# why # corefile: ignore[CL301]", "behind", []),
        ("# corefile: ignore[CL301] # why", "behind", []),
        ("# corefile: ignore[CL301]", "blank between", ["CL301", "CL001"]),
        ("# corefile: ignore[CL301]", "below", ["CL301", "CL001"]),
        ("# corefile: ignore[CL301]", "first line", ["CL301", "CL001"]),
        ("# corefile: ignore-file[CL301] why", "first line", []),
        ("# corefile: ignore-file[CL301]", "last line", []),
        ("# corefile: ignore[CL101]", "behind", ["CL301", "CL001"]),
        ("# corefile: ignore[CL101, CL301]", "behind", ["CL001"]),
        ("# corefile: ignore[CL999]", "behind", ["CL301", "CL002"]),
        ("# corefile: ignore[CL301, nothing]", "behind", ["CL002"]),
        ("# corefile: ignore[CF204]", "behind", ["CL301", "CL002"]),
        ("# corefile: ignore[CL001]", "behind", ["CL301", "CL002"]),
        ("# corefile: ignore", "behind", ["CL301", "CL002"]),
        ("# corefile: ignore[]", "behind", ["CL301", "CL002"]),
        ("# corefile: ignore[CL301", "behind", ["CL301", "CL002"]),
        ("# corefile: ingore[CL301]", "behind", ["CL301", "CL002"]),
        ("# corefile: the one of the office", "behind", ["CL301"]),
        ("# the corefile: ignore[CL301]", "behind", ["CL301"]),
        ("# corefile: ignore[CF404]", "behind", ["CL301"]),
    ],
)
def test_a_comment_ignores_what_it_names_where_it_stands(comment: str, place: str, codes: list[str]) -> None:
    assert [code for code, _ in found(with_comment(comment, place))] == codes


def test_a_number_sign_inside_a_quoted_word_is_no_comment() -> None:
    text = '. {\n    forward . 127.0.0.1\n    log . "# corefile: ignore-file[CL301]"\n}\n'
    assert [code for code, _ in found(text)] == ["CL301"]


def test_a_comment_is_for_all_lines_of_a_word_with_line_ends() -> None:
    text = '. {\n    # corefile: ignore[CF401]\n    log . "a\n{$UNSET}"\n}\n'
    assert check(text).compiled.diagnostics == ()


@pytest.mark.parametrize(
    ("message", "help"),
    [
        ("CL310", "did you mean 'CL301'?"),
        ("forward-lop", "did you mean 'forward-loop'?"),
        ("CL001", "leave it out with '--ignore CL001'"),
        ("CF101", ""),
    ],
)
def test_what_is_said_of_a_wrong_code(message: str, help: str) -> None:  # noqa: A002 - as in every output
    (one,) = check(f"# corefile: ignore[{message}]\n. {{\n}}\n").extra
    assert (one.code, one.help) == ("CL002", help)
    assert message in one.message


def test_warnings_of_the_environment_can_be_ignored_and_the_verdict_stays() -> None:
    text = ". {\n    forward . resolver.example.org # corefile: ignore[host-name-needed]\n}\n"
    checked = check(text)
    assert (checked.compiled.verdict, checked.compiled.diagnostics, checked.extra) == ("environment", (), ())


def test_a_refusal_cannot_be_ignored() -> None:
    text = ". {\n    forward . resolver.example.org # corefile: ignore[CF404, CF201]\n    whoamii\n}\n"
    compiled = check(text).compiled
    assert [one.code for one in compiled.diagnostics] == ["CF201"]
    assert (compiled.verdict, compiled.refusal) == ("reject", 0)


def test_of_a_refused_file_nothing_is_unused() -> None:
    text = ". {\n    # corefile: ignore[CL301]\n    forward . 127.0.0.1 {\n        max_fails x\n    }\n}\n"
    assert found(text) == []


def test_a_rule_that_was_not_asked_leaves_no_comment_unused() -> None:
    text = "# corefile: ignore-file[CL301]\n. {\n    whoami\n}\n"
    assert found(text, "CL001", "CL201") == []
    assert [code for code, _ in found(text, "CL001", "CL301")] == ["CL001"]


def test_without_suppressions_comments_are_comments() -> None:
    given = text_input(with_comment("# corefile: ignore[CL301, CL999]", "behind"))
    checked = linter()._replace(suppressions=False).check(given)
    assert [one.code for one in checked.extra] == ["CL301"]


def test_a_comment_in_an_imported_file_is_for_what_stands_there(tmp_path: Path) -> None:
    (tmp_path / "common").write_text("forward . 127.0.0.1 # corefile: ignore[CL301]\n")
    assert check(". {\n    import common\n}\n", folder=tmp_path).extra == ()
    text = ".:53 {\n    import common\n}\n.:54 {\n    forward . 127.0.0.1:54\n}\n"
    assert [(one.code, one.span.line) for one in check(text, folder=tmp_path).extra] == [("CL301", 5)]


def test_a_comment_of_an_imported_file_may_serve_others(tmp_path: Path) -> None:
    (tmp_path / "common").write_text("whoami # corefile: ignore[CL301]\n")
    assert check(". {\n    import common\n}\n", folder=tmp_path).extra == ()


def test_a_comment_in_a_snippet_is_for_every_import_of_it() -> None:
    text = "(up) {\n    forward . 127.0.0.1 # corefile: ignore[CL301]\n}\nexample.org {\n    import up\n}\n"
    assert found(f"{text}example.net {{\n    import up\n}}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (". {\n    whoami # corefile: ignore[CL301] why\n}\n", ". {\n    whoami\n}\n"),
        (". {\n    # corefile: ignore[CL301]\n    whoami\n}\n", ". {\n    whoami\n}\n"),
        ("# corefile: ignore-file[CL301]\n. {\n}\n", ". {\n}\n"),
        (". {\n}\n# corefile: ignore-file[CL301]", ". {\n}\n"),
        (
            ". {\n    forward . 127.0.0.1 # corefile: ignore[CL101,CL301] why\n}\n",
            ". {\n    forward . 127.0.0.1 # corefile: ignore[CL301] why\n}\n",
        ),
        (
            ". {\n    whoami # corefile: ignore[CL301] # and more\n}\n",
            ". {\n    whoami # corefile: ignore[CL301] # and more\n}\n",
        ),
    ],
)
def test_an_unused_comment_is_taken_out(before: str, after: str) -> None:
    assert mended(before, "CL001", "CL101", "CL301", unsafe=False).given.source.text == after


def test_a_text_beyond_the_limits_has_no_comments() -> None:
    text = "# corefile: ignore-file[CL301]\n. {\n a {" + " {\n" * 2 * DEPTH_LIMIT
    assert "CF116" in [one.code for one in check(text).compiled.diagnostics]


MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    . {
        # corefile: ignore[CF404]
        forward . resolver.example.org
        import custom/*.override
    }
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns-custom, namespace: kube-system}
data:
  a.override: |
    whoami # corefile: ignore[CL201]
    erratic
"""


def test_comments_and_findings_of_a_manifest_are_placed_in_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "cm.yaml"
    path.write_text(MANIFEST)
    (given,) = load(str(path))
    checked = Linter(Options(), rules=rules()).check(given)
    assert checked.compiled.diagnostics == ()
    assert [(one.code, one.span.path, one.span.line) for one in checked.extra] == [("CL201", str(path), 18)]


def test_selection_says_what_has_run(tmp_path: Path) -> None:
    path = tmp_path / "Corefile"
    path.write_text("# corefile: ignore-file[CL301]\n. {\n}\n")
    (report,) = Linter.of(Options(), Selection(ignore=("CL3",))).lint(str(path))
    assert report.diagnostics == ()
