"""The words of Go's text/template: text outside `{{ … }}`, and tokens inside."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple

from corefile.golang.faults import SyntaxFault

SPACES = " \t\r\n"
KEYWORDS = frozenset(("block", "break", "continue", "define", "else", "end", "if", "range", "nil", "template", "with"))

_SPACE = re.compile(r"[ \t\r\n]+")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")
_SIMPLE = {"=": "assign", "|": "pipe", "(": "(", ")": ")"}
_HEX = "0123456789abcdefABCDEF_"
_DIGITS = {"x": _HEX, "o": "01234567_", "b": "01_"}
_DECIMAL = "0123456789_"


class Token(NamedTuple):
    """A token; `kind` is `text`, `{{`, `}}`, `space`, a keyword, or one of the words below."""

    kind: str  # word field variable . string number complex character bool assign declare pipe ( ) punctuation end
    value: str
    start: int
    end: int


def lex(text: str) -> Iterator[Token]:
    """Tokens of a template, the last of kind `eof`; raises SyntaxFault when it gets to what is none."""
    at = 0
    while (opened := text.find("{{", at)) >= 0:
        trims = _trims_left(text, opened + 2)
        end = _before_spaces(text, at, opened) if trims else opened
        if end > at:
            yield Token("text", text[at:end], at, end)
        inside = opened + (4 if trims else 2)
        if text.startswith("/*", inside):
            at = _comment(text, opened, inside)
            continue
        yield Token("{{", "{{", opened, inside)
        at = yield from _action(text, opened, inside)
    if at < len(text):
        yield Token("text", text[at:], at, len(text))
    while True:
        yield Token("eof", "", len(text), len(text))


def _trims_left(text: str, at: int) -> bool:
    return text.startswith("-", at) and at + 1 < len(text) and text[at + 1] in SPACES


def _before_spaces(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in SPACES:
        end -= 1
    return end


def _after_spaces(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _closing(text: str, at: int) -> tuple[int, bool]:
    """The place after the `}}` or ` -}}` at `at` (or 0), and whether it trims what follows."""
    if text.startswith("}}", at):
        return at + 2, False
    if at < len(text) and text[at] in SPACES and text.startswith("-}}", at + 1):
        return at + 4, True
    return 0, False


def _comment(text: str, opened: int, at: int) -> int:
    end = text.find("*/", at + 2)
    if end < 0:
        raise SyntaxFault("the comment is never closed: '*/' is missing", opened, len(text))
    after, trims = _closing(text, end + 2)
    if not after:
        raise SyntaxFault("the comment does not end its action: '*/}}' or '*/ -}}' is allowed", end, end + 2)
    return _after_spaces(text, after) if trims else after


def _action(text: str, opened: int, at: int) -> Generator[Token, None, int]:
    """Tokens up to the closing `}}`; returns the place from which text goes on."""
    depth = 0
    while True:
        after, trims = _closing(text, at)
        if after:
            if depth:
                raise SyntaxFault("'(' is never closed: a ')' is missing before '}}'", opened, after)
            yield Token("}}", "}}", at, after)
            return _after_spaces(text, after) if trims else after
        if at >= len(text):
            raise SyntaxFault("'{{' is never closed: '}}' is missing", opened, opened + 2)
        token = _token(text, at)
        depth += (token.kind == "(") - (token.kind == ")")
        if depth < 0:
            raise SyntaxFault("')' closes nothing: no '(' is open here", at, at + 1)
        yield token
        at = token.end


def _token(text: str, at: int) -> Token:
    char = text[at]
    if char in SPACES:
        return _space(text, at)
    if char in _SIMPLE:
        return Token(_SIMPLE[char], char, at, at + 1)
    if char in "\"`'":
        return _literal(text, at, char)
    if char == ":":
        if not text.startswith("=", at + 1):
            raise SyntaxFault("':' stands alone: ':=' is allowed", at, at + 1)
        return Token("declare", ":=", at, at + 2)
    if char == "$" or (char == "." and not text[at + 1 : at + 2].isdecimal()):
        return _field(text, at, char)
    if char in ".+-0123456789":
        return _number(text, at)
    if _is_word(char):
        return _word(text, at)
    if char.isascii() and char.isprintable():
        return Token("punctuation", char, at, at + 1)
    raise SyntaxFault(f"'{char}' is no character that an action may hold", at, at + 1)


def _is_word(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()


def _word_end(text: str, at: int) -> int:
    while at < len(text) and _is_word(text[at]):
        at += 1
    return at


def _space(text: str, at: int) -> Token:
    end = _after_spaces(text, at)
    if end - at > 1 and text.startswith("-}}", end):
        end -= 1  # the last space belongs to ` -}}`
    return Token("space", text[at:end], at, end)


def _literal(text: str, at: int, mark: str) -> Token:
    if mark == "`":
        end = text.find("`", at + 1) + 1
        if not end:
            raise SyntaxFault("the raw string is never closed: a '`' is missing", at, len(text))
        return Token("string", text[at:end], at, end)
    match = (_QUOTED if mark == '"' else _CHARACTER).match(text, at)
    if match is None:
        line_end = text.find("\n", at)
        what = "string" if mark == '"' else "character"
        raise SyntaxFault(
            f"the {what} is never closed: a {mark} is missing", at, line_end if line_end > 0 else len(text)
        )
    return Token("string" if mark == '"' else "character", match.group(), at, match.end())


def _field(text: str, at: int, char: str) -> Token:
    end = _word_end(text, at + 1)
    _check_terminator(text, at, end)
    if char == "$":
        return Token("variable", text[at:end], at, end)
    return Token("field" if end > at + 1 else ".", text[at:end], at, end)


def _word(text: str, at: int) -> Token:
    end = _word_end(text, at)
    _check_terminator(text, at, end)
    word = text[at:end]
    kind = word if word in KEYWORDS else "bool" if word in ("true", "false") else "word"
    return Token(kind, word, at, end)


def _check_terminator(text: str, start: int, end: int) -> None:
    """A name ends at a space, one of `. , | : ) (`, or the action's end."""
    if end < len(text) and text[end] not in " \t\r\n.,|:)(" and not text.startswith("}}", end):
        raise SyntaxFault(f"'{text[start : end + 1]}' is not a name: a space may be missing", start, end + 1)


def _number(text: str, at: int) -> Token:
    end, kind = _scan_number(text, at), "number"
    if end < len(text) and text[end] in "+-":
        end, kind = _scan_number(text, end), "complex"
        if text[end - 1] != "i":
            raise SyntaxFault(f"'{text[at:end]}' is not a number", at, end)
    return Token(kind, text[at:end], at, end)


def _scan_number(text: str, start: int) -> int:
    at = start + (text[start : start + 1] in ("+", "-"))
    digits = _DECIMAL
    if text.startswith("0", at):
        at += 1
        letter = text[at : at + 1].lower()
        if letter in _DIGITS:
            digits, at = _DIGITS[letter], at + 1
    at = _run(text, at, digits)
    if text.startswith(".", at):
        at = _run(text, at + 1, digits)
    if text[at : at + 1] in {_DECIMAL: ("e", "E"), _HEX: ("p", "P")}.get(digits, ()):
        at += 1
        at = _run(text, at + (text[at : at + 1] in ("+", "-")), _DECIMAL)
    at += text.startswith("i", at)
    if at < len(text) and _is_word(text[at]):
        raise SyntaxFault(f"'{text[start : at + 1]}' is not a number", start, at + 1)
    return at


def _run(text: str, at: int, allowed: str) -> int:
    while at < len(text) and text[at] in allowed:
        at += 1
    return at
