"""Letter case as Go sees it: letter by letter, where Python may make several of one."""

from __future__ import annotations


def to_lower(text: str) -> str:
    """`strings.ToLower`."""
    if text.isascii():
        return text.lower()
    return "".join("i" if char == "\u0130" else char.lower() for char in text)


def to_upper(text: str) -> str:
    """`strings.ToUpper`; what has no single upper-case letter (`ß`) stays."""
    if text.isascii():
        return text.upper()
    return "".join(upper if len(upper := char.upper()) == 1 else char for char in text)
