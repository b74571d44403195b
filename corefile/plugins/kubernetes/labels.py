"""Label selectors: `app=web`, `tier in (a, b)`, `tier notin (c)`, `team`, `!legacy`, joined by commas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from corefile.golang.faults import SyntaxFault
from corefile.ir.program import Config

Operator = Literal["=", "in", "notin", "exists", "!"]

_TOKEN = re.compile(r"[ \t\r\n]*(==|!=|[=!(),><]|[^ \t\r\n=!(),><\0]+)\0?")
_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_.-]*)?[A-Za-z0-9]")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_SPECIAL = frozenset({"==", "!=", "=", "!", "(", ")", ",", ">", "<", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequirement(Config):
    """One condition on an object's labels; `values` are sorted, one for `=`, none for `exists` and `!`."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.operator == "=":
            return f"{self.key}={self.values[0]}"
        if self.operator in ("in", "notin"):
            return f"{self.key} {self.operator} ({','.join(self.values)})"
        return f"!{self.key}" if self.operator == "!" else self.key


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def parse_label_selector(text: str) -> tuple[LabelRequirement, ...]:
    """The conditions of a selector by key; of several `=` for one key the last counts. Raises `SyntaxFault`."""
    found = _Reader(text).selector()
    equal = {each.key: each for each in found if each.operator == "="}
    others = [each for each in found if each.operator != "="]
    return tuple(sorted([*equal.values(), *others], key=lambda each: each.key))


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def selector(self) -> list[LabelRequirement]:
        found: list[LabelRequirement] = []
        if not self.tokens[0].text:
            return found
        while True:
            found.append(self.requirement())
            comma = self.take()
            if not comma.text:
                return found
            if comma.text != ",":
                raise _unexpected(comma, "',' or the end")

    def requirement(self) -> LabelRequirement:
        token = self.take()
        absent = token.text == "!"
        key = self.take() if absent else token
        if key.text in _SPECIAL:
            raise _unexpected(key, "a label")
        _check_key(key)
        if absent:
            return LabelRequirement(key=key.text, operator="!")
        if self.tokens[self.at].text in (",", ""):
            return LabelRequirement(key=key.text, operator="exists")
        operator = self.take()
        if operator.text in ("=", "=="):
            return LabelRequirement(key=key.text, operator="=", values=(self.value(),))
        if operator.text in ("in", "notin"):
            values = tuple(sorted(self.values()))
            return LabelRequirement(key=key.text, operator="in" if operator.text == "in" else "notin", values=values)
        if operator.text in ("!=", ">", "<"):
            raise SyntaxFault(
                f"operator '{operator.text}' is not supported, write 'notin (…)' or '!LABEL'", *operator[1:]
            )
        raise _unexpected(operator, "one of =, ==, in, notin")

    def value(self) -> str:
        if self.tokens[self.at].text in (",", ""):
            return ""
        token = self.take()
        if token.text in _SPECIAL:
            raise _unexpected(token, "a value")
        return _checked_value(token)

    def values(self) -> set[str]:
        """`(a, b)`; nothing between two commas or parentheses is the empty value."""
        token = self.take()
        if token.text != "(":
            raise _unexpected(token, "'('")
        found: set[str] = set()
        expected = True
        while True:
            token = self.take()
            if token.text in (",", ")"):
                if expected:
                    found.add("")
                if token.text == ")":
                    return found
                expected = True
            elif token.text in _SPECIAL or not expected:
                raise _unexpected(token, "',', ')' or a value")
            else:
                found.add(_checked_value(token))
                expected = False


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        found.append(_Token(match.group(1), match.start(1), match.end(1)))
        at = match.end()
    return [*found, _Token("", len(text), len(text))]


def _unexpected(token: _Token, wanted: str) -> SyntaxFault:
    found = f"'{token.text}'" if token.text else "the end"
    return SyntaxFault(f"{found} found where {wanted} is expected", token.start, token.end)


def _check_key(token: _Token) -> None:
    """A label is a name of at most 63 characters, with or without `DOMAIN/` before it."""
    prefix, slash, name = token.text.rpartition("/")
    prefix_fits = bool(_SUBDOMAIN.fullmatch(prefix)) and len(prefix) <= 253
    if (slash and not prefix_fits) or not _NAME.fullmatch(name) or len(name) > 63:
        raise SyntaxFault(f"'{token.text}' is not a label's name", token.start, token.end)


def _checked_value(token: _Token) -> str:
    if not _NAME.fullmatch(token.text) or len(token.text) > 63:
        raise SyntaxFault(f"'{token.text}' is not a label's value", token.start, token.end)
    return token.text
