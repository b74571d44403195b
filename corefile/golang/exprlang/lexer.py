"""The tokens of expr-lang 1.17."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from corefile.golang.faults import SyntaxFault

_WORD_OPERATORS = frozenset(
    ("not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else")
)
_ESCAPE = r"\\(?:[abfnrtv\\{}]|[0-3][0-7]{{2}}|x[0-9a-fA-F]{{2}}|{}U[0-9a-fA-F]{{8}})"
_UNICODE = r"u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|"
_STRINGS = {
    mark: re.compile(f"{mark}(?:[^{mark}\\\\\n]|{_ESCAPE.format(mark, _UNICODE)})*{mark}") for mark in ("'", '"')
}
_RAW = re.compile("`((?:[^`]|``)*+)`")
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|[xuU]([0-9a-fA-F]+)|([0-7]{3})|(.))", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NUMBER = re.compile(
    r"""
    (?: 0[xX][0-9a-fA-F_]* (?:\.(?!\.)[0-9a-fA-F_]*)?
      | 0[oO][0-7_]* (?:\.(?!\.)[0-7_]*)? (?:[eE][+-]?[0-7_]*)?
      | 0[bB][01_]* (?:\.(?!\.)[01_]*)? (?:[eE][+-]?[01_]*)?
      | [0-9_]* (?:\.(?!\.)[0-9_]*)? (?:[eE][+-]?[0-9_]*)? )
    """,
    re.VERBOSE,
)
_OPERATOR = re.compile(r"\?[.?]?|\|\|?|::?|[&!=*<>][&=*]?|[,;%+\-^]|\.\.?|\#\#?|/")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class Token(NamedTuple):
    """A token; of a string, `value` is what it stands for."""

    kind: str  # name number string bytes operator bracket end
    value: str
    start: int
    end: int


def lex(text: str) -> Iterator[Token]:
    """Tokens, the last of kind `end`; raises SyntaxFault when it gets to what is none."""
    at = 0
    while at < len(text):
        if _is_space(text[at]):
            at += 1
            continue
        if text.startswith(("//", "/*"), at):
            at = _comment(text, at)
            continue
        token = _token(text, at)
        yield token
        at = token.end
    while True:
        yield Token("end", "", len(text), len(text))


def is_word(char: str) -> bool:
    """Whether a character may stand in a name."""
    return char in "_$" or char.isalpha() or char.isdecimal()


def _is_space(char: str) -> bool:
    return char.isspace() and not "\x1c" <= char <= "\x1f"


def _comment(text: str, at: int) -> int:
    match = _COMMENT.match(text, at)
    if match is None:
        raise SyntaxFault("the comment is never closed: '*/' is missing", at, at + 2)
    return match.end()


def _token(text: str, at: int) -> Token:
    char = text[at]
    if char in "'\"":
        return _string(text, at, at, "string")
    if char == "`":
        return _raw_string(text, at)
    if char in "bB" and text[at + 1 : at + 2] in ("'", '"'):
        return _string(text, at, at + 1, "bytes")
    if char in "0123456789" or (char == "." and text[at + 1 : at + 2] in _DIGITS):
        return _number(text, at)
    if char in "([{}])":
        return Token("bracket", char, at, at + 1)
    if is_word(char):
        end = at + 1
        while end < len(text) and is_word(text[end]):
            end += 1
        word = text[at:end]
        return Token("operator" if word in _WORD_OPERATORS else "name", word, at, end)
    if operator := _OPERATOR.match(text, at):
        return Token("operator", operator.group(), at, operator.end())
    raise SyntaxFault(f"'{char}' is no character that an expression may hold", at, at + 1)


_DIGITS = frozenset("0123456789")


def _number(text: str, at: int) -> Token:
    start = at
    at += text[at] == "."
    match = _NUMBER.match(text, at)
    assert match is not None
    end = match.end()
    if end < len(text) and is_word(text[end]):
        raise SyntaxFault(f"'{text[start : end + 1]}' is not a number", start, end + 1)
    return Token("number", text[start:end], start, end)


def _raw_string(text: str, at: int) -> Token:
    match = _RAW.match(text, at)
    if match is None:
        raise SyntaxFault("the raw string is never closed: a '`' is missing", at, len(text))
    return Token("string", match[1].replace("``", "`"), at, match.end())


def _string(text: str, start: int, at: int, kind: str) -> Token:
    mark = text[at]
    match = _STRINGS[mark].match(text, at)
    if match is None:
        raise _no_string(text, at, mark)
    inside = match.group()[1:-1].replace("\r\n", "\n").replace("\r", "\n")
    for escape in _ESCAPED.finditer(inside):
        code = escape[1] or escape[2]
        if escape.group()[1] in "uU" and (kind == "bytes" or int(code, 16) > 0x10FFFF):
            raise SyntaxFault(f"'{escape.group()}' is not an escape sequence of this string", start, match.end())
    return Token(kind, _ESCAPED.sub(_unescaped, inside), start, match.end())


def _no_string(text: str, at: int, mark: str) -> SyntaxFault:
    plain = re.compile(f"(?:[^{mark}\\\\\n]|\\\\[^\n])*").match(text, at + 1)
    end = plain.end() if plain else at + 1
    if text.startswith(mark, end):
        return SyntaxFault("the string has an escape sequence that is unknown", at, end + 1)
    return SyntaxFault(f"the string is never closed: a {mark} is missing", at, end)


def _unescaped(escape: re.Match[str]) -> str:
    code, octal, letter = escape[1] or escape[2], escape[3], escape[4]
    if letter is not None:
        return _LETTERS.get(letter, letter)
    value = int(code, 16) if code is not None else int(octal, 8)
    return "\ufffd" if 0xD800 <= value <= 0xDFFF else chr(value)
