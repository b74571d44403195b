"""A command line taken apart like a shell's, by the rules of the library behind `on`."""

from __future__ import annotations

import re

_PLAIN = r"A-Za-z0-9._\-,/@$*()+=><:;&^%~|!?\[\]{}"
_BLANKS = " \t\r\n"
_ESCAPED = rf"\\([{_PLAIN}# \t\r\n\"'\\])"
_PIECE = re.compile(rf"([{_PLAIN}#]+)|{_ESCAPED}|'([^']*)'|\"((?:[^\"\\]|{_ESCAPED})*)\"")


class ShellFault(ValueError):
    """Why a command line cannot be taken apart."""


def split_shell_words(text: str) -> tuple[str, ...]:
    """The words of a command line. Raises `ShellFault`."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in _BLANKS:
            at += 1
        elif text[at] == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end + 1
        else:
            word, at = _word(text, at)
            found.append(word)
    return tuple(found)


def _word(text: str, at: int) -> tuple[str, int]:
    """One word, made of plain letters, escapes and quoted pieces; `#` inside it is a letter."""
    pieces: list[str] = []
    while at < len(text) and text[at] not in _BLANKS:
        match = _PIECE.match(text, at)
        if match is None:
            raise ShellFault(_reason(text, at))
        plain, escaped, single, double = match.groups()[:4]
        pieces.append(plain or escaped or single or _unescape(double or ""))
        at = match.end()
    return "".join(pieces), at


def _unescape(text: str) -> str:
    return re.sub(_ESCAPED, r"\1", text)


def _reason(text: str, at: int) -> str:
    if text[at] == "\\":
        return "a character must follow '\\'" if at + 1 == len(text) else f"'{text[at + 1]}' cannot follow '\\'"
    if text[at] in "'\"":
        return f"the quote {text[at]} is not closed, or has an escape that is not allowed"
    return f"the character '{text[at]}' is not allowed outside of quotes"
