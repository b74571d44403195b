"""The signatures of expr-lang's built-in functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corefile.golang.exprlang.natures import (
    ANY,
    ANY_MAP,
    ARRAY,
    DURATION,
    FLOAT,
    FLOATS,
    INT,
    INTS,
    LOCATION,
    NIL,
    STRING,
    STRINGS,
    TIME,
    Nature,
    function,
)

_S, _I = STRING, INT

# Each function's overloads, tried in this order.
OVERLOADS: dict[str, tuple[Nature, ...]] = {
    "type": (function(_S, ANY),),
    "string": (function(_S, ANY),),
    "trim": (function(_S, _S), function(_S, _S, _S)),
    "trimPrefix": (function(_S, _S, _S), function(_S, _S)),
    "trimSuffix": (function(_S, _S, _S), function(_S, _S)),
    "upper": (function(_S, _S),),
    "lower": (function(_S, _S),),
    "split": (function(STRINGS, _S, _S), function(STRINGS, _S, _S, _I)),
    "splitAfter": (function(STRINGS, _S, _S), function(STRINGS, _S, _S, _I)),
    "replace": (function(_S, _S, _S, _S, _I), function(_S, _S, _S, _S)),
    "repeat": (function(_S, _S, _I),),
    "join": (function(_S, STRINGS, _S), function(_S, ARRAY, _S), function(_S, ARRAY), function(_S, STRINGS)),
    "indexOf": (function(_I, _S, _S),),
    "lastIndexOf": (function(_I, _S, _S),),
    "hasPrefix": (function(Nature("bool", "bool"), _S, _S),),
    "hasSuffix": (function(Nature("bool", "bool"), _S, _S),),
    "toJSON": (function(_S, ANY),),
    "fromJSON": (function(ANY, _S),),
    "toBase64": (function(_S, _S),),
    "fromBase64": (function(_S, _S),),
    "duration": (function(DURATION, _S),),
    "timezone": (function(LOCATION, _S),),
    "sort": (
        *(function(ARRAY, array, _S) for array in (ARRAY, INTS, FLOATS, STRINGS)),
        *(function(ARRAY, array) for array in (ARRAY, FLOATS, STRINGS, INTS)),
    ),
    "bitnot": (function(_I, _I),),
    **dict.fromkeys(("bitand", "bitor", "bitxor", "bitnand", "bitshl", "bitshr", "bitushr"), (function(_I, _I, _I),)),
}

_INTEGERS = frozenset(("int", "int8", "int16", "int32", "int64"))
_NUMBERS = _INTEGERS | {"uint", "uint8", "uint16", "uint32", "uint64", "float32", "float64"}
_ARRAYS = frozenset(("slice", "array"))
_OPEN = frozenset(("interface",))


class Mismatch(Exception):
    """Arguments that a function does not take; the message ends the sentence that begins with the function's name."""


def kind_of(nature: Nature) -> str:
    """Go's kind of an argument; what is unknown is an interface, nil has none."""
    if nature.is_unknown:
        return "interface"
    return "" if nature is NIL else nature.dereferenced().kind


def _count(arguments: Sequence[Nature], count: int) -> None:
    if len(arguments) != count:
        plural = "" if count == 1 else "s"
        raise Mismatch(f"takes {count} argument{plural}, not {len(arguments)}")


def _one_of(kinds: frozenset[str], what: str, result: Nature | None) -> Callable[[Sequence[Nature]], Nature]:
    """A function of one argument of these kinds; without `result` it gives what it takes."""

    def validate(arguments: Sequence[Nature]) -> Nature:
        _count(arguments, 1)
        if kind_of(arguments[0]) not in kinds | _OPEN:
            raise Mismatch(f"takes {what}, not {arguments[0].name}")
        return result or (ANY if arguments[0].is_unknown else arguments[0])

    return validate


def _element(arguments: Sequence[Nature]) -> Nature:
    nature = _one_of(_ARRAYS, "an array", None)(arguments)
    if nature.is_array and nature.name != ARRAY.name:
        return nature.element()
    return ANY


def _aggregate(arguments: Sequence[Nature]) -> Nature:
    if not arguments:
        raise Mismatch("takes at least 1 argument")
    for argument in arguments:
        kind = kind_of(argument)
        if kind in _ARRAYS | _OPEN:
            return ANY
        if kind not in _NUMBERS:
            raise Mismatch(f"takes numbers and arrays, not {argument.name}")
    return arguments[0]


def _take(arguments: Sequence[Nature]) -> Nature:
    _count(arguments, 2)
    if kind_of(arguments[0]) not in _ARRAYS | _OPEN:
        raise Mismatch(f"takes an array, not {arguments[0].name}")
    if kind_of(arguments[1]) not in _INTEGERS | _OPEN:
        raise Mismatch(f"takes an array and an integer, not {arguments[1].name}")
    return ANY if arguments[0].is_unknown else arguments[0]


def _concat(arguments: Sequence[Nature]) -> Nature:
    if not arguments:
        raise Mismatch("takes at least 1 argument")
    for argument in arguments:
        if kind_of(argument) not in _ARRAYS | _OPEN:
            raise Mismatch(f"takes arrays, not {argument.name}")
    return ARRAY


def _now(arguments: Sequence[Nature]) -> Nature:
    if arguments and (len(arguments) > 1 or arguments[0].name != LOCATION.name):
        raise Mismatch("takes no argument but a time zone")
    return TIME


def _date(arguments: Sequence[Nature]) -> Nature:
    zoned = bool(arguments) and arguments[0].name == LOCATION.name
    if not arguments or len(arguments) - zoned > 3:
        raise Mismatch(f"takes 1 to 3 arguments, not {len(arguments)}")
    return TIME


_SIZED = _ARRAYS | {"map", "string"}
_READABLE = _NUMBERS | {"string"}
_MAPS = frozenset(("map",))

VALIDATORS: dict[str, Callable[[Sequence[Nature]], Nature]] = {
    "len": _one_of(_SIZED, "a string, an array or a map", INT),
    "abs": _one_of(_NUMBERS, "a number", None),
    "ceil": _one_of(_NUMBERS, "a number", FLOAT),
    "floor": _one_of(_NUMBERS, "a number", FLOAT),
    "round": _one_of(_NUMBERS, "a number", FLOAT),
    "int": _one_of(_READABLE, "a number or a string", INT),
    "float": _one_of(_READABLE, "a number or a string", FLOAT),
    **dict.fromkeys(("max", "min", "mean", "median"), _aggregate),
    "now": _now,
    "date": _date,
    "first": _element,
    "last": _element,
    "take": _take,
    **dict.fromkeys(("keys", "values", "toPairs"), _one_of(_MAPS, "a map", ARRAY)),
    "fromPairs": _one_of(_ARRAYS, "an array", ANY_MAP),
    **dict.fromkeys(("reverse", "uniq", "flatten"), _one_of(_ARRAYS, "an array", ARRAY)),
    "concat": _concat,
}

BUILTINS = frozenset((*OVERLOADS, *VALIDATORS, "get"))
