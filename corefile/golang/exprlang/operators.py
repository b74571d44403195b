"""The type that each binary operator of expr-lang gives, or None for operands that it does not take."""

from __future__ import annotations

from collections.abc import Callable

from corefile.golang.exprlang.natures import (
    BOOL,
    BYTES,
    DURATION,
    FLOAT,
    INT,
    NIL,
    STRING,
    TIME,
    UNKNOWN,
    Nature,
    array_of,
)

_Test = Callable[[Nature], bool]


def _maybe(left: Nature, right: Nature, *tests: _Test) -> bool:
    """Whether operands of which one or both are unknown may turn out to fit."""
    if left.is_unknown and right.is_unknown:
        return True
    known = right if left.is_unknown else left
    return (left.is_unknown or right.is_unknown) and any(test(known) for test in tests)


def _is_number(nature: Nature) -> bool:
    return nature.is_number


def _is_integer(nature: Nature) -> bool:
    return nature.is_integer


def _is_string(nature: Nature) -> bool:
    return nature.kind == "string"


def _is_bool(nature: Nature) -> bool:
    return nature.kind == "bool"


def _is_time(nature: Nature) -> bool:
    return nature.name == TIME.name


def _is_duration(nature: Nature) -> bool:
    return nature.name == DURATION.name


def _equality(left: Nature, right: Nature) -> Nature | None:
    return BOOL if left.comparable_to(right) else None


def _logic(left: Nature, right: Nature) -> Nature | None:
    both = _is_bool(left) and _is_bool(right)
    return BOOL if both or _maybe(left, right, _is_bool) else None


def _order(left: Nature, right: Nature) -> Nature | None:
    tests = (_is_number, _is_string, _is_time, _is_duration)
    same = any(test(left) and test(right) for test in tests)
    return BOOL if same or _maybe(left, right, *tests) else None


def _promoted(left: Nature, right: Nature) -> Nature:
    return FLOAT if FLOAT in (left, right) or "float32" in (left.name, right.name) else INT


def _plus(left: Nature, right: Nature) -> Nature | None:
    if left.is_number and right.is_number:
        return _promoted(left, right)
    if _is_string(left) and _is_string(right):
        return STRING
    if (_is_time(left) and _is_duration(right)) or (_is_duration(left) and _is_time(right)):
        return TIME
    if _is_duration(left) and _is_duration(right):
        return DURATION
    return UNKNOWN if _maybe(left, right, _is_number, _is_string, _is_time, _is_duration) else None


def _minus(left: Nature, right: Nature) -> Nature | None:
    if left.is_number and right.is_number:
        return _promoted(left, right)
    if _is_time(left) and _is_duration(right):
        return TIME
    if (_is_time(left) and _is_time(right)) or (_is_duration(left) and _is_duration(right)):
        return DURATION
    return UNKNOWN if _maybe(left, right, _is_number, _is_time, _is_duration) else None


def _times(left: Nature, right: Nature) -> Nature | None:
    if left.is_number and right.is_number:
        return _promoted(left, right)
    countable = [nature.is_number or _is_duration(nature) for nature in (left, right)]
    if all(countable):
        return DURATION
    return UNKNOWN if _maybe(left, right, _is_number, _is_duration) else None


def _quotient(left: Nature, right: Nature) -> Nature | None:
    both = left.is_number and right.is_number
    return FLOAT if both or _maybe(left, right, _is_number) else None


def _remainder(left: Nature, right: Nature) -> Nature | None:
    both = left.is_integer and right.is_integer
    return INT if both or _maybe(left, right, _is_integer) else None


def _range(left: Nature, right: Nature) -> Nature | None:
    return array_of(INT) if _remainder(left, right) is not None else None


def _in(left: Nature, right: Nature) -> Nature | None:
    if right.kind == "struct":
        return BOOL if _is_string(left) or left.is_unknown else None
    if right.kind == "map":
        return BOOL if left.is_unknown or left.assignable_to(right.key or UNKNOWN) else None
    if right.is_array:
        return BOOL if left.comparable_to(right.element()) else None
    if right.is_unknown or (left.is_unknown and _is_string(right)):
        return BOOL
    return None


def _text(left: Nature, right: Nature) -> Nature | None:
    both = _is_string(left) and _is_string(right)
    return BOOL if both or _maybe(left, right, _is_string) else None


def _matches(left: Nature, right: Nature) -> Nature | None:
    if left.name == BYTES.name and _is_string(right):
        return BOOL
    return _text(left, right)


def _coalesce(left: Nature, right: Nature) -> Nature | None:
    if NIL in (left, right):
        return right if left is NIL else left
    return left if right.assignable_to(left) else UNKNOWN


OPERATORS: dict[str, Callable[[Nature, Nature], Nature | None]] = {
    **dict.fromkeys(("==", "!="), _equality),
    **dict.fromkeys(("or", "||", "and", "&&"), _logic),
    **dict.fromkeys(("<", ">", ">=", "<="), _order),
    "+": _plus,
    "-": _minus,
    "*": _times,
    **dict.fromkeys(("/", "**", "^"), _quotient),
    "%": _remainder,
    "..": _range,
    "in": _in,
    "matches": _matches,
    **dict.fromkeys(("contains", "startsWith", "endsWith"), _text),
    "??": _coalesce,
}
