"""A grammar as Lark's parser wants it, made of plain data: see `tables.py` for `corefile.lark`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, Literal, NamedTuple, TypeAlias

from corefile_grammar.lalr import IntParseTable, NonTerminal, Reduce, Rule, RuleOptions, Shift, Terminal

START = "corefile"

RuleData: TypeAlias = "tuple[str, tuple[str, ...], str, bool]"
"""Origin, symbols, alias, and whether a rule of one child stands for that child (`?` in the grammar)."""

StateData: TypeAlias = "Mapping[str, int]"
"""What a symbol does: go to a state with n >= 0, reduce by rule -n - 1 with n < 0."""

Build: TypeAlias = "Callable[[list[Any]], Any]"
"""Makes a node of the values of its children, repetitions spliced in."""

Context: TypeAlias = 'Literal["top", "zones", "keys", "snippet", "raw", "entry", "directive", "body"]'
"""What a word is taken for: it follows from the terminals that a state has an action for."""


class GrammarData(NamedTuple):
    """What `tables.py` holds."""

    rules: Sequence[RuleData]
    states: Sequence[StateData]
    start: int
    end: int


class Grammar:
    """Rules and states as objects of Lark; `contexts` has one for each state."""

    __slots__ = ("contexts", "rules", "table")

    def __init__(self, data: GrammarData) -> None:
        self.rules = [_rule(number, *each) for number, each in enumerate(data.rules)]
        states = {
            state: {symbol: (Shift, to) if to >= 0 else (Reduce, self.rules[-to - 1]) for symbol, to in row.items()}
            for state, row in enumerate(data.states)
        }
        table: Any = IntParseTable  # Lark says no types of its arguments
        self.table: Any = table(states, {START: data.start}, {START: data.end})
        self.contexts: list[Context] = [_context(row) for row in data.states]

    def callbacks(self, build: Mapping[str, Build]) -> dict[Any, Build]:
        """What Lark is to call for each rule and terminal; `build` has functions by alias or origin of a rule."""
        found: dict[Any, Build] = {rule: _callback(rule, build) for rule in self.rules}
        found.update((symbol.name, _value) for rule in self.rules for symbol in rule.expansion if symbol.is_term)
        return found


_value: Build = attrgetter("value")
_only: Build = itemgetter(0)


def _rule(order: int, origin: str, symbols: tuple[str, ...], alias: str, passes: bool) -> Rule:
    expansion = [Terminal(name) if name.isupper() else NonTerminal(name) for name in symbols]
    return Rule(NonTerminal(origin), expansion, order, alias or None, RuleOptions(expand1=passes))


def _callback(rule: Rule, build: Mapping[str, Build]) -> Build:
    """Lark makes rules of its own for repetitions; their names begin with `__`."""
    names = [symbol.name for symbol in rule.expansion]
    repeated = next((index for index, name in enumerate(names) if name.startswith("__")), -1)
    if rule.origin.name.startswith("__"):
        return _grown if repeated == 0 else _same
    if rule.options.expand1 and len(names) == 1:
        return _only
    make = build.get(rule.alias or rule.origin.name, _same)
    if repeated < 0:
        return make

    def spliced(children: list[Any]) -> Any:
        children[repeated : repeated + 1] = children[repeated]
        return make(children)

    return spliced


def _same(children: list[Any]) -> Any:
    return children


def _grown(children: list[Any]) -> Any:
    """A repetition grows by what stands behind it, one value or several."""
    found, *more = children
    found.extend(more)
    return found


def _context(row: StateData) -> Context:
    if "EOL" in row:
        return "directive"
    if "KEYS" in row:
        return "top" if "SNIPPET" in row else "zones"
    if "COMMA" in row or ("OPEN" in row and "$END" in row):
        return "keys"
    if "OPEN" in row:
        return "body" if "IMPORT" in row else "raw" if "LINE" in row else "snippet"
    return "entry"
