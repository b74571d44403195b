"""Go string literals: `strconv.Quote` (what `%q` prints) and `strconv.Unquote`.

A byte that is no UTF-8 is a lone surrogate (`surrogateescape`), in what is quoted and in what `"\\xff"` unquotes to.
"""

from __future__ import annotations

import re

from corefile.golang.faults import ValueFault

_NAMED = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_LETTERS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}
_WIDTHS = {"x": 2, "u": 4, "U": 8}
_ESCAPE = re.compile(r"x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[abfnrtv\\'\"]")


def quote(text: str, mark: str = '"') -> str:
    """`text` as a Go literal between `mark`s: escapes for what cannot be printed, everything else as it is."""
    return mark + "".join(_quoted_char(char, mark) for char in text) + mark


def _quoted_char(char: str, mark: str) -> str:
    if char == mark:
        return "\\" + char
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if 0xD800 <= code <= 0xDFFF:
        return "\\ufffd"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unquote(literal: str) -> str:
    """The string that a Go literal in `"`, `` ` `` or `'` stands for; raises ValueFault.

    Empty in `'` is the empty string, in Go as here.
    """
    mark, inside = literal[:1], literal[1:-1]
    if len(literal) < 2 or mark not in ('"', "`", "'") or literal[-1] != mark:
        raise ValueFault(f"'{literal}' is not a string literal", "invalid syntax")
    if mark == "`":
        if "`" in inside:
            raise ValueFault(f"'{literal}' goes on after its closing quote", "invalid syntax")
        return inside.replace("\r", "")
    if mark == '"' and "\\" not in inside and '"' not in inside and "\n" not in inside:
        return inside
    codes = _codes(inside, mark)
    if mark == "'" and len(codes) > 1:
        raise ValueFault(f"'{literal}' is not one character", "invalid syntax")
    return b"".join(codes).decode("utf-8", "surrogateescape")


def unquote_char(literal: str) -> int:
    """The code point (or byte, for `'\\xff'`) of a Go character literal such as `'a'`; raises ValueFault."""
    if len(literal) < 3 or literal[0] != "'" or literal[-1] != "'":
        raise ValueFault(f"{literal} is not a character constant", "invalid syntax")
    inside = literal[1:-1]
    value, end, _ = _code(inside, 0, "'")
    if end != len(inside):
        raise ValueFault(f"{literal} holds more than one character", "invalid syntax")
    return value


def _codes(inside: str, mark: str) -> list[bytes]:
    """UTF-8 (or the single byte) of each character of the inside of a literal."""
    codes: list[bytes] = []
    at = 0
    while at < len(inside):
        if inside[at] == "\n":
            raise ValueFault("a line end stands inside a quoted string: write '\\n'", "invalid syntax")
        value, at, is_byte = _code(inside, at, mark)
        codes.append(bytes((value,)) if is_byte else _utf8(value))
    return codes


def _utf8(code: int) -> bytes:
    return chr(code).encode("utf-8", "surrogateescape" if 0xDC80 <= code <= 0xDCFF else "surrogatepass")


def _code(inside: str, at: int, mark: str) -> tuple[int, int, bool]:
    """The character at `at`: its code, the place after it, and whether it is a byte rather than a code point."""
    char = inside[at]
    if char == mark:
        raise ValueFault(f"an unescaped {mark} stands inside the literal", "invalid syntax")
    if char != "\\":
        return ord(char), at + 1, False
    match = _ESCAPE.match(inside, at + 1)
    if match is None:
        raise ValueFault(f"'{inside[at : at + 2]}' is not an escape sequence of Go", "invalid syntax")
    escape = match.group()
    value = _escape_value(escape, mark)
    surrogate = 0xD800 <= value <= 0xDFFF
    if value < 0 or value > 0x10FFFF or surrogate or (value > 255 and escape[0] not in "uU"):
        raise ValueFault(f"'\\{escape}' is not an escape sequence of Go", "invalid syntax")
    return value, match.end(), escape[0] in "x01234567"


def _escape_value(escape: str, mark: str) -> int:
    if escape[0] in _WIDTHS:
        return int(escape[1:], 16)
    if escape in ("'", '"'):
        return ord(escape) if escape == mark else -1
    if escape in _LETTERS:
        return _LETTERS[escape]
    return int(escape, 8)
