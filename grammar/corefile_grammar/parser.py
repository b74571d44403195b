"""A push parser over the tables that Lark makes of `corefile.lark`.

The reader feeds it one line of words after the other. What is complete it builds at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from corefile_grammar.tables import END, RULES, START, STATES

BUILD, PASS, LIST, APPEND = range(4)
"""What a reduction makes: a node, its one value as it is, a new list of one, a list grown by one."""

Build = Callable[[list[Any]], Any]
"""Makes a node of the values of its children, repetitions spliced in."""


class UnexpectedLine(Exception):
    """A line that may not stand here: its terminal and those that might."""

    def __init__(self, symbol: str, expected: frozenset[str]) -> None:
        super().__init__(f"{symbol}, expected {', '.join(sorted(expected))}")
        self.symbol = symbol
        self.expected = expected


class Parser:
    """One parse; `build` has a function for each rule that makes a node."""

    __slots__ = ("_rules", "_states", "_values")

    def __init__(self, build: Mapping[str, Build]) -> None:
        self._states = [START]
        self._values: list[Any] = []
        self._rules = tuple((*rule, build.get(rule[0], list)) for rule in RULES)

    def accepts(self) -> frozenset[str]:
        """The terminals that may come next."""
        return frozenset(symbol for symbol in STATES[self._states[-1]] if symbol.isupper() and self._takes(symbol))

    def feed(self, symbol: str, value: Any) -> None:
        """Take the next line. Raises `UnexpectedLine`, which ends the parse."""
        states, values = self._states, self._values
        while True:
            action = STATES[states[-1]].get(symbol)
            if action is None:
                raise UnexpectedLine(symbol, self.accepts())
            if action >= 0:
                states.append(action)
                values.append(value)
                return
            self._reduce(-action - 1)

    def finish(self) -> Any:
        """The end of the text: the value of the whole. Raises `UnexpectedLine` where more must follow."""
        while self._states[-1] != END:
            action = STATES[self._states[-1]].get("$END")
            if action is None:
                raise UnexpectedLine("$END", self.accepts())
            self._reduce(-action - 1)
        return self._values[-1]

    def _takes(self, symbol: str) -> bool:
        """Whether a terminal fits: the state alone does not tell, several places of the grammar share it."""
        states = list(self._states)
        while states[-1] != END:
            action = STATES[states[-1]].get(symbol)
            if action is None:
                return False
            if action >= 0:
                return True
            origin, length, *_ = RULES[-action - 1]
            del states[len(states) - length :]
            states.append(STATES[states[-1]][origin])
        return True

    def _reduce(self, rule: int) -> None:
        origin, length, kind, spliced, build = self._rules[rule]
        states, values = self._states, self._values
        if kind == APPEND:
            last = values.pop()
            values[-1].append(last)
            del states[-2:]
        elif kind == LIST:
            values[-1] = [values[-1]]
            states.pop()
        elif kind == PASS:
            states.pop()
        else:
            children = values[len(values) - length :]
            if spliced >= 0:
                children[spliced : spliced + 1] = children[spliced]
            if length:
                del values[-length:]
                del states[-length:]
            values.append(build(children))
        states.append(STATES[states[-1]][origin])
