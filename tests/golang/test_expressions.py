"""Expressions against the verdicts of expr-lang 1.17.8 with CoreDNS's environments, recorded in `expressions.tsv`.

A row is the plugin whose environment is used, a JSON list (of `var` definitions `NAME=EXPRESSION`, then the
expression), and `reject` or the type of the value in Go's notation.
"""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.golang.exprlang import TEMPLATE, VIEW, Program, parse, variable_name_fault, with_variable
from corefile.golang.faults import SyntaxFault

TABLE = Path(__file__).parent.parent / "fixtures" / "golang" / "expressions.tsv"
PIECES = [
    *("name()", "size()", "do()", "'a'", "1", "2.5", "true", "nil", "[1]", "{a: 1}", "+", "-", "**", "==", "<", "and"),
    *("not", "in", "matches", "..", "??", "?", ":", "(", ")", "[", "]", "{", "}", ",", ".", "?.", "|", "len", "any"),
    *("#", ";", "let x =", "x", "if", "else", " ", "'", '"', "`", "\\", "/*", "//", "\n", "é", "$env", "::"),
]


def rows() -> list[list[str]]:
    return [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]


def parse_steps(plugin: str, steps: list[str]) -> Program:
    """Parse as plugin `template` does: each variable is known to the expressions after it."""
    environment = VIEW if plugin == "view" else TEMPLATE
    for step in steps[:-1]:
        name, _, text = step.partition("=")
        fault = variable_name_fault(name, environment)
        if fault is not None:
            raise fault
        environment = with_variable(environment, name, parse(text, environment).nature)
    return parse(steps[-1], environment)


@pytest.mark.parametrize(("plugin", "expression", "outcome"), rows())
def test_agrees_with_expr_lang(plugin: str, expression: str, outcome: str) -> None:
    steps = json.loads(expression)
    program, fault = None, None
    try:
        program = parse_steps(plugin, steps)
    except SyntaxFault as refusal:
        fault = refusal
    if fault is not None:
        assert outcome == "reject", fault.message
        assert 0 <= fault.start <= fault.end <= max(len(step) for step in steps)
        assert not fault.message.endswith(".")
    if program is not None:
        assert outcome != "reject"
        assert program.nature.kind == "func" or "len" in expression or program.nature.name == outcome


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("(" * 3_000 + "1" + ")" * 3_000, True),
        ("[" * 3_000 + "]" * 3_000, True),
        ("[" * 10_001 + "]" * 10_001, False),
        ("1" + "+1" * 4_000, True),
        ("1" + "+1" * 5_000, False),
        ("! " * 9_000 + "true", True),
        ("(" * 50_000, False),
    ],
    ids=["parentheses", "arrays", "too many arrays", "sum", "too long a sum", "negations", "unclosed"],
)
def test_nests_as_deep_as_expr_lang(text: str, accepted: bool) -> None:
    fault = None
    try:
        parse(text, VIEW)
    except SyntaxFault as refusal:
        fault = refusal
    assert (fault is None) == accepted


@pytest.mark.parametrize(
    ("text", "found", "message"),
    [
        ("nam() == 'a'", "nam", "'nam' is no name that this expression can use"),
        ("name == 'a'", "name == 'a'", "'==' cannot be applied to a function that is not called and a string"),
        ("size() > '512'", "size() > '512'", "'>' cannot be applied to an int and a string"),
        ("do() and size()", "do() and size()", "'and' cannot be applied to a bool and an int"),
        ("incidr(client_ip())", "incidr(client_ip())", "'incidr' takes 2 arguments, not 1"),
        ("incidr(client_ip(), 10)", "10", "'incidr' takes a string here, not an int"),
        ("name() matches '('", "'('", "the pattern is no regular expression: '(' is never closed: a ')' is missing"),
        ("name() = 'a'", "=", "'=' stands where no such thing is allowed"),
        ("name() ==", "", "the expression ends where a value is missing"),
        ("(do()", "", "the expression ends where ')' is allowed"),
        ("type() in [1]", "type() in [1]", "'in' cannot be applied to a string and an array"),
        ("'a", "'a", "the string is never closed: a ' is missing"),
        ("1 % 0", "1 % 0", "'%' divides by zero"),
    ],
)
def test_faults_point_at_their_cause(text: str, found: str, message: str) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse(text, VIEW)
    fault = caught.value
    assert (fault.message, text[fault.start : fault.end]) == (message, found)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_text_has_a_verdict(text: str) -> None:
    with suppress(SyntaxFault):
        parse(text, VIEW)


@given(st.text(max_size=30))
def test_any_characters_have_a_verdict(text: str) -> None:
    with suppress(SyntaxFault):
        parse(text, VIEW)
