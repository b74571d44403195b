"""Letter case as Go sees it: letter by letter, where Python may make several of one."""

from __future__ import annotations


def to_lower(text: str) -> str:
    """`strings.ToLower`: `İ` becomes `i` alone, and a sigma has one form also at the end of a word."""
    if text.isascii():
        return text.lower()
    return "".join("i" if char == "\u0130" else char.lower() for char in text)


def to_upper(text: str) -> str:
    """`strings.ToUpper`; what has no single upper-case letter (`ß`) stays, or becomes its title-case one (`ᾳ`)."""
    if text.isascii():
        return text.upper()
    return "".join(map(_upper, text))


def _upper(char: str) -> str:
    return next((one for one in (char.upper(), char.title()) if len(one) == 1), char)
