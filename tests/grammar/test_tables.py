"""The committed tables are those that Lark makes of the grammar, and give the trees that Lark gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corefile_grammar import generate, tables
from corefile_grammar.parser import BUILD, Build, Parser, UnexpectedLine
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

GRAMMAR = Path(generate.__file__).parent
TERMINALS = ("KEYS", "SNIPPET", "OPEN", "CLOSE", "DIRECTIVE", "LINE", "REST", "IMPORT", "END")
STREAMS = (
    "",
    "IMPORT",
    "KEYS END",
    "KEYS OPEN CLOSE",
    "KEYS DIRECTIVE DIRECTIVE END KEYS OPEN DIRECTIVE CLOSE",
    "KEYS OPEN IMPORT DIRECTIVE OPEN LINE LINE CLOSE CLOSE",
    "KEYS OPEN DIRECTIVE OPEN LINE OPEN OPEN LINE CLOSE CLOSE IMPORT CLOSE REST OPEN CLOSE CLOSE",
    "SNIPPET OPEN CLOSE SNIPPET OPEN LINE OPEN LINE OPEN CLOSE CLOSE LINE CLOSE IMPORT",
)


def test_tables_are_fresh() -> None:
    assert (GRAMMAR / "tables.py").read_text(encoding="utf-8") == generate.render(*generate.tables())


def test_tables_are_data() -> None:
    """Nothing of Lark's own text is in them: names, numbers and one docstring."""
    allowed = (ast.Expr, ast.Assign, ast.AnnAssign)
    text = (GRAMMAR / "tables.py").read_text(encoding="utf-8")
    assert all(isinstance(statement, allowed) for statement in ast.parse(text).body)


def test_reading_a_corefile_does_not_need_lark() -> None:
    parser = (GRAMMAR / "parser.py").read_text(encoding="utf-8")
    names = [node.module for node in ast.walk(ast.parse(parser)) if isinstance(node, ast.ImportFrom)]
    assert not any((name or "").startswith("lark") for name in names)


def trees() -> dict[str, Build]:
    """Builders that give the trees that Lark gives."""

    def tree(name: str) -> Build:
        return lambda children: Tree(name, children)

    return {origin: tree(origin) for origin, _, kind, _ in tables.RULES if kind == BUILD}


def ours(stream: list[str]) -> object:
    parser = Parser(trees())
    try:
        for number, symbol in enumerate(stream):
            parser.feed(symbol, Token(symbol, str(number)))
        return parser.finish()
    except UnexpectedLine as fault:
        return fault.symbol


def larks(stream: list[str]) -> object:
    tokens: Any = [Token(symbol, str(number)) for number, symbol in enumerate(stream)]
    try:
        return LARK.parse(tokens)
    except UnexpectedInput as fault:
        token: Any = getattr(fault, "token", None)
        return token.type


LARK: Any = generate.load()


@pytest.mark.parametrize("stream", STREAMS)
def test_the_trees_are_larks(stream: str) -> None:
    assert isinstance(ours(stream.split()), Tree)
    assert ours(stream.split()) == larks(stream.split())


@st.composite
def walks(draw: st.DrawFn) -> list[str]:
    """Streams that mostly fit: each terminal is one that may come next."""
    parser, found = Parser({}), list[str]()
    for _ in range(draw(st.integers(0, 40))):
        symbol = draw(st.sampled_from(sorted(parser.accepts() - {"$END"})))
        parser.feed(symbol, None)
        found.append(symbol)
    return found


@settings(max_examples=300)
@given(walks() | st.lists(st.sampled_from(TERMINALS), max_size=6))
def test_the_trees_are_larks_for_any_stream(stream: list[str]) -> None:
    assert ours(stream) == larks(stream)


def test_what_may_come_next() -> None:
    parser = Parser({})
    assert parser.accepts() == {"IMPORT", "KEYS", "SNIPPET", "$END"}
    parser.feed("KEYS", None)
    assert parser.accepts() == {"OPEN", "DIRECTIVE", "IMPORT", "END"}


def test_a_line_that_may_not_stand_here_is_named() -> None:
    parser = Parser({})
    parser.feed("SNIPPET", None)
    with pytest.raises(UnexpectedLine, match="KEYS, expected OPEN") as fault:
        parser.feed("KEYS", None)
    assert fault.value.symbol == "KEYS"
    assert fault.value.expected == {"OPEN"}
    parser.feed("OPEN", None)
    with pytest.raises(UnexpectedLine, match="expected CLOSE, LINE, OPEN"):
        parser.finish()


def test_every_terminal_is_used() -> None:
    used = {symbol for state in tables.STATES for symbol in state if symbol.isupper()}
    assert used - {"$END"} == set(TERMINALS)


def reached() -> Iterator[int]:
    for state in tables.STATES:
        yield from (target for target in state.values() if target >= 0)


def test_every_state_is_reached() -> None:
    assert {*reached(), tables.START} == set(range(len(tables.STATES)))
