"""The token reader of the grammar: the present token, what must or may come, and the nodes that are made."""

from __future__ import annotations

from corefile.golang.exprlang.lexer import Token, lex
from corefile.golang.exprlang.nodes import Node
from corefile.golang.faults import SyntaxFault

_MOST_NODES = 10_000


class TokenReader:
    """The tokens of one expression, one ahead; one that was read may be put back."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = lex(text)
        self._current = next(self._tokens)
        self._stashed: Token | None = None
        self._nodes = 0

    def _next(self) -> Token:
        token = self._current
        if self._stashed is not None:
            self._current, self._stashed = self._stashed, None
        else:
            self._current = next(self._tokens)
        return token

    def _is(self, kind: str, value: str) -> bool:
        return self._current.kind == kind and self._current.value == value

    def _take(self, value: str) -> bool:
        if self._current.value == value and self._current.kind in ("operator", "bracket"):
            self._next()
            return True
        return False

    def _expect(self, value: str) -> Token:
        token = self._current
        if not self._take(value):
            raise self._unexpected(f"'{value}'")
        return token

    def _expect_name(self) -> Token:
        if self._current.kind != "name":
            raise self._unexpected("a name")
        return self._next()

    def _unexpected(self, allowed: str = "") -> SyntaxFault:
        token = self._current
        found = "the expression ends" if token.kind == "end" else f"'{self._text[token.start : token.end]}' stands"
        where = f" where {allowed} is allowed" if allowed else " where no such thing is allowed"
        if token.kind == "end" and not allowed:
            where = " where a value is missing"
        return SyntaxFault(found + where, token.start, token.end)

    def _node(self, kind: str, start: int, end: int, text: str = "", *nodes: Node) -> Node:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise SyntaxFault(f"the expression has more than {_MOST_NODES} parts", 0, len(self._text))
        return Node(kind, start, end, text, nodes)
