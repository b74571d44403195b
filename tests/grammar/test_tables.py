"""The committed tables are those that Lark makes of the grammar, and Lark's parser over them gives Lark's trees."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corefile_grammar import generate, tables
from corefile_grammar.parser import Parser, Unexpected
from corefile_grammar.table import Build
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

GRAMMAR = Path(generate.__file__).parent
TERMINALS = ("KEYS", "COMMA", "SNIPPET", "OPEN", "CLOSE", "LINE", "EOL", "IMPORT")
STREAMS = (
    "",
    "IMPORT",
    "KEYS",
    "KEYS CLOSE",
    "KEYS COMMA KEYS COMMA KEYS OPEN CLOSE",
    "KEYS LINE EOL LINE EOL CLOSE KEYS OPEN LINE EOL CLOSE KEYS LINE EOL",
    "KEYS OPEN IMPORT LINE OPEN LINE LINE CLOSE EOL CLOSE",
    "KEYS OPEN LINE OPEN LINE OPEN OPEN LINE CLOSE CLOSE IMPORT CLOSE LINE OPEN CLOSE EOL CLOSE",
    "SNIPPET OPEN CLOSE SNIPPET OPEN LINE OPEN LINE OPEN CLOSE CLOSE LINE CLOSE IMPORT",
)


def test_tables_are_fresh() -> None:
    made = generate.render(generate.make(generate.text()))
    assert (GRAMMAR / "tables.py").read_text(encoding="utf-8") == made


def test_tables_are_data() -> None:
    """Nothing of Lark's own text is in them: names, numbers and one docstring."""
    allowed = (ast.Expr, ast.Assign, ast.AnnAssign, ast.ImportFrom)
    text = (GRAMMAR / "tables.py").read_text(encoding="utf-8")
    assert all(isinstance(statement, allowed) for statement in ast.parse(text).body)


PROGRAM = """
import sys
from corefile_grammar.parser import Parser
parser = Parser({})
parser.feed("KEYS", [])
parser.finish()
loaded = {name for name in sys.modules if name.startswith("lark")}
assert "lark.parsers.lalr_parser_state" in loaded
assert not loaded & {"lark.lark", "lark.load_grammar", "lark.parsers.earley", "lark.tree"}, loaded
import lark
from lark import Lark
assert lark.Lark is Lark is sys.modules["lark.lark"].Lark
assert not hasattr(lark, "nothing")
tree = lark.Lark("start: \\"a\\"", parser="lalr").parse("a")
assert tree.data == "start"
assert lark.exceptions.UnexpectedToken is sys.modules["corefile_grammar.lalr"].UnexpectedToken
"""


def test_of_lark_only_its_lalr_parser_is_loaded_and_the_rest_when_somebody_asks() -> None:
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{PROGRAM}"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def trees() -> dict[str, Build]:
    """Builders that give the trees that Lark gives."""

    def tree(name: str) -> Build:
        return lambda children: Tree(name, children)

    return {origin: tree(origin) for origin, *_ in tables.RULES}


def ours(stream: list[str]) -> object:
    parser = Parser(trees())
    try:
        for number, symbol in enumerate(stream):
            parser.feed(symbol, Token(symbol, str(number)))
        return parser.finish()
    except Unexpected as fault:
        return fault.terminal


def larks(stream: list[str]) -> object:
    tokens: Any = [Token(symbol, str(number)) for number, symbol in enumerate(stream)]
    try:
        return LARK.parse(tokens)
    except UnexpectedInput as fault:
        token: Any = getattr(fault, "token", None)
        return token.type


LARK: Any = generate.load(generate.text())


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
    assert parser.accepts() == {"OPEN", "COMMA", "LINE", "CLOSE", "IMPORT", "$END"}


@pytest.mark.parametrize(
    ("stream", "context"),
    [
        ("", "top"),
        ("IMPORT", "top"),
        ("KEYS", "keys"),
        ("KEYS COMMA", "zones"),
        ("KEYS COMMA KEYS", "keys"),
        ("SNIPPET", "snippet"),
        ("SNIPPET OPEN", "raw"),
        ("SNIPPET OPEN LINE OPEN CLOSE", "raw"),
        ("SNIPPET OPEN CLOSE", "top"),
        ("KEYS OPEN", "entry"),
        ("KEYS IMPORT", "entry"),
        ("KEYS OPEN LINE", "directive"),
        ("KEYS OPEN LINE EOL", "entry"),
        ("KEYS OPEN LINE OPEN", "body"),
        ("KEYS OPEN LINE OPEN LINE OPEN CLOSE", "body"),
        ("KEYS OPEN LINE OPEN CLOSE", "directive"),
        ("KEYS OPEN LINE OPEN CLOSE LINE", "directive"),
        ("KEYS LINE EOL CLOSE", "top"),
    ],
)
def test_what_the_next_word_is_taken_for(stream: str, context: str) -> None:
    parser = Parser({})
    for terminal in stream.split():
        parser.feed(terminal, [])
    assert parser.context == context


def test_a_terminal_that_may_not_stand_here_is_named() -> None:
    parser = Parser({})
    parser.feed("SNIPPET", None)
    with pytest.raises(Unexpected, match="KEYS, expected OPEN") as fault:
        parser.feed("KEYS", None)
    assert fault.value.terminal == "KEYS"
    assert fault.value.expected == {"OPEN"}
    parser.feed("OPEN", None)
    with pytest.raises(Unexpected, match="expected CLOSE, LINE, OPEN"):
        parser.finish()


def test_every_terminal_is_used() -> None:
    used = {symbol for state in tables.STATES for symbol in state if symbol.isupper()}
    assert used - {"$END"} == set(TERMINALS)


def reached() -> Iterator[int]:
    for state in tables.STATES:
        yield from (target for target in state.values() if target >= 0)


def test_every_state_is_reached() -> None:
    assert {*reached(), tables.DATA.start} == set(range(len(tables.STATES)))
