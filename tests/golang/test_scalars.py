"""Scalars and string literals against Go's own verdicts, recorded in `fixtures/golang/scalars.tsv`.

A row is the kind (with bits and base for integers), the word as JSON, and what Go made of it: the value, or `!reason`.
"""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.golang.faults import ValueFault
from corefile.golang.quoting import quote, unquote
from corefile.golang.values import (
    parse_atoi,
    parse_bool,
    parse_duration,
    parse_float,
    parse_int,
    parse_uint,
    render_duration,
)

TABLE = Path(__file__).parent.parent / "fixtures" / "golang" / "scalars.tsv"


def rows() -> list[tuple[str, str, str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [(kind, json.loads(word), outcome) for kind, word, outcome in (line.split("\t") for line in lines)]


def outcome_of(kind: str, word: str) -> str:
    """What our reader makes of the word, in the table's notation."""
    name, *numbers = kind.split(":")
    sizes = [int(number) for number in numbers]
    match name:
        case "duration":
            nanoseconds = parse_duration(word)
            return f"{nanoseconds} {render_duration(nanoseconds)}"
        case "int":
            return str(parse_int(word, *sizes))
        case "uint":
            return str(parse_uint(word, *sizes))
        case "atoi":
            return str(parse_atoi(word))
        case "float":
            return parse_float(word).hex()
        case "bool":
            return str(parse_bool(word)).lower()
        case "quote":
            return quote(word)
        case _:
            return unquote(word).encode("utf-8", "surrogateescape").hex()


@pytest.mark.parametrize(("kind", "word", "expected"), rows())
def test_agrees_with_go(kind: str, word: str, expected: str) -> None:
    try:
        outcome = outcome_of(kind, word)
    except ValueFault as fault:
        outcome = "!" + fault.reason
    if kind == "float" and not expected.startswith("!"):
        expected = float.fromhex(expected).hex()
    assert outcome == expected


@pytest.mark.parametrize("nanoseconds", [0, 1, -1, 1_500, 10**9, -(1 << 63), (1 << 63) - 1, 5_400 * 10**9])
def test_rendered_duration_parses_to_itself(nanoseconds: int) -> None:
    assert parse_duration(render_duration(nanoseconds)) == nanoseconds


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_any_short_duration_parses_to_itself(nanoseconds: int) -> None:
    assert abs(parse_duration(render_duration(nanoseconds)) - nanoseconds) <= 1  # Go's floats may lose a nanosecond


@given(st.text(max_size=40))
def test_quoting_is_undone_by_unquoting(text: str) -> None:
    assert unquote(quote(text)) == text


@given(st.text(max_size=30), st.sampled_from(["duration", "int:64:0", "uint:16:10", "float", "bool", "unquote"]))
def test_any_text_is_a_value_or_a_value_fault(text: str, kind: str) -> None:
    with suppress(ValueFault):
        outcome_of(kind, text)


def test_faults_say_what_is_allowed() -> None:
    with pytest.raises(ValueFault, match="duration '5' has no unit: allowed are ns, us, ms, s, m and h"):
        parse_duration("5")
    with pytest.raises(ValueFault, match="70000 is out of range: an unsigned integer from 0 to 65535 is allowed here"):
        parse_uint("70000", 16)
