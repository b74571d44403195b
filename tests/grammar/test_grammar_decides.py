"""The grammar decides: where it is changed, other texts are accepted and refused."""

from __future__ import annotations

import pytest
from corefile_grammar import generate, parser
from corefile_grammar.table import Grammar

from corefile.compiler import Compiled, compile_corefile
from corefile.formatter import format_corefile

CHANGES: list[tuple[str, tuple[str, str], str, list[str], list[str]]] = [
    (
        "a closing brace may stand on a directive's line",
        ("directive: LINE body* EOL", "directive: LINE body* EOL?"),
        ". { whoami }\n",
        ["CF102"],
        [],
    ),
    (
        "keys need braces",
        ("| unbraced", ""),
        ".\nwhoami\n}\n",
        [],
        ["CF102"],
    ),
    (
        "a comma needs no zone behind it",
        ("(COMMA KEYS)*", "(COMMA KEYS?)*"),
        "example.org, {\n    whoami\n}\n",
        ["CF105"],
        [],
    ),
    (
        "a directive has no block",
        ("directive: LINE body* EOL", "directive: LINE EOL"),
        ". {\n    cache {\n        success 1000\n    }\n    whoami\n}\n",
        [],
        ["CF105"],
    ),
    (
        "a block needs a directive",
        ("braced: keys OPEN entry* CLOSE", "braced: keys OPEN entry+ CLOSE"),
        ". {\n}\n",
        [],
        ["CF102"],
    ),
    (
        "a snippet's body is one line",
        ("snippet: SNIPPET OPEN raw* CLOSE", "snippet: SNIPPET OPEN LINE CLOSE"),
        "(a) {\n    log\n    errors\n}\n. {\n    whoami\n}\n",
        [],
        ["CF104"],
    ),
]


def codes(compiled: Compiled) -> list[str]:
    """Those of the parser's stage."""
    return [found.code for found in compiled.diagnostics if found.code < "CF120"]


@pytest.mark.parametrize(
    ("change", "text", "before", "after"), [case[1:] for case in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_a_change_of_the_grammar_changes_verdicts(
    change: tuple[str, str], text: str, before: list[str], after: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = compile_corefile(text)
    assert (compiled.verdict, codes(compiled)) == ("reject" if before else "accept", before)
    grammar = generate.text()
    assert grammar.count(change[0]) == 1
    monkeypatch.setattr(parser, "GRAMMAR", Grammar(generate.make(grammar.replace(*change))))
    compiled = compile_corefile(text)
    assert compiled.verdict == ("reject" if after else "accept")
    assert codes(compiled)[:1] == after
    assert format_corefile(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (". {\n whoami\n", "'whoami' is the end of the file, expected a directive or '}'"),
        (
            ". { whoami }",
            "'}' found on the line of a directive that has opened no block, expected '{' or the end of the line",
        ),
        (". {\n log {\n class error\n", "file ends inside the block of 'log', expected a property, '{' or '}'"),
        ("a,\n", "file ends after a comma, expected another zone"),
        ("a, {\n}\n", "'{' found after a comma, expected another zone"),
        ("(a)\nlog\n", "'log' found after snippet '(a)', expected '{'"),
        ("(a) {\n log\n", "file ends inside snippet 'a', expected more words, '{' or '}'"),
    ],
)
def test_a_message_says_what_the_parser_would_take(text: str, message: str) -> None:
    assert compile_corefile(text).diagnostics[0].message == message
