"""Variables in words."""

from __future__ import annotations

import pytest

from corefile.syntax.environment import expand

ENV = {
    "A": "a",
    "B": "{$A}",
    "C": "{%A%}",
    "S": "x y",
    "D:-d": "default",
    "E": "",
    "LOOP": "{$LOOP}",
    "GROW": "{%GROW%}{%GROW%}x",
    "A{$B": "odd",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{$A}", "a"),
        ("{%A%}", "a"),
        ("x{$A}y{%A%}z{$A}", "xayaza"),
        ("{$B}", "a"),
        ("{%B%}", "a"),
        ("{$C}", "{%A%}"),
        ("{$S}", "x y"),
        ("{$E}", ""),
        ("{$D:-d}", "default"),
        ("{$}", "{$}"),
        ("{%%}", "{%%}"),
        ("{$}{$A}", "{$}{$A}"),
        ("{$A", "{$A"),
        ("{%A}", "{%A}"),
        ("$A ${A} {A}", "$A ${A} {A}"),
        ("{$A{$B}}", "odd}"),
    ],
)
def test_replacement(text: str, expected: str) -> None:
    assert expand(text, ENV).text == expected


def test_unset_is_empty_and_noted() -> None:
    assert expand("a{$X}b{%Y%}", {}) == ("ab", ("Y", "X"), False)


@pytest.mark.parametrize("text", ["{$LOOP}", "{%GROW%}"])
def test_a_value_that_contains_itself_ends(text: str) -> None:
    assert expand(text, ENV).endless
