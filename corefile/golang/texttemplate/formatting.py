"""Formatting of values as Go's fmt prints them in templates.

Values are Python's: str, int, float, complex, bool, None (nil), lists and tuples (slices), dicts (maps), and objects,
which print as their `str()`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeGuard

from corefile.golang.quoting import quote

_VERB = re.compile(r"%([-+# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(?:\[(\d+)\])?(\*|\d*))?(?:\[(\d+)\])?(.?)", re.DOTALL)


def is_array(value: object) -> TypeGuard[Sequence[object]]:
    """Whether a value is a slice to Go."""
    return isinstance(value, (list, tuple))


def is_map(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether a value is a map to Go."""
    return isinstance(value, dict)


def render(value: object) -> str:
    """A value as `{{ value }}` prints it."""
    if type(value) is str:
        return value
    return "<no value>" if value is None else default(value)


def default(value: object) -> str:
    """`%v`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return shortest(value)
    if isinstance(value, complex):
        imaginary = shortest(value.imag)
        return f"({shortest(value.real)}{imaginary if imaginary[0] in '+-' else '+' + imaginary}i)"
    if is_array(value):
        return "[" + " ".join(default(item) for item in value) + "]"
    if is_map(value):
        return "map[" + " ".join(f"{default(key)}:{default(item)}" for key, item in sorted_items(value)) + "]"
    return str(value)


def sorted_items(mapping: Mapping[object, object]) -> list[tuple[object, object]]:
    """The items of a map in Go's order: numbers by value, then everything else by its text."""

    def order(item: tuple[object, object]) -> tuple[int, float, str]:
        key = item[0]
        return (0, float(key), "") if isinstance(key, (int, float)) else (1, 0.0, str(key))

    return sorted(mapping.items(), key=order)


def shortest(value: float) -> str:
    """The shortest decimal that reads back as `value`, with an exponent below 1e-4 and from 1e6 on, as `%v` has it."""
    if value != value:  # only not-a-number differs from itself
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = _decimal(value)
    if -4 <= exponent < 6:
        return sign + _plain(digits, exponent)
    point = "." if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{point}{digits[1:]}e{exponent:+03d}"


def _decimal(value: float) -> tuple[str, str, int]:
    """Sign, significant digits, and the exponent of the first digit."""
    mantissa, _, exponent = f"{value!r}e0".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, part = mantissa.lstrip("-").partition(".")
    shift = int(exponent.partition("e")[0] or 0)
    digits = whole + part
    first = len(digits) - len(digits.lstrip("0"))
    if first == len(digits):
        return sign, "0", 0
    return sign, digits.strip("0"), len(whole) - 1 - first + shift


def _plain(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole, part = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{whole}.{part}" if part else whole


def sprint(values: Sequence[object]) -> str:
    """`fmt.Sprint`: a space between two operands of which neither is a string."""
    parts: list[str] = []
    for at, value in enumerate(values):
        if at and not isinstance(value, str) and not isinstance(values[at - 1], str):
            parts.append(" ")
        parts.append(default(value))
    return "".join(parts)


def sprintln(values: Sequence[object]) -> str:
    """`fmt.Sprintln`: a space between all operands, and a line end."""
    return " ".join(default(value) for value in values) + "\n"


def sprintf(text: str, values: Sequence[object]) -> str:
    """`fmt.Sprintf`, with its notes about verbs that do not fit (`%!d(string=x)`)."""
    parts: list[str] = []
    at = used = 0
    reordered = False
    for match in _VERB.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        flags, early, width, _, precision, late, verb = match.groups()
        index = late or (None if width == "*" else early)
        if any(map(_is_too_large, (early, width, precision, late))):  # Go reads no further
            reordered = reordered or early is not None
            at = len(text)
            parts.append("%!(NOVERB)")
            break
        size, used = _star(width, values, used)
        number, used = _star(precision, values, used)
        parts += ["%!(BADWIDTH)"] * (width == "*" and size is None)
        parts += ["%!(BADPREC)"] * (precision == "*" and (number is None or number < 0))
        if size is not None and size < 0:
            flags, size = flags + "-", -size
        if index is not None:
            used, reordered = int(index) - 1, True
        if verb == "%":
            parts.append("%")
        elif not verb:
            parts.append("%!(NOVERB)")
        elif not 0 <= used < len(values):
            parts.append(f"%!{verb}(BADINDEX)" if index is not None else f"%!{verb}(MISSING)")
        else:
            digits = None if number is None or number < 0 else number
            parts.append(_pad(_verb(verb, flags, digits, values[used]), flags, size or 0, values[used]))
            used += 1
    parts.append(text[at:])
    if used < len(values) and not reordered:
        extra = ", ".join(
            "<nil>" if value is None else f"{type_name(value)}={default(value)}" for value in values[used:]
        )
        parts.append(f"%!(EXTRA {extra})")
    return "".join(parts)


_QUICK = re.compile(r"%([-+ ]?)(0?)([1-9]\d{0,5})?([dxXosv])")
_KINDS = {"s": str, "v": str}


def printer(text: str) -> Callable[[Sequence[object]], str]:
    """`sprintf` of one text that is known beforehand, quick where the values are the strings and ints it expects."""
    kinds: list[type] = []
    for flags, zero, _, verb in _QUICK.findall(text):
        kinds.append(_KINDS.get(verb, int))
        if (zero or flags in ("+", " ")) and verb in _KINDS:
            return lambda values: sprintf(text, values)
    if _QUICK.sub("", text).count("%"):
        return lambda values: sprintf(text, values)
    python = _QUICK.sub(lambda verb: verb.group().replace("v", "s"), text)

    def quick(values: Sequence[object]) -> str:
        if [type(value) for value in values] == kinds:
            return python % tuple(values)
        return sprintf(text, values)

    return quick


MOST_WIDTH = 1_000_000
"""A width or precision above which Go reads no further digit."""


def _is_too_large(number: str | None) -> bool:
    """Whether Go gives up at a number: when there is one more digit behind what is above its limit (`parsenum`)."""
    digits = (number or "").lstrip("0")
    return len(digits) > 8 or (len(digits) == 8 and int(digits[:-1]) > MOST_WIDTH)


def _star(number: str | None, values: Sequence[object], used: int) -> tuple[int | None, int]:
    """A width or precision, which `*` takes from the values; None where there is none."""
    if number != "*":
        return (None if number is None else int(number or 0)), used
    value = values[used] if used < len(values) else None
    if type(value) is not int or abs(value) > MOST_WIDTH:
        return None, used + (used < len(values))
    return value, used + 1


def _pad(text: str, flags: str, width: int, value: object) -> str:
    if len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and not text.startswith("%!"):
        sign = text[0] if text[:1] in ("-", "+") and not isinstance(value, str) else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _verb(verb: str, flags: str, precision: int | None, value: object) -> str:
    if verb == "T":
        return type_name(value)
    if is_array(value):
        return "[" + " ".join(_verb(verb, flags, precision, item) for item in value) + "]"
    if verb == "v" and value is None:
        return "<nil>"
    if isinstance(value, bool):
        text = default(value) if verb in "vt" else None
    elif isinstance(value, int):
        text = _integer(verb, flags, value)
    elif isinstance(value, float):
        text = _float(verb, flags, precision, value)
    elif isinstance(value, str):
        text = _string(verb, flags, precision, value)
    else:
        text = None if value is None or verb not in "vs" else default(value)
    if text is not None:
        return text
    return f"%!{verb}(<nil>)" if value is None else f"%!{verb}({type_name(value)}={default(value)})"


def _integer(verb: str, flags: str, value: int) -> str | None:
    sign = "-" if value < 0 else "+" if "+" in flags else " " if " " in flags else ""
    size = abs(value)
    match verb:
        case "d" | "v":
            return f"{sign}{size}"
        case "x" | "X" | "o" | "b":
            prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}[verb] if "#" in flags else ""
            return f"{sign}{prefix}{size:{verb}}"
        case "O":
            return f"{sign}0o{size:o}"
        case "c":
            return chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else "\ufffd"
        case "q":
            return quote(chr(value) if 0 <= value <= 0x10FFFF else "\ufffd", "'")
        case "U":
            return f"U+{value:04X}"
        case _:
            return None


def _float(verb: str, flags: str, precision: int | None, value: float) -> str | None:
    sign = "+" if "+" in flags and value >= 0 else ""
    if verb in "vgG" and precision is None:
        text = shortest(value)
        return sign + (text.upper() if verb == "G" else text)
    if verb in "feEgGFv":
        return sign + f"{value:.{6 if precision is None else precision}{'g' if verb == 'v' else verb}}"
    return None


def _string(verb: str, flags: str, precision: int | None, value: str) -> str | None:
    text = value if precision is None else value[:precision]
    match verb:
        case "s" | "v":
            return text
        case "q":
            return f"`{text}`" if "#" in flags and "`" not in text and text.isprintable() else quote(text)
        case "x" | "X":
            data = value.encode("utf-8", "surrogateescape")[:precision]
            digits = data.hex(" ") if " " in flags else data.hex()
            return digits.upper() if verb == "X" else digits
        case _:
            return None


def type_name(value: object) -> str:
    """Go's name of a value's type."""
    if value is None:
        return "<nil>"
    if is_array(value):
        return "[]string" if value and all(isinstance(item, str) for item in value) else "[]interface {}"
    if is_map(value):
        return "map[string]interface {}"
    names: dict[type, str] = {bool: "bool", int: "int", float: "float64", complex: "complex128", str: "string"}
    return names.get(type(value), type(value).__name__)
