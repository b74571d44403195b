"""The generator of `tables.py`: the LALR tables that Lark makes of `corefile.lark`, as plain data.

Importing Lark and building the tables takes longer than reading a Corefile, so this is done when the grammar changes:
`python -m corefile_grammar.generate`. A test compares what is committed with what Lark makes, and the trees of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

from lark import Lark, Token
from lark.grammar import Rule
from lark.lexer import Lexer, LexerState
from lark.parsers.lalr_analysis import Shift

from corefile_grammar.parser import APPEND, BUILD, LIST, PASS

Rules: TypeAlias = list[tuple[str, int, int, int]]
States: TypeAlias = list[dict[str, int]]

HERE = Path(__file__).parent


class GivenTokens(Lexer):
    """A lexer that passes on the `lark.Token`s it is given: the words and lines are made elsewhere."""

    __future_interface__ = 1

    def __init__(self, conf: object) -> None:
        pass

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:  # noqa: ARG002 - Lark's signature
        """The tokens, in their order."""
        return iter(cast(Any, lexer_state).text)


def load() -> Lark:
    """Lark's own parser of the grammar."""
    text = (HERE / "corefile.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start="corefile", lexer=GivenTokens, maybe_placeholders=False)


def tables() -> tuple[Rules, States, int, int]:
    """The rules as (origin, length, kind, spliced child), what a symbol does in each state, the first state, the last.

    A symbol goes to state n with n >= 0, and reduces by rule -n - 1 with n < 0.
    """
    lark: Any = load()
    table = lark.parser.parser._parse_table
    rule = {rule: index for index, rule in enumerate(lark.rules)}
    number = _numbers(table.states, table.start_states["corefile"])
    states: States = [{} for _ in number]
    for state, actions in table.states.items():
        for symbol, (action, target) in sorted(actions.items()):
            states[number[state]][symbol] = number[target] if action is Shift else -rule[target] - 1
    return [describe(each) for each in lark.rules], states, 0, number[table.end_states["corefile"]]


def _numbers(states: Any, start: Any) -> dict[Any, int]:
    """States in the order in which symbols in alphabetical order lead to them: Lark's own numbers vary."""
    number = {start: 0}
    for state in (reached := [start]):
        for _, (action, target) in sorted(states[state].items()):
            if action is Shift and target not in number:
                number[target] = len(number)
                reached.append(target)
    return number


def describe(rule: Rule) -> tuple[str, int, int, int]:
    """What a reduction by a rule does: see the kinds in `parser.py`."""
    origin = str(rule.origin.name)
    names = [str(symbol.name) for symbol in rule.expansion]
    spliced = next((index for index, name in enumerate(names) if name.startswith("__")), -1)
    if origin.startswith("__"):
        return origin, len(names), APPEND if spliced == 0 else LIST, -1
    kind = PASS if rule.options.expand1 and len(names) == 1 else BUILD
    return origin, len(names), kind, spliced


def render(rules: Rules, states: States, start: int, end: int) -> str:
    """The text of `tables.py`."""
    lines = [
        '"""Made of corefile.lark by `python -m corefile_grammar.generate`; do not edit."""',
        "",
        f"START = {start}",
        f"END = {end}",
        "",
        "# (origin, length, kind, spliced child); the kinds are in parser.py",
        "RULES: tuple[tuple[str, int, int, int], ...] = (",
        *(f"    {rule!r},".replace("'", '"') for rule in rules),
        ")",
        "",
        "# for each state: symbol to next state, or to -rule - 1",
        "STATES: tuple[dict[str, int], ...] = (",
    ]
    for state in states:
        actions = [f'        "{symbol}": {target},' for symbol, target in state.items()]
        lines += ["    {", *actions, "    },"] if actions else ["    {},"]
    return "\n".join([*lines, ")", ""])


if __name__ == "__main__":
    (HERE / "tables.py").write_text(render(*tables()), encoding="utf-8")
