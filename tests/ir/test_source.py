"""Words and the places where they stand."""

from __future__ import annotations

import pytest

from corefile.ir.source import Source, Span, Word
from corefile.syntax.lexer import lex

SOURCE = Source("Corefile", 'ab "c d"\n"\\"e" {$F}\n')


def word(index: int) -> Word:
    return lex(SOURCE)[index]


@pytest.mark.parametrize(("line", "text"), [(0, ""), (1, 'ab "c d"'), (2, '"\\"e" {$F}'), (3, ""), (4, "")])
def test_excerpt(line: int, text: str) -> None:
    assert SOURCE.excerpt(line) == text


def test_lines_and_columns_of_a_text_inside_another() -> None:
    inside = Source("map.yaml", "a\nb c\n", first_line=10, column_offsets=(12, 4))
    assert [each.span[1:5] for each in lex(inside)] == [(10, 13, 10, 14), (11, 5, 11, 6), (11, 7, 11, 8)]


@pytest.mark.parametrize(
    ("index", "text", "part", "columns"),
    [
        (0, "ab", (1, 2), (2, 3)),
        (0, "ab", (1, 1), (2, 3)),
        (1, "c d", (2, 3), (7, 8)),
        (2, '"e', (1, 2), (1, 6)),
        (3, "value", (1, 2), (7, 11)),
    ],
    ids=["plain", "nothing is a letter", "quoted", "escaped: the whole", "from a variable: the whole"],
)
def test_a_part_of_a_word(index: int, text: str, part: tuple[int, int], columns: tuple[int, int]) -> None:
    span = word(index).with_text(text).part(*part)
    assert (span.column, span.end_column) == columns


def test_a_word_says_where_it_stands() -> None:
    assert repr(word(0)) == "Word('ab', Corefile:1)"
    assert word(1).span == Span("Corefile", 1, 4, 1, 9)
    assert word(1).raw == '"c d"'
