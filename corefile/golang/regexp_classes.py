"""Escapes and character classes of Go's regular expressions."""

from __future__ import annotations

import re

from corefile.golang.faults import SyntaxFault

_POSIX_NAMES = (
    *("alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph"),
    *("lower", "print", "punct", "space", "upper", "word", "xdigit"),
)
_POSIX = frozenset(f"[:{sign}{name}:]" for sign in ("", "^") for name in _POSIX_NAMES)
_LETTERS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_HEX = re.compile(r"\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})")
_TOP = 0x10FFFF


def parse_class(text: str, start: int, edits: list[tuple[int, int, str]]) -> int:
    """Read the class whose `[` is at `start`; returns the place after its `]`."""
    at = start + 1
    if text.startswith("^", at):
        at += 1
    first = True
    while first or not text.startswith("]", at):
        first = False
        if text.startswith("[:", at) and (end := text.find(":]", at + 2)) >= 0:
            at = _posix(text, at, end + 2)
        elif (after := parse_group(text, at, edits)) > 0:
            at = after
        else:
            at = _range(text, at, start)
    return at + 1


def _posix(text: str, start: int, end: int) -> int:
    if text[start:end] not in _POSIX:
        raise SyntaxFault(
            f"'{text[start:end]}' is not a class: those in '[:…:]' are {', '.join(_POSIX_NAMES)}",
            start,
            end,
        )
    return end


def _range(text: str, at: int, opened: int) -> int:
    low, end = _class_char(text, at, opened)
    if not text.startswith("-", end) or end + 1 >= len(text) or text[end + 1] == "]":
        return end
    high, end = _class_char(text, end + 1, opened)
    if high < low:
        raise SyntaxFault(f"'{text[at:end]}' is a range whose end comes before its start", at, end)
    return end


def _class_char(text: str, at: int, opened: int) -> tuple[int, int]:
    if at >= len(text):
        raise SyntaxFault("'[' is never closed: a ']' is missing", opened, opened + 1)
    if text[at] == "\\":
        return parse_escape(text, at)
    return ord(text[at]), at + 1


def parse_group(text: str, at: int, edits: list[tuple[int, int, str]]) -> int:
    """Read `\\d \\s \\w` (and capitals) or `\\p…`; returns the place after it, or 0 if there is none at `at`."""
    if not text.startswith("\\", at) or at + 1 >= len(text):
        return 0
    letter = text[at + 1]
    if letter in "dswDSW":
        return at + 2
    if letter not in "pP":
        return 0
    if not text.startswith("{", at + 2):
        return _unicode(text, at, at + 3, text[at + 2 : at + 3], edits)
    end = text.find("}", at)
    if end < 0:
        raise SyntaxFault("the name of the Unicode class is never closed: a '}' is missing", at, len(text))
    return _unicode(text, at, end + 1, text[at + 3 : end], edits)


def _unicode(text: str, start: int, end: int, name: str, edits: list[tuple[int, int, str]]) -> int:
    from corefile.golang.unicode_classes import CLASSES, canonical

    negated = name.startswith("^")
    known = CLASSES.get(canonical(name[1:] if negated else name))
    if known is None:
        raise SyntaxFault(
            f"'{text[start:end]}' is not a Unicode class: a category like L or Lu, or a script like Greek is allowed",
            start,
            min(end, len(text)),
        )
    positive = (text[start + 1] == "p") ^ negated ^ known.startswith("^")
    edits.append((start, end, ("\\p{" if positive else "\\P{") + known.lstrip("^") + "}"))
    return end


def parse_escape(text: str, start: int) -> tuple[int, int]:
    """Read the escape whose backslash is at `start`: the code point it means, and the place after it."""
    if start + 1 >= len(text):
        raise SyntaxFault("a backslash ends the pattern: a character must follow, '\\\\' for itself", start, len(text))
    char = text[start + 1]
    if char.isascii() and not char.isalnum():
        return ord(char), start + 2
    if char in _LETTERS:
        return _LETTERS[char], start + 2
    if octal := _OCTAL.match(text, start):
        return int(octal[1], 8), octal.end()
    if (code := _HEX.match(text, start)) and (value := int(code[1] or code[2], 16)) <= _TOP:
        return value, code.end()
    raise _no_escape(start, char)


def _no_escape(start: int, char: str) -> SyntaxFault:
    if char in "123456789":
        message = f"'\\{char}' refers back to a group, which Go's regular expressions cannot do"
    elif char == "x":
        message = "'\\x' must be followed by two hexadecimal digits, or by a code point up to 10FFFF in braces"
    elif char == "Z":
        message = "'\\Z' is unknown: '\\z' is the end of the text"
    else:
        message = f"'\\{char}' is not an escape sequence of Go's regular expressions"
    return SyntaxFault(message, start, start + 2)
