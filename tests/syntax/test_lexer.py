"""Text to words: blanks, quotes, comments, line ends, bytes that are no UTF-8."""

from __future__ import annotations

import pytest

from corefile.ir.source import Source
from corefile.syntax import lexer
from corefile.syntax.lexer import BLANKS, TooLarge, decode, lex


def words(text: str) -> list[tuple[str, int]]:
    return [(word.text, word.line) for word in lex(Source("Corefile", text))]


def texts(text: str) -> list[str]:
    return [word for word, _ in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a b\tc", ["a", "b", "c"]),
        ("a#b c", ["a", "c"]),
        ("a #b c\nd", ["a", "d"]),
        ("a#b#c d # e", ["a", "d"]),
        ("#a\nb", ["b"]),
        ('"a"#b c\nd', ["a", "d"]),
        ('a"b c"d', ['a"b', 'c"d']),
        ('"a"b', ["a", "b"]),
        ('""', [""]),
        ('"a b#c"', ["a b#c"]),
        (r'"a\"b"', ['a"b']),
        (r'"a\nb"', [r"a\nb"]),
        (r'"a\\" b', [r"a\\", "b"]),
        (r'"\\\"" b', ['\\\\"', "b"]),
        (r"a\"b c", ['a\\"b', "c"]),
        ("a \\\nb", ["a", "\\", "b"]),
        ('"', []),
        ('a "', ["a"]),
        ('"\\', []),
        ('"a', ["a"]),
        ('"a\\', ["a"]),
        ('"a\\"', ['a"']),
        ('a "b c\n d', ["a", "b c\n d"]),
        ("who\rami\r\nlog", ["whoami", "log"]),
        ("a\r# b\rc\nd", ["a", "bc", "d"]),
        ('"a\rb"', ["a\rb"]),
        ("\r\ra", ["a"]),
        ("a\rb#c\rd e", ["ab", "e"]),
        ("a\x00b \x1c \u200b", ["a\x00b", "\x1c", "\u200b"]),
        ("\ufeffa", ["\ufeffa"]),
        ("{}{ }", ["{}{", "}"]),
        ('"{" "import"', ["{", "import"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize("blank", BLANKS)
def test_blanks_separate(blank: str) -> None:
    assert texts(f"a{blank}b") == ["a", "b"]


def test_only_lf_ends_a_line() -> None:
    assert words("a\x0bb\x0cc\x85d\u2028e\r\nf") == [("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1), ("f", 2)]


def test_a_word_in_quotes_has_the_line_on_which_it_begins() -> None:
    assert words('"a\nb" c\nd') == [("a\nb", 1), ("c", 2), ("d", 3)]
    assert words('a "b\\\nc"\nd') == [("a", 1), ("b\\\nc", 1), ("d", 3)]


def test_what_was_written_can_be_shown() -> None:
    first, second = lex(Source("Corefile", 'log "a\\"b"#c'))
    assert (first.raw, second.raw, second.text) == ("log", '"a\\"b"', 'a"b')
    assert second.span == ("Corefile", 1, 5, 1, 11, ())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a", "a"),
        (b"\xef\xbb\xbfa", "a"),
        (b"\xef\xbb\xbf\xef\xbb\xbfa", "\ufeffa"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\xe2\x82 a", "\ufffd\ufffd a"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"\xef\xbf\xbd", "\ufffd"),
        (b"a\x00b", "a\x00b"),
    ],
)
def test_bytes(data: bytes, expected: str) -> None:
    assert decode(data) == expected


def test_a_text_of_too_many_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexer, "TOKEN_LIMIT", 10)
    assert len(texts("a " * 8)) == 8
    with pytest.raises(TooLarge, match="words and lines"):
        texts("a " * 11)


@pytest.mark.parametrize("text", [" ", "\r", "#", '"', '" ', "\\", '"\\', "\n", "a#", "\xa0", "a\r"])
def test_long_runs_take_linear_time(text: str) -> None:
    """Each of them has been quadratic, or might be: 2 MB would then take hours."""
    assert len(texts(text * 200_000)) <= 200_000
