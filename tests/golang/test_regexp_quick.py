"""What Python's `re` is trusted with: the same answers as RE2, and no pattern that could take long."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.golang.regexp import check_regexp, compile_regexp
from corefile.golang.regexp_quick import LONGEST, translate

TABLE = Path(__file__).parent.parent / "fixtures" / "golang" / "regexps.tsv"
PIECES = [
    "a",
    "b",
    "-",
    "\\.",
    ".",
    "[a-b]",
    "[^.]",
    "\\d",
    "*",
    "+",
    "?",
    "{1,2}",
    "(",
    ")",
    "|",
    "^",
    "$",
    "(?:",
    "x*?",
]


@pytest.mark.parametrize(
    ("pattern", "quick"),
    [
        (r"(.*)\.example\.org\.$", True),
        (r"^ip-([0-9]*)-([0-9]*)-([0-9]*)-([0-9]*)[.]example[.]$", True),
        (r"^(?P<host>[^.]+)\.(?P<zone>[^.]+)\.example\.$", True),
        (r"\.cluster\.local\.$", True),
        (r"^(.*)-(.*)-(.*)\.example\.$", False),
        (r"^(a*)*$", False),
        (r"(?i)www", False),
        (r"[\d-z]", False),
        (r"[a--]", False),
        (r"\pL+", False),
        (r"x{01}", False),
    ],
)
def test_only_plain_patterns_are_quick(pattern: str, quick: bool) -> None:
    assert (translate(pattern) is not None) == quick


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), st.text(alphabet="ab-.1x\né", max_size=12))
def test_quick_patterns_find_what_re2_finds(pattern: str, text: str) -> None:
    if check_regexp(pattern) is not None or translate(pattern) is None:
        return
    assert compile_regexp(pattern).find(text) == compile_regexp(f"(?U:){pattern}").find(text)


@pytest.mark.parametrize(
    "text", ["a" * LONGEST, "1" * (LONGEST - 1) + "x", "-." * (LONGEST // 2), "ab" * (LONGEST // 2)]
)
def test_quick_patterns_stay_quick(text: str) -> None:
    patterns = [json.loads(line.split("\t")[0]) for line in TABLE.read_text(encoding="utf-8").splitlines()]
    for pattern in patterns:
        if check_regexp(pattern) is None and translate(pattern) is not None:
            find = compile_regexp(pattern).find
            start = time.process_time()
            find(text)
            assert time.process_time() - start < 0.05, pattern


def test_long_texts_and_texts_of_lines_are_matched_too() -> None:
    regexp = compile_regexp(r"(.*)b$")
    assert regexp.find("a" * 1000 + "b") == ("a" * 1000 + "b", "a" * 1000)
    assert regexp.find("a\nb") == ("b", "")
