"""Regular expressions against Go's verdicts.

`regexps.tsv`: pattern as JSON, then the names of its groups as JSON or `!` and Go's reason. `regexp_matches.tsv`:
pattern, text, and what `FindStringSubmatch` gave. `LIMITS` are patterns too long for a table, with Go's answer.
"""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.golang.faults import SyntaxFault
from corefile.golang.regexp import check_regexp, compile_regexp, count_groups, group_names

FIXTURES = Path(__file__).parent.parent / "fixtures" / "golang"

LIMITS = [
    ("(" * 999 + "a" + ")" * 999, True),
    ("(" * 1000 + "a" + ")" * 1000, False),
    ("(" * 998 + "ab.c" + ")" * 998, True),
    ("(" * 999 + "a." + ")" * 999, False),
    ("(?:" * 5000 + "a" + ")" * 5000, True),
    ("(a" * 500 + ")" * 500, True),
    ("(a" * 501 + ")" * 501, False),
    ("(a|" * 400 + ")" * 400, True),
    ("(.|b." * 333 + ")" * 333, True),
    ("(.|b." * 334 + ")" * 334, False),
    ("(?:" + "a" * 3355 + "){1000}", True),
    ("(?:" + "a" * 3356 + "){1000}", False),
    ("(?:" + "." * 3300 + "){1000}", True),
    ("(?:" + "." * 3400 + "){1000}", False),
    ("a?" * 400 + "a" * 400, True),
    ("\\" * 500, True),
    ("\\" * 501, False),
    ("(" * 100_000, False),
    (")" * 100_000, False),
    ("[" * 100_000, False),
]


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (FIXTURES / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("pattern", "outcome"), rows("regexps.tsv"))
def test_agrees_with_go(pattern: str, outcome: str) -> None:
    text = json.loads(pattern)
    fault = check_regexp(text)
    if outcome.startswith("!"):
        assert fault is not None, outcome
        assert 0 <= fault.start <= fault.end <= len(text)
        assert "\n" in text or re.fullmatch(r"[^A-Z].*[^.]", fault.message)
    else:
        assert fault is None
        assert list(group_names(text)) == json.loads(outcome)


@pytest.mark.parametrize(("pattern", "accepted"), LIMITS)
def test_limits_are_those_of_go(pattern: str, accepted: bool) -> None:
    assert (check_regexp(pattern) is None) == accepted


@pytest.mark.parametrize(("pattern", "text", "found"), rows("regexp_matches.tsv"))
def test_finds_what_go_finds(pattern: str, text: str, found: str) -> None:
    regexp = compile_regexp(json.loads(pattern))
    groups = regexp.find(json.loads(text))
    assert (list(groups) if groups is not None else None) == json.loads(found)
    assert regexp.matches(json.loads(text)) == (groups is not None)


@pytest.mark.parametrize(
    ("pattern", "start", "end", "message"),
    [
        ("ab(c", 2, 3, "'(' is never closed: a ')' is missing"),
        ("ab)c", 2, 3, "')' closes nothing: no '(' is open here"),
        ("a|*b", 2, 3, "'*' has nothing before it to repeat"),
        ("ab**", 2, 4, "'**' repeats a repetition: put '(?:…)' around the first"),
        (r"a\1", 1, 3, r"'\1' refers back to a group, which Go's regular expressions cannot do"),
        (r"end\Z", 3, 5, r"'\Z' is unknown: '\z' is the end of the text"),
        ("^(?!x)", 1, 4, "'(?!' looks around, which Go's regular expressions cannot do"),
        ("(?<=x)y", 0, 4, "'(?<=' looks around, which Go's regular expressions cannot do"),
        ("x[z-a]", 2, 5, "'z-a' is a range whose end comes before its start"),
        ("x{2,1}", 1, 6, "'{2,1}' has its bounds the wrong way round"),
        ("x[abc", 1, 2, "'[' is never closed: a ']' is missing"),
    ],
)
def test_faults_point_at_their_cause(pattern: str, start: int, end: int, message: str) -> None:
    fault = check_regexp(pattern)
    assert fault is not None
    assert (fault.start, fault.end, fault.message) == (start, end, message)


def test_counts_groups() -> None:
    assert count_groups(r"^(a)(?:b)(?P<c>c)$") == 2


def test_a_class_that_re2_lacks_is_named() -> None:
    assert check_regexp(r"\p{Cn}") is None
    with pytest.raises(SyntaxFault, match="more than RE2 can compile"):
        compile_regexp(r"\p{Cn}")


@given(st.text(alphabet="ab()[]{}|*+?\\^$.-:,<>PpQELi1209=!é\n", max_size=30))
def test_any_text_has_a_verdict(pattern: str) -> None:
    fault = check_regexp(pattern)
    if fault is not None:
        assert 0 <= fault.start <= fault.end <= len(pattern)
