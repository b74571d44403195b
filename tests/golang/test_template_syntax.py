"""Templates against Go's verdicts when parsing with CoreDNS's functions, recorded in `templates.tsv`."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.golang.faults import SyntaxFault
from corefile.golang.texttemplate import parse

TABLE = Path(__file__).parent.parent / "fixtures" / "golang" / "templates.tsv"
FUNCTIONS = ("parseInt",)
PIECES = [
    *("{{", "}}", "{{- ", " -}}", ".Name", "$x", ":=", "=", " ", "|", "(", ")", "1", '"a"', "print", "if ", "end"),
    *("else", "range ", "with ", 'define "d"', "template", "block", "'", "`", "/*", "*/", "\\", "\n", "é", ",", "-"),
]


def rows() -> list[list[str]]:
    return [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]


def fault_of(text: str) -> SyntaxFault | None:
    try:
        parse(text, FUNCTIONS)
    except SyntaxFault as fault:
        return fault
    return None


@pytest.mark.parametrize(("template", "verdict"), rows())
def test_agrees_with_go(template: str, verdict: str) -> None:
    text = json.loads(template)
    fault = fault_of(text)
    assert ("accept" if fault is None else "reject") == verdict
    if fault is not None:
        assert 0 <= fault.start <= fault.end <= len(text)
        assert not fault.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("{{" + "(" * 10_000 + "1" + ")" * 10_000 + "}}", True),
        ("{{" + "(" * 10_001 + "1" + ")" * 10_001 + "}}", False),
        ("{{if true}}" * 2_000 + "{{end}}" * 2_000, True),
        ("{{if true}}" + "{{else if true}}" * 3_000 + "{{end}}", True),
        ("{{print" + " 1" * 5_000 + "}}", True),
        ("{{if true}}" * 100_000, False),
    ],
    ids=["parentheses", "too many parentheses", "blocks", "else if", "arguments", "unclosed"],
)
def test_nests_as_deep_as_go(text: str, accepted: bool) -> None:
    assert (fault_of(text) is None) == accepted


@pytest.mark.parametrize(
    ("text", "found", "message"),
    [
        ("a {{ .Name", "{{", "'{{' is never closed: '}}' is missing"),
        ("{{ lower .Name }}", "lower", "'lower' is no function that this template has"),
        ("{{ $x }}", "$x", "the variable '$x' is not declared before its use"),
        ("{{ if .Name }}a", "", "a block is never closed: '{{end}}' is missing"),
        ("{{ .Name }}{{ end }}", "end", "'{{end}}' closes nothing: no block is open here"),
        ("{{ .Name == 1 }}", "=", "'=' is not allowed in a command"),
        ("{{ (.Name }}", "{{ (.Name }}", "'(' is never closed: a ')' is missing before '}}'"),
        ("{{ break }}", "break", "'break' stands outside of a 'range'"),
        ("{{ .Name | 1 }}", "1", "a value cannot take what comes through '|'"),
        ("{{ 1a }}", "1a", "'1a' is not a number"),
        ("{{ template x }}", "x", "'x' is not allowed in 'template': a name in quotes is allowed"),
    ],
)
def test_faults_point_at_their_cause(text: str, found: str, message: str) -> None:
    fault = fault_of(text)
    assert fault is not None
    assert (fault.message, text[fault.start : fault.end]) == (message, found)


def test_a_definition_by_the_own_name_becomes_the_body() -> None:
    template = parse('{{define "answer"}}x{{end}}', FUNCTIONS, "answer")
    assert template.body is template.definitions["answer"]
    assert template.body


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text_has_a_verdict(text: str) -> None:
    with suppress(SyntaxFault):
        parse(text, FUNCTIONS)
