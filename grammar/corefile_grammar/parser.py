"""Lark's LALR parser over the tables of `corefile.lark`, fed terminal by terminal.

The walk over the words makes the terminals; the parser builds what is complete at once, and refuses what does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from corefile_grammar import tables
from corefile_grammar.lalr import ParseConf, ParserState, UnexpectedToken
from corefile_grammar.table import START, Build, Context, Grammar

END = "$END"

GRAMMAR = Grammar(tables.DATA)
"""The grammar of `corefile.lark`."""


_NO_LEXER: Any = None  # the terminals are fed


class Unexpected(Exception):
    """A terminal that may not stand here, and those that might."""

    def __init__(self, terminal: str, expected: frozenset[str]) -> None:
        super().__init__(f"{terminal}, expected {', '.join(sorted(expected))}")
        self.terminal = terminal
        self.expected = expected


class Token:
    """What Lark's parser wants of a token: its terminal. `value` is what a node is built of."""

    __slots__ = ("type", "value")

    def __init__(self, terminal: str, value: object) -> None:
        self.type = terminal
        self.value = value


class Parser:
    """One parse; `build` has a function for each alias or rule that makes a node."""

    __slots__ = ("_contexts", "_state")

    def __init__(self, build: Mapping[str, Build], grammar: Grammar | None = None) -> None:
        grammar = grammar or GRAMMAR
        conf: Any = ParseConf(grammar.table, grammar.callbacks(build), START)
        self._state: Any = ParserState(conf, _NO_LEXER)
        self._contexts = grammar.contexts

    @property
    def context(self) -> Context:
        """What the next word is to be taken for."""
        state: int = self._state.state_stack[-1]
        return self._contexts[state]

    def feed(self, terminal: str, value: object) -> None:
        """Take the next terminal. Raises `Unexpected`; the parse can go on with another one."""
        try:
            self._state.feed_token(Token(terminal, value))
        except UnexpectedToken:
            raise Unexpected(terminal, self.accepts()) from None

    def finish(self) -> Any:
        """The end of the text: the value of the whole. Raises `Unexpected` where more must follow."""
        try:
            return self._state.feed_token(Token(END, None), is_end=True)
        except UnexpectedToken:
            raise Unexpected(END, self.accepts()) from None

    def accepts(self) -> frozenset[str]:
        """The terminals that may come next."""
        conf = self._state.parse_conf
        row = conf.states[self._state.state_stack[-1]]
        return frozenset(terminal for terminal in row if terminal.isupper() and self._takes(terminal))

    def _takes(self, terminal: str) -> bool:
        """Whether a terminal fits. The state alone does not tell, several places of the grammar share it: try."""
        conf = copy(self._state.parse_conf)
        conf.callbacks = {}
        trial: Any = ParserState(conf, _NO_LEXER, [*self._state.state_stack], [*self._state.value_stack])
        try:
            trial.feed_token(Token(terminal, None), is_end=terminal == END)
        except UnexpectedToken:
            return False
        return True
