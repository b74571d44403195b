"""Number and character constants of templates, with Go's rules for constants without a type."""

from __future__ import annotations

from corefile.golang.faults import SyntaxFault, ValueFault
from corefile.golang.quoting import unquote_char
from corefile.golang.texttemplate.lexer import Token
from corefile.golang.values import parse_float, parse_int, parse_uint


class Overflow:
    """A constant past int64, which only becomes an error when it is evaluated as an int."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def number(token: Token) -> tuple[object, int | None]:
    """The value of a constant where nothing asks for a type, and where an integer is asked for (None: it is none)."""
    text = token.value
    try:
        if token.kind == "character":
            code = unquote_char(text)
            return code, code
        if token.kind == "complex":
            return _complex(text)
        if text.endswith("i") and (imaginary := _float(text[:-1])) is not None:
            return complex(0.0, imaginary), None if imaginary else 0
        return _real(text)
    except ValueFault as fault:
        raise SyntaxFault(
            f"'{text}' is not a number that Go can hold: {fault.reason}", token.start, token.end
        ) from None


def _real(text: str) -> tuple[object, int | None]:
    for read in (parse_int, parse_uint):
        try:
            integer = read(text, 64, 0)
        except ValueFault:
            continue
        return (integer if integer < 1 << 63 else Overflow(text)), integer
    value = parse_float(text)
    if not any(char in ".eEpP" for char in text):
        raise ValueFault(f"{text} is too large for an integer", "integer overflow")
    whole = value.is_integer() and -(2.0**63) <= value < 2.0**63
    return value, int(value) if whole else None


def _complex(text: str) -> tuple[object, int | None]:
    split = max(text.rfind("+"), text.rfind("-"))
    if text[split - 1] in "eEpP":
        split = max(text.rfind("+", 0, split - 1), text.rfind("-", 0, split - 1))
    real, imaginary = parse_float(text[:split]), parse_float(text[split:-1])
    return complex(real, imaginary), int(real) if not imaginary and real.is_integer() else None


def _float(text: str) -> float | None:
    try:
        return parse_float(text)
    except ValueFault:
        return None
