"""Which word is suggested for which slip of the finger."""

from __future__ import annotations

import pytest

from corefile.diag.suggest import distance, suggest

PLUGINS = ("cache", "chaos", "cancel", "errors", "erratic", "forward", "hosts", "loop", "log", "prometheus", "route53")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("cahce", "cache"),
        ("error", "errors"),
        ("Forward", "forward"),
        ("fowrad", "forward"),
        ("promethues", "prometheus"),
        ("lop", "loop"),
        ("lgo", "log"),
        ("route35", "route53"),
        ("hostz", "hosts"),
        ("proxy", None),
        ("", None),
        ("x", None),
        ("federation", None),
        ("cache", None),
    ],
)
def test_nearest_name(word: str, expected: str | None) -> None:
    assert suggest(word, PLUGINS) == expected


def test_no_candidates() -> None:
    assert suggest("cache", ()) is None


def test_same_first_letter_wins() -> None:
    assert suggest("log", ("dog", "lag")) == "lag"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("ab", "ba", 1), ("abc", "xyz", 3)],
)
def test_distance(a: str, b: str, expected: int) -> None:
    assert distance(a, b, 5) == expected
    assert distance(b, a, 5) == expected


def test_distance_stops_at_its_limit() -> None:
    assert distance("abcdefgh", "zyxwvuts", 2) == 3
