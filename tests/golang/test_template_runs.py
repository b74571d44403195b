"""What templates print, against Go with data like that of CoreDNS's `template`, recorded in `template_runs.tsv`.

A row is the template and its text as JSON, or `fails`.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.golang.faults import EvaluationFault, SyntaxFault
from corefile.golang.texttemplate import parse
from corefile.golang.texttemplate.compiler import compile_template, evaluate
from corefile.golang.texttemplate.formatting import printer, sprintf
from corefile.golang.texttemplate.functions import StringMap

TABLE = Path(__file__).parent.parent / "fixtures" / "golang" / "template_runs.tsv"


class Question:
    def __init__(self) -> None:
        self.Name = "host-10-20.example.org."
        self.Qtype = 1
        self.Qclass = 1

    def String(self) -> str:  # noqa: N802 - Go's name
        return f";{self.Name}\tIN\t A"

    __str__ = String


class Message:
    def __init__(self) -> None:
        self.Id = 4711
        self.RecursionDesired = True
        self.Question = [Question()]

    def __str__(self) -> str:
        return ";; msg 4711"


class Data:
    """What the plugin offers: fields with capitals, and the method `Meta`."""

    def __init__(self) -> None:
        self.Zone = "example.org."
        self.Name = "host-10-20.example.org."
        self.Regex = "^host-(?P<a>[0-9]+)-(?P<b>[0-9]+)[.]"
        self.Match = ["host-10-20.", "10", "20"]
        self.Group = StringMap({"0": "host-10-20.", "1": "10", "2": "20", "a": "10", "b": "20"})
        self.Class = "IN"
        self.Type = "A"
        self.Message = Message()
        self.Question = Question()
        self.Remote = "192.0.2.7"
        self.Var: dict[str, object] = {
            "n": 5,
            "s": "text",
            "ok": True,
            "no": False,
            "f": 2.5,
            "big": 1e8,
            "none": None,
            "empty": "",
            "list": [1, "two", 3.0],
            "map": {"k": "v"},
            "uni": "é日本",
            "html": '<a href="x">&\'</a>',
        }

    def Meta(self, name: object) -> str:  # noqa: N802 - Go's name
        if not isinstance(name, str):
            raise TypeError
        return "eu-1" if name == "client/region" else ""


def rows() -> list[list[str]]:
    return [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("template", "outcome"), rows())
def test_prints_what_go_prints(template: str, outcome: str) -> None:
    try:
        printed = json.dumps(evaluate(parse(json.loads(template), ("parseInt",)), Data()))
    except (SyntaxFault, EvaluationFault):
        printed = "fails"
    assert printed == (outcome if outcome == "fails" else json.dumps(json.loads(outcome)))


def test_a_compiled_template_runs_again_and_again() -> None:
    run = compile_template(parse("{{ $x := .Name }}{{ range $i, $m := .Match }}{{ $i }}{{ $x }}{{ end }}"))
    assert run(Data()) == run(Data()) == "0host-10-20.example.org.1host-10-20.example.org.2host-10-20.example.org."


def test_endless_invocation_is_a_fault() -> None:
    run = compile_template(parse('{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}'))
    with pytest.raises(EvaluationFault, match="without end"):
        run(Data())


def test_a_template_too_deep_to_run_is_a_fault() -> None:
    with pytest.raises(EvaluationFault, match="nests too deeply"):
        compile_template(parse("{{if true}}" * 2_000 + "{{end}}" * 2_000))


@given(
    st.text(alphabet="%dxsv05-+ a.q[]*", max_size=12),
    st.lists(st.one_of(st.integers(-300, 300), st.text(max_size=3), st.booleans(), st.none(), st.floats()), max_size=3),
)
def test_a_prepared_printf_prints_the_same(text: str, values: list[object]) -> None:
    assert printer(text)(values) == sprintf(text, values)


@pytest.mark.parametrize(
    ("text", "size", "end"),
    [
        ("a%900000000db", 26, "a%!(NOVERB)%!(EXTRA int=1)"),
        ("%1000001d|", 1000002, "1|"),
        ("%10000000d|", 10000001, "1|"),
        ("%10000010d|", 25, "%!(NOVERB)%!(EXTRA int=1)"),
        ("%.900000000dx", 25, "%!(NOVERB)%!(EXTRA int=1)"),
        ("%-900000000sq", 25, "%!(NOVERB)%!(EXTRA int=1)"),
        ("%[1]900000000dz", 10, "%!(NOVERB)"),
        ("%00000000000005d|", 6, "00001|"),
        ("%" + "9" * 5000 + "d", 25, "%!(NOVERB)%!(EXTRA int=1)"),
    ],
)
def test_a_width_that_is_too_large_fills_no_memory(text: str, size: int, end: str) -> None:
    """As Go 1.26 prints them."""
    for printed in (printer(text)([1]), sprintf(text, [1])):
        assert (len(printed), printed[-len(end) :]) == (size, end)
