"""Command lines of `on`, taken apart."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.plugins.shell_words import ShellFault, split_shell_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("true", ("true",)),
        ('a \'b c\' "d \\" e" f\\ g', ("a", "b c", 'd " e', "f g")),
        ("a#b #c\nd", ("a#b", "d")),
        ("''", ("",)),
        ("'é'\"é\"", ("éé",)),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    assert split_shell_words(text) == words


@pytest.mark.parametrize("text", ["'a", '"a', "a\\", "é", "\\é", '"\\é"', "`a`"])
def test_refused(text: str) -> None:
    with pytest.raises(ShellFault):
        split_shell_words(text)


@given(st.lists(st.text(alphabet="ab #'\"\\$é\n", max_size=5)))
def test_what_is_quoted_comes_back(words: list[str]) -> None:
    assert split_shell_words(shlex.join(words)) == tuple(words)
