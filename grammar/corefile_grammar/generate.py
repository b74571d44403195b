"""The generator of `tables.py`: the LALR tables that Lark makes of `corefile.lark`, as plain data.

Reading the grammar and building the tables takes longer than reading a Corefile, so this is done when the grammar
changes: `python -m corefile_grammar.generate`. A test compares what is committed with what Lark makes, and the trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token
from lark.lexer import Lexer, LexerState
from lark.parsers.lalr_analysis import Shift

from corefile_grammar.table import START, GrammarData, RuleData

HERE = Path(__file__).parent


class GivenTokens(Lexer):
    """A lexer that passes on the `lark.Token`s it is given: the words and lines are made elsewhere."""

    __future_interface__ = 1

    def __init__(self, conf: object) -> None:
        pass

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:  # noqa: ARG002 - Lark's signature
        """The tokens, in their order."""
        return iter(cast(Any, lexer_state).text)


def text() -> str:
    """The grammar as it is written."""
    return (HERE / "corefile.lark").read_text(encoding="utf-8")


def load(grammar: str) -> Lark:
    """Lark's own parser of a grammar."""
    return Lark(grammar, parser="lalr", start=START, lexer=GivenTokens, maybe_placeholders=False)


def make(grammar: str) -> GrammarData:
    """The rules and states of a grammar."""
    lark: Any = load(grammar)
    table = lark.parser.parser._parse_table
    rule = {rule: index for index, rule in enumerate(lark.rules)}
    number = _numbers(table.states, table.start_states[START])
    states: list[dict[str, int]] = [{} for _ in number]
    for state, actions in table.states.items():
        for symbol, (action, target) in sorted(actions.items()):
            states[number[state]][symbol] = number[target] if action is Shift else -rule[target] - 1
    return GrammarData([_plain(each) for each in lark.rules], states, 0, number[table.end_states[START]])


def _numbers(states: Any, start: Any) -> dict[Any, int]:
    """States in the order in which symbols in alphabetical order lead to them: Lark's own numbers vary."""
    number = {start: 0}
    for state in (reached := [start]):
        for _, (action, target) in sorted(states[state].items()):
            if action is Shift and target not in number:
                number[target] = len(number)
                reached.append(target)
    return number


def _plain(rule: Any) -> RuleData:
    symbols = tuple(str(symbol.name) for symbol in rule.expansion)
    return str(rule.origin.name), symbols, str(rule.alias or ""), bool(rule.options.expand1)


def render(data: GrammarData) -> str:
    """The text of `tables.py`."""
    lines = [
        '"""Made of corefile.lark by `python -m corefile_grammar.generate`; do not edit."""',
        "",
        "from corefile_grammar.table import GrammarData, RuleData, StateData",
        "",
        "# (origin, symbols, alias, whether one child stands for itself)",
        "RULES: tuple[RuleData, ...] = (",
        *(f"    {rule!r},".replace("'", '"') for rule in data.rules),
        ")",
        "",
        "# for each state: symbol to next state, or to -rule - 1",
        "STATES: tuple[StateData, ...] = (",
    ]
    for state in data.states:
        actions = [f'        "{symbol}": {target},' for symbol, target in state.items()]
        lines += ["    {", *actions, "    },"] if actions else ["    {},"]
    return "\n".join([*lines, ")", "", f"DATA = GrammarData(RULES, STATES, {data.start}, {data.end})", ""])


if __name__ == "__main__":
    (HERE / "tables.py").write_text(render(make(text())), encoding="utf-8")
