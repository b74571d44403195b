"""Environment variables in words: `{$NAME}` and `{%NAME%}`.

Replaced inside one word after it has been lexed, so a value never splits, comments or quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_LIMIT = 1000
"""Replacements in one word. Only a value that contains its own reference needs more, and CoreDNS never ends there."""


class Expanded(NamedTuple):
    """A word's text after replacement, the variables that were not set, and whether a value refers to itself."""

    text: str
    unset: tuple[str, ...] = ()
    endless: bool = False


def expand(text: str, env: Mapping[str, str]) -> Expanded:
    """Replace `{%X%}` first, then `{$X}`; values are searched again. Unset variables are empty."""
    if "{$" not in text and "{%" not in text:
        return Expanded(text)
    unset: list[str] = []
    for opening, closing in (("{%", "%}"), ("{$", "}")):
        text, endless = _replace(text, opening, closing, env, unset)
        if endless:
            return Expanded(text, tuple(unset), endless=True)
    return Expanded(text, tuple(unset))


def can_be_set(name: str) -> bool:
    """Whether any environment can have a variable of this name: `=` ends a name there, NUL the whole entry."""
    return "=" not in name and "\0" not in name


def _replace(text: str, opening: str, closing: str, env: Mapping[str, str], unset: list[str]) -> tuple[str, bool]:
    for _ in range(_LIMIT):
        start = text.find(opening)
        end = text.find(closing, start) if start >= 0 else -1
        if start < 0 or end < 0:
            return text, False
        name = text[start + len(opening) : end]
        if end <= start + len(opening):
            return text, False
        value = env.get(name)
        if value is None:
            unset.append(name)
            value = ""
        text = text.replace(text[start : end + len(closing)], value)
        if len(text) > 1 << 20:
            return text, True
    return text, True
