"""Scalars: Go's `time.ParseDuration` and the `strconv.Parse…` functions.

Every reader returns the value or raises `ValueFault`; accepted texts, values and reasons are those of Go 1.26.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from corefile.golang.faults import ValueFault

INVALID = "invalid syntax"
OUT_OF_RANGE = "value out of range"

_UINT64 = (1 << 64) - 1
_INT64_TOP = 1 << 63
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # U+00B5, the micro sign
    "μs": 1_000,  # U+03BC, the Greek letter
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]*)")
_NO_DURATION = "'{}' is not a duration: write numbers with units, like '30s', '1h30m' or '1.5h'"


def accepts(parse: Callable[[str], object], text: str) -> bool:
    """Whether one of the readers below takes a text."""
    try:
        parse(text)
    except ValueFault:
        return False
    return True


def parse_duration(text: str) -> int:
    """Nanoseconds of a Go duration: `300ms`, `-1.5h`, `2h45m`, `0`; units ns, us, µs, ms, s, m, h."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest:
        raise ValueFault(_NO_DURATION.format(text), "invalid duration")
    total = at = 0
    while at < len(rest):
        part, at = _duration_part(text, rest, at)
        total = (total + part) & _UINT64  # Go adds in uint64 too, and wraps before it compares
        if total > _INT64_TOP:
            raise _too_long(text)
    if text[0] == "-":
        return -total
    if total == _INT64_TOP:
        raise _too_long(text)
    return total


def _duration_part(text: str, rest: str, at: int) -> tuple[int, int]:
    match = _PART.match(rest, at)
    assert match is not None
    whole, fraction, unit = match.groups("")
    if not whole and not fraction:
        raise ValueFault(_NO_DURATION.format(text), "invalid duration")
    whole = whole.lstrip("0")
    if len(whole) > 19:
        raise _too_long(text)
    scale = _unit(text, unit)
    value = int(whole or "0")
    if value > _INT64_TOP // scale:
        raise _too_long(text)
    value = value * scale + _fraction(fraction, scale)
    if value > _INT64_TOP:
        raise _too_long(text)
    return value, match.end()


def _unit(text: str, unit: str) -> int:
    if not unit:
        raise ValueFault(f"duration '{text}' has no unit: allowed are ns, us, ms, s, m and h", "missing unit")
    if unit not in _UNITS:
        raise ValueFault(
            f"duration '{text}' has the unknown unit '{unit}': allowed are ns, us, ms, s, m and h",
            "unknown unit",
        )
    return _UNITS[unit]


def _fraction(digits: str, unit: int) -> int:
    """Nanoseconds after the point, in Go's own float arithmetic; digits past int64 are dropped, not rounded."""
    value, scale = 0, 1.0
    for digit in digits:
        longer = value * 10 + int(digit)
        if value > (_INT64_TOP - 1) // 10 or longer > _INT64_TOP:
            break
        value, scale = longer, scale * 10
    return int(float(value) * (float(unit) / scale)) if value else 0


def _too_long(text: str) -> ValueFault:
    return ValueFault(f"duration '{text}' is too long: the longest is about 292 years", "invalid duration")


def render_duration(nanoseconds: int) -> str:
    """A duration as Go prints it: `1h0m0s`, `1.5s`, `20ms`, `0s`."""
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left == 0:
        return "0s"
    for unit, size in (("ns", 1_000), ("µs", 1_000_000), ("ms", 1_000_000_000)):
        if left < size:
            return sign + _decimal(left, size // 1_000) + unit
    seconds = _decimal(left % 60_000_000_000, 1_000_000_000) + "s"
    minutes = left // 60_000_000_000
    if minutes == 0:
        return sign + seconds
    if minutes < 60:
        return f"{sign}{minutes}m{seconds}"
    return f"{sign}{minutes // 60}h{minutes % 60}m{seconds}"


def _decimal(value: int, unit: int) -> str:
    whole, part = divmod(value, unit)
    if not part:
        return str(whole)
    digits = str(part).rjust(len(str(unit)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"


def parse_uint(text: str, bits: int = 64, base: int = 10) -> int:
    """`strconv.ParseUint`: digits only, no sign; with base 0 also `0x`, `0o`, `0b`, `0…` and underscores."""
    if base == 10 and len(text) < 19 and text.isascii() and text.isdigit():
        value = int(text)
        if value >> bits:
            raise _range(text, "an unsigned integer", 0, (1 << bits) - 1)
        return value
    return _magnitude(text, text, bits, base, "an unsigned integer", 0, (1 << bits) - 1)


def parse_int(text: str, bits: int = 64, base: int = 10) -> int:
    """`strconv.ParseInt`: an optional sign, then digits; with base 0 also `0x`, `0o`, `0b`, `0…` and underscores."""
    top = 1 << (bits - 1)
    negative = text[:1] == "-"
    digits = text[1:] if text[:1] in ("-", "+") else text
    value = _magnitude(text, digits, bits, base, "an integer", -top, top - 1)
    if value > top or (value == top and not negative):
        raise _range(text, "an integer", -top, top - 1)
    return -value if negative else value


def parse_atoi(text: str) -> int:
    """`strconv.Atoi`: a decimal integer of 64 bits."""
    return parse_int(text, 64, 10)


def _magnitude(text: str, digits: str, bits: int, base: int, what: str, low: int, high: int) -> int:
    if not digits:
        raise _no_number(text, what)
    radix, start = (base, 0) if base else _prefix(digits)
    top = (1 << bits) - 1
    value, underscores = 0, False
    for char in digits[start:]:
        if char == "_" and base == 0:
            underscores = True
            continue
        digit = _DIGITS.get(char, 99)
        if digit >= radix:
            raise _no_number(text, what)
        value = value * radix + digit
        if value > top:  # Go stops here too: a wrong digit further on is never seen
            raise _range(text, what, low, high)
    if underscores and not _underscores_fit(digits):
        raise _no_number(text, what)
    return value


_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_DIGITS = {char: value for letters in (_LETTERS, _LETTERS.upper()) for value, char in enumerate(letters)}


def _prefix(digits: str) -> tuple[int, int]:
    if digits[0] != "0":
        return 10, 0
    if len(digits) >= 3 and digits[1] in "xXoObB":
        return {"x": 16, "o": 8, "b": 2}[digits[1].lower()], 2
    return 8, 1


def _underscores_fit(digits: str) -> bool:
    """Whether each underscore stands between digits, or between a base prefix and a digit."""
    hexadecimal = digits[:2] in ("0x", "0X")
    based = digits[:2].lower() in ("0x", "0b", "0o")
    last = "0" if based else "^"
    for char in digits[2:] if based else digits:
        if char in "0123456789" or (hexadecimal and char in "abcdefABCDEF"):
            last = "0"
        elif char == "_":
            if last != "0":
                return False
            last = "_"
        elif last == "_":
            return False
        else:
            last = "!"
    return last != "_"


def _no_number(text: str, what: str) -> ValueFault:
    if not text:
        return ValueFault(f"an empty word is not {what}", INVALID)
    return ValueFault(f"'{text}' is not {what}", INVALID)


def _range(text: str, what: str, low: int, high: int) -> ValueFault:
    return ValueFault(f"{text} is out of range: {what} from {low} to {high} is allowed here", OUT_OF_RANGE)


_DECIMAL = re.compile(r"[+-]?(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9][0-9_]*)?")
_HEXADECIMAL = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F_]+\.?[0-9a-fA-F_]*|\.[0-9a-fA-F_]+)[pP][+-]?[0-9][0-9_]*")
_SPECIAL = re.compile(r"[+-]?inf(?:inity)?|nan", re.IGNORECASE | re.ASCII)
_FLOAT = "a number"


def parse_float(text: str) -> float:
    """`strconv.ParseFloat` with 64 bits: decimal or hexadecimal, `inf`, `infinity`, `nan`, underscores."""
    if _SPECIAL.fullmatch(text):
        return float(text)
    hexadecimal = _HEXADECIMAL.fullmatch(text) is not None
    if not hexadecimal and not _DECIMAL.fullmatch(text):
        raise _no_number(text, _FLOAT)
    if "_" in text and not _underscores_fit(text.lstrip("+-")):
        raise _no_number(text, _FLOAT)
    bare = text.replace("_", "")
    try:
        value = float.fromhex(bare) if hexadecimal else float(bare)
    except OverflowError:
        value = float("inf")
    except ValueError:
        raise _no_number(text, _FLOAT) from None
    if value in (float("inf"), float("-inf")):
        raise ValueFault(f"{text} is out of range: a 64-bit floating-point number is allowed here", OUT_OF_RANGE)
    return value


_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}


def parse_bool(text: str) -> bool:
    """`strconv.ParseBool`: 1, t, T, true, TRUE, True and 0, f, F, false, FALSE, False."""
    if text not in _BOOLS:
        raise ValueFault(f"'{text}' is not a boolean: allowed are true and false", INVALID)
    return _BOOLS[text]
