"""Corefiles in their usual form: only blanks change, and the meaning never."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.formatter import DEEPEST, format_corefile
from corefile.ir.source import Source
from corefile.syntax.lexer import lex
from tests.corefiles import corefile_texts

MESSY = """\
#  the zone


. {\t# main
\terrors
      log .  example.org# internal zones
  # who answers


\tforward . 192.0.2.1   192.0.2.2 {

 max_fails 3 # patient
      expire 10s     # short

 }



 cache "30"  # seconds
}
(common)
{ # shared
 log

}


a.example.org,  b.example.org:1053,
  c.example.org
{
import   common } x
"""

TIDY = """\
#  the zone

. { # main
    errors
    log . example.org# internal zones
    # who answers

    forward . 192.0.2.1 192.0.2.2 {
        max_fails 3 # patient
        expire 10s  # short
    }

    cache "30" # seconds
}
(common) { # shared
    log
}

a.example.org, b.example.org:1053,
c.example.org {
    import common } x
"""


def test_the_usual_form() -> None:
    assert format_corefile(MESSY) == TIDY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\n\n", ""),
        ("  \t", ""),
        ("a", "a\n"),
        ("\r\na\r\n\r\n\r\nb\r\n", "a\n\nb\n"),
        (". {\r whoami\r }", ". { whoami }\n"),
        ("who\rami", "whoami\n"),
        ('"a\r\nb"\r\n', '"a\r\nb"\n'),
        ("\ufeff. {\n}\n", ". {\n}\n"),
        ("\ufeff\ufeff. {\n}\n", "\ufeff\ufeff. {\n}\n"),
        (" \ufeffa", "\ufeff\ufeffa\n"),
        ("a\xa0\u2003b\u2028c\x85", "a b c\n"),
        ("a\u200bb  c", "a\u200bb c\n"),
        ("a\x00b", "a\x00b\n"),
        ("8.8.8.8#google  dns", "8.8.8.8#google dns\n"),
        ("}#x  y", "}#x y\n"),
        ('"a"b  "c"#d e', '"a" b "c" #d e\n'),
        ('a  "b \t\n  c"   d', 'a "b \t\n  c" d\n'),
        ('a "b  ', 'a "b  '),
        ('a  "', 'a "'),
        ('a\n "\\', 'a\n"\\'),
        ("#a\t \n# b\xa0", "#a\n# b\n"),
        ("# a\r b\r", "# a\r b\n"),
        ("{$A}  {%B%}", "{$A} {%B%}\n"),
        ("a\nlog   x\nerrors", "a\nlog x\nerrors\n"),
        (". {\nlog {\nclass error\n} errors\n}", ". {\n    log {\n        class error\n    } errors\n}\n"),
        (". {\n  log { class error }\n}", ". {\n    log { class error }\n}\n"),
        (". {\nlog\n{\nclass error\n}\n}", ". {\n    log\n    {\n        class error\n    }\n}\n"),
        (". {\n# a\n}\n# b", ". {\n    # a\n}\n# b\n"),
        ("a {\n}\n}\n}\nb {\n}", "a {\n}\n}\n}\nb {\n}\n"),
    ],
)
def test_blanks(text: str, expected: str) -> None:
    assert format_corefile(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\n{\n}", "a {\n}\n"),
        ("a # b\n{\n}", "a { # b\n}\n"),
        ("a\n{ # b\n}", "a { # b\n}\n"),
        ("a # b\n{ # c\n}", "a # b\n{ # c\n}\n"),
        ("a\n# b\n{\n}", "a\n# b\n{\n}\n"),
        ("a#b\n{#c\n}", "a#b {#c\n}\n"),
        ("a,\n{\n}", "a,\n{\n}\n"),
        ("} a\n{\n}", "} a {\n}\n"),
        ("{\n}", "{\n}\n"),
        ("import a\nb\n{\n}", "import a\nb\n{\n}\n"),
        ("{$A}\n{\n}", "{$A}\n{\n}\n"),
        ("a\n{ log\n}", "a\n{ log\n}\n"),
    ],
)
def test_an_opening_brace_moves_only_where_it_may(text: str, expected: str) -> None:
    assert format_corefile(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (". {\n log {$A}\n\n}", ". {\n    log {$A}\n\n}\n"),
        (". {\n log {$A}\n\n\n errors\n\n\n log\n}", ". {\n    log {$A}\n\n\n    errors\n\n    log\n}\n"),
        (". {\n log {$A}\n\n# a\n\n\n}", ". {\n    log {$A}\n\n    # a\n\n\n}\n"),
        (". {\n log {$A} b\n\n}", ". {\n    log {$A} b\n}\n"),
        (". {\n}\nlog {%A%}\n\n\n", ". {\n}\nlog {%A%}\n"),
    ],
)
def test_blank_lines_behind_a_variable_stay(text: str, expected: str) -> None:
    """Its value may end in line ends, which count."""
    assert format_corefile(text) == expected


def test_comments_stand_in_one_column() -> None:
    text = "a { # 1\nlog # 2\nerrors # 3\ncache 30\nready # 4\n\nreload # 5\nhosts { # 6\nttl 3 # 7\n}\n}"
    assert format_corefile(text) == (
        "a { # 1\n    log    # 2\n    errors # 3\n    cache 30\n    ready # 4\n\n"
        "    reload  # 5\n    hosts { # 6\n        ttl 3 # 7\n    }\n}\n"
    )


def test_indentation_ends_somewhere() -> None:
    formatted = format_corefile("a {\n" + "b {\n" * 100 + "}\n" * 101)
    assert max(len(line) for line in formatted.split("\n")) == 4 * DEEPEST + 3
    assert format_corefile(formatted) == formatted


def shape(text: str) -> list[tuple[str, bool]]:
    """Words, and whether each begins a line by the parser's rule. That of a moved brace does not matter to it."""
    words = lex(Source("Corefile", text.removeprefix("\ufeff")))
    begins = [before.line + before.text.count("\n") < word.line for before, word in pairwise(words)]
    return [(word.text, begun and word.text != "{") for word, begun in zip(words, [True, *begins], strict=False)]


def compiled(text: str, env: dict[str, str]) -> Compiled:
    files = {"/etc/coredns/x": b"x {\n", "/etc/coredns/y": b"log\n"}
    options = Options(env=env, read_import=files.get, list_imports=lambda: list(files))
    return compile_corefile(text, "/etc/coredns/Corefile", options)


ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {},
    {"A": "x\n"},
    {"A": "x\n\n", "B": "import"},
    {"A": "{", "B": "}"},
    {"A": "import", "B": "(s)"},
)


@settings(max_examples=400, deadline=None)
@given(corefile_texts(), st.sampled_from(ENVIRONMENTS))
@example("\ufeff\ufeffa", {})
def test_any_text_formatted_says_the_same(text: str, env: dict[str, str]) -> None:
    formatted = format_corefile(text)
    assert format_corefile(formatted) == formatted
    assert shape(formatted) == shape(text)
    before, after = compiled(text, env), compiled(formatted, env)
    assert after.verdict == before.verdict
    assert after.program == before.program
    assert refusal(after) == refusal(before)


def refusal(found: Compiled) -> tuple[str, str] | None:
    if found.refusal is None:
        return None
    diagnostic = found.diagnostics[found.refusal]
    return diagnostic.code, diagnostic.message
