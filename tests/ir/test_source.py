"""Places in texts, and values that print as they should."""

from __future__ import annotations

import pytest

from corefile.ir.source import Source, Word
from corefile.ir.values import Duration, Secret
from corefile.syntax.lexer import lex


def test_lines_and_columns() -> None:
    source = Source("Corefile", "a\nbé c\n")
    assert source.position(0) == (1, 1)
    assert source.position(5) == (2, 4)
    assert source.span(2, 4) == ("Corefile", 2, 1, 2, 3, ())
    assert [source.excerpt(line) for line in (0, 1, 2, 3, 4)] == ["", "a", "bé c", "", ""]


def test_a_text_inside_another() -> None:
    source = Source("x.yaml", "a\nb\nc", first_line=5, column_offsets=(10, 4))
    assert [source.position(at) for at in (0, 2, 4)] == [(5, 11), (6, 5), (7, 5)]
    assert source.excerpt(6) == "b"


@pytest.mark.parametrize(
    ("text", "part", "columns"),
    [
        ("log abcdef", (2, 4), (7, 9)),
        ("log abcdef", (2, 2), (7, 8)),
        ('log "abc def"', (4, 7), (10, 13)),
        (r'log "a\"bc"', (1, 2), (5, 12)),
        ("log a\rbc", (1, 2), (5, 9)),
    ],
)
def test_a_part_of_a_word(text: str, part: tuple[int, int], columns: tuple[int, int]) -> None:
    span = lex(Source("Corefile", text))[1].part(*part)
    assert (span.column, span.end_column) == columns


def test_words_are_shown_with_their_place() -> None:
    assert repr(lex(Source("Corefile", "a\nb"))[1]) == "Word('b', Corefile:2)"


def test_another_text_in_the_same_place() -> None:
    word = Word("{$A}", 1, 0, 4, Source("Corefile", "{$A}"))
    other = word.with_text("a")
    assert (other.text, other.raw, other.span) == ("a", "{$A}", word.span)


def test_durations() -> None:
    assert (str(Duration.of(90)), repr(Duration.of(0.5)), Duration.of(1.5).seconds) == ("1m30s", "Duration(500ms)", 1.5)


def test_secrets_are_not_printed() -> None:
    secret = Secret("hunter2")
    for printed in (str(secret), repr(secret), f"{secret}", f"{secret!r}", f"{secret:>10}", "%s" % secret, [secret]):  # noqa: UP031
        assert "hunter2" not in str(printed)
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2") != Secret("other")
