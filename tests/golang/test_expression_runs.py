"""What expressions give, against expr-lang 1.17.8 in CoreDNS's environments, recorded in `expression_runs.tsv`.

A row is the plugin, a JSON list (of `var` definitions `NAME=EXPRESSION`, then the expression), and the value as JSON,
`float F`, `duration NANOSECONDS` or `fails`.
"""

import base64
import json
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest

from corefile.golang.exprlang import TEMPLATE, VIEW, parse, with_variable
from corefile.golang.exprlang.compiler import compile_program
from corefile.golang.exprlang.networks import incidr
from corefile.golang.exprlang.values import Duration
from corefile.golang.faults import EvaluationFault, SyntaxFault

FIXTURES = Path(__file__).parent.parent / "fixtures" / "golang"


def metadata(label: str) -> str:
    return "NL" if label == "geoip/country" else ""


def group(name: object) -> str:
    groups = {"0": "www.example.org.", "1": "10", "host": "www"}
    return groups.get(str(name), "") if type(name) in (int, str) else ""


def live_environment() -> dict[str, object]:
    """The query that the table was recorded with."""
    return {
        "incidr": incidr,
        "metadata": metadata,
        "group": group,
        "type": lambda: "AAAA",
        "name": lambda: "www.example.org.",
        "class": lambda: "IN",
        "proto": lambda: "udp",
        "size": lambda: 64,
        "client_ip": lambda: "192.0.2.7",
        "port": lambda: "53535",
        "id": lambda: 4711,
        "opcode": lambda: 0,
        "do": lambda: True,
        "bufsize": lambda: 1232,
        "server_ip": lambda: "198.51.100.1",
        "server_port": lambda: "53",
    }


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (FIXTURES / name).read_text(encoding="utf-8").splitlines()]


def run_steps(plugin: str, steps: list[str]) -> object:
    environment, live = VIEW if plugin == "view" else TEMPLATE, live_environment()
    for step in steps[:-1]:
        name, _, text = step.partition("=")
        program = parse(text, environment)
        live[name] = compile_program(program)(live)
        environment = with_variable(environment, name, program.nature)
    return compile_program(parse(steps[-1], environment))(live)


def render(value: object) -> str:
    """A value in the table's notation."""
    if isinstance(value, Duration):
        return f"duration {value.nanoseconds}"
    if isinstance(value, float):
        return f"float {value}"
    return json.dumps(base64.b64encode(value).decode() if isinstance(value, bytes) else value)


@pytest.mark.parametrize(("plugin", "expression", "expected"), rows("expression_runs.tsv"))
def test_gives_what_expr_lang_gives(plugin: str, expression: str, expected: str) -> None:
    try:
        value = render(run_steps(plugin, json.loads(expression)))
    except (SyntaxFault, EvaluationFault):
        value = "fails"
    if expected.startswith("float "):
        expected = f"float {float(expected.removeprefix('float ').replace('+Inf', 'inf'))}"
    elif not expected.startswith(("duration", "fails")):
        expected, value = json.dumps(json.loads(expected)), json.dumps(json.loads(value))
        if value != expected:  # whole floats print without a point in Go's JSON
            assert json.loads(value) == json.loads(expected)
            return
    assert value == expected


ANY = {"any": "fromJSON('{}').x", "text": "fromJSON('\"a\"')", "list": "fromJSON('[1]')", "map": "fromJSON('{}')"}


@pytest.mark.parametrize(
    "expression",
    [
        "{text} * 2",
        "{text} / 2",
        "{text} ** 2",
        "{text} % 2",
        "{text} - 1",
        "{text}..2",
        "{text} < 1",
        "1 in {text}",
        "{list} in {map}",
        "{map}[{list}]",
        "{list}[{text}]",
        "{map}[1:2]",
        "take({list}, -1)",
        "fromPairs([{list}])",
        "groupBy([1], {list})",
        "name() matches fromJSON('\"(\"')",
        "{text}.x",
        "now().In({text})",
        "date('2024-01-01', '2006-01-02', 'Nowhere/Nothing')",
    ],
)
def test_values_that_do_not_fit_are_faults(expression: str) -> None:
    for name, value in ANY.items():
        expression = expression.replace(f"{{{name}}}", value)
    with pytest.raises(EvaluationFault):
        run_steps("view", [expression])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2.0 ** 5000", inf),
        ("(-2.0) ** 5001", -inf),
        ("(-2.0) ** 5000", inf),
        ("0.0 ** -1", inf),
        ("0.0 ** -2", inf),
        ("-1 / 0", -inf),
        ("1 in fromJSON('null')", False),
        ("duration('1h') + date('2024-01-01') == date('2024-01-01T01:00:00Z')", True),
        ("string(duration('90s'))", "1m30s"),
        ("date('2024-01-01').In(timezone('Europe/Paris')).Hour()", 1),
    ],
)
def test_edges(expression: str, expected: object) -> None:
    assert run_steps("view", [expression]) == expected


@pytest.mark.parametrize("plugin", ["view", "template"])
def test_every_accepted_expression_runs_or_fails_cleanly(plugin: str) -> None:
    for owner, expression, outcome in rows("expressions.tsv"):
        if owner == plugin and outcome != "reject":
            with suppress(EvaluationFault):
                run_steps(plugin, json.loads(expression))


def test_an_expression_too_deep_to_run_is_a_fault() -> None:
    program = parse("! " * 9_000 + "do()", VIEW)
    with pytest.raises(EvaluationFault, match="nests too deeply"):
        compile_program(program)
