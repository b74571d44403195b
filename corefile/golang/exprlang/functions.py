"""The behaviour of expr-lang's built-in functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cmp_to_key
from typing import TypeVar

from corefile.golang.exprlang.folding import wrap
from corefile.golang.exprlang.values import (
    MOST_MEMORY,
    Duration,
    Moment,
    equal,
    fetch,
    is_array,
    is_map,
    is_number,
    less,
    to_int,
    type_name,
)
from corefile.golang.faults import EvaluationFault, ValueFault
from corefile.golang.letters import to_lower, to_upper
from corefile.golang.texttemplate.formatting import default
from corefile.golang.values import parse_atoi, parse_duration, parse_float

Arguments = Sequence[object]
N = TypeVar("N", int, float)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise EvaluationFault(f"a value of type {type_name(value)} is no string")
    return value


def _array(value: object) -> Sequence[object]:
    if not is_array(value):
        raise EvaluationFault(f"a value of type {type_name(value)} is no array")
    return value


def _map(value: object) -> Mapping[object, object]:
    if not is_map(value):
        raise EvaluationFault(f"a value of type {type_name(value)} is no map")
    return value


def _number(value: object) -> int | float:
    if not is_number(value):
        raise EvaluationFault(f"a value of type {type_name(value)} is no number")
    return value


def _len(values: Arguments) -> int:
    value = values[0]
    if is_array(value) or is_map(value) or isinstance(value, (str, bytes)):
        return len(value)
    raise EvaluationFault(f"a value of type {type_name(value)} has no length")


def _abs(values: Arguments) -> object:
    return abs(_number(values[0]))


def _int(values: Arguments) -> int:
    value = values[0]
    if isinstance(value, Duration):
        return value.nanoseconds
    return _parse(parse_atoi, value) if isinstance(value, str) else wrap(to_int(value))


def _float(values: Arguments) -> float:
    value = values[0]
    return _parse(parse_float, value) if isinstance(value, str) else float(_number(value))


def _parse(parse: Callable[[str], N], text: str) -> N:
    try:
        return parse(text)
    except ValueFault as fault:
        raise EvaluationFault(fault.message) from None


def _round(values: Arguments) -> float:
    value = float(_number(values[0]))
    if math.isinf(value) or math.isnan(value):
        return value
    return math.copysign(float(math.floor(abs(value) + 0.5)), value)


_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def _trim(values: Arguments) -> str:
    return _text(values[0]).strip(_text(values[1]) if len(values) > 1 else _SPACES)


def _trim_prefix(values: Arguments) -> str:
    return _text(values[0]).removeprefix(_text(values[1]) if len(values) > 1 else " ")


def _trim_suffix(values: Arguments) -> str:
    return _text(values[0]).removesuffix(_text(values[1]) if len(values) > 1 else " ")


def _split(values: Arguments) -> list[str]:
    text, mark = _text(values[0]), _text(values[1])
    most = to_int(values[2]) if len(values) > 2 else -1
    if most == 0:
        return []
    if not mark:
        parts = list(text)
        return parts if most < 0 or most >= len(parts) else [*parts[: most - 1], "".join(parts[most - 1 :])]
    return text.split(mark, most - 1 if most > 0 else -1)


def _split_after(values: Arguments) -> list[str]:
    parts, mark = _split(values), _text(values[1])
    return [part + mark for part in parts[:-1]] + parts[-1:]


def _replace(values: Arguments) -> str:
    text, old, new = (_text(value) for value in values[:3])
    return text.replace(old, new, to_int(values[3]) if len(values) > 3 else -1)


def _repeat(values: Arguments) -> str:
    text, count = _text(values[0]), to_int(values[1])
    if not 0 <= count <= MOST_MEMORY or len(text) * count >= MOST_MEMORY:
        raise EvaluationFault(f"'repeat' cannot repeat {count} times")
    return text * count


def _join(values: Arguments) -> str:
    return (_text(values[1]) if len(values) > 1 else "").join(_text(part) for part in _array(values[0]))


def _index_of(find: Callable[[str, str], int]) -> Callable[[Arguments], int]:
    def index(values: Arguments) -> int:
        text, part = _text(values[0]), _text(values[1])
        at = find(text, part)
        return at if at <= 0 or text.isascii() else len(text[:at].encode("utf-8", "surrogateescape"))

    return index


def _numbers(values: Arguments) -> list[int | float]:
    numbers: list[int | float] = []
    for value in values:
        numbers += _numbers(value) if is_array(value) else [_number(value)]
    return numbers


def _max(values: Arguments) -> object:
    return max(_numbers(values), default=None)


def _min(values: Arguments) -> object:
    return min(_numbers(values), default=None)


def _mean(values: Arguments) -> float:
    numbers = _numbers(values)
    return sum(map(float, numbers)) / len(numbers) if numbers else 0.0


def _median(values: Arguments) -> float:
    numbers = sorted(map(float, _numbers(values)))
    middle = len(numbers) // 2
    if not numbers:
        return 0.0
    return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2


def _to_json(values: Arguments) -> str:
    import json

    text = json.dumps(values[0], indent=2, sort_keys=True, ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _from_json(values: Arguments) -> object:
    import json

    try:
        return json.loads(_text(values[0]), parse_int=float, parse_constant=_no_constant)
    except ValueError as error:
        raise EvaluationFault(f"'fromJSON' is given what is no JSON: {error}") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"'{name}' is no value")


def _to_base64(values: Arguments) -> str:
    import base64

    return base64.b64encode(_text(values[0]).encode("utf-8", "surrogateescape")).decode("ascii")


def _from_base64(values: Arguments) -> str:
    import base64

    text = _text(values[0]).replace("\r", "").replace("\n", "")
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape")
    except ValueError as error:
        raise EvaluationFault(f"'fromBase64' is given what is no Base64: {error}") from None


def _now(values: Arguments) -> Moment:
    from datetime import UTC, datetime, tzinfo

    zone = values[0] if values else None
    return Moment(datetime.now(zone if isinstance(zone, tzinfo) else UTC))


def _duration(values: Arguments) -> Duration:
    return Duration(_parse(parse_duration, _text(values[0])))


def _date(values: Arguments) -> Moment:
    """Dates in the two plain layouts; the many others of Go's are faults."""
    from datetime import UTC, datetime

    if len(values) == 1:
        for layout in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"):
            try:
                when = datetime.strptime(_text(values[0]), layout)  # noqa: DTZ007 - the next line sees to the zone
            except ValueError:
                continue
            return Moment(when if when.tzinfo else when.replace(tzinfo=UTC))
    raise EvaluationFault("'date' cannot read this date")


def _timezone(values: Arguments) -> object:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(_text(values[0]) or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise EvaluationFault(f"the time zone '{values[0]}' is unknown") from None


def _end(place: int) -> Callable[[Arguments], object]:
    def element(values: Arguments) -> object:
        try:
            return fetch(values[0], place)
        except EvaluationFault:
            return None

    return element


def _get(values: Arguments) -> object:
    if values[0] is None:
        return None
    if is_array(values[0]):
        to_int(values[1])
    try:
        return fetch(values[0], values[1])
    except EvaluationFault:
        return None


def _take(values: Arguments) -> object:
    array, count = _array(values[0]), to_int(values[1])
    if count < 0:
        raise EvaluationFault(f"'take' cannot take {count} elements")
    return array[:count]


def _from_pairs(values: Arguments) -> dict[object, object]:
    pairs = [_array(pair) for pair in _array(values[0])]
    if any(len(pair) != 2 for pair in pairs):
        raise EvaluationFault("'fromPairs' is given something that is no pair")
    return {pair[0]: pair[1] for pair in pairs}


def _uniq(values: Arguments) -> list[object]:
    unique: list[object] = []
    for value in _array(values[0]):
        if not any(equal(value, known) for known in unique):
            unique.append(value)
    return unique


def _flatten(values: Arguments) -> list[object]:
    flat: list[object] = []
    for value in _array(values[0]):
        flat += _flatten([value]) if is_array(value) else [value]
    return flat


def order_of(order: object) -> bool:
    """Whether 'asc' or 'desc' turns the order round."""
    if order not in ("asc", "desc"):
        raise EvaluationFault(f"'{order}' is no order: 'asc' and 'desc' are allowed")
    return order == "desc"


def sorted_by(items: Sequence[object], keys: Sequence[object], descending: bool) -> list[object]:
    """`items` in the order of `keys`, which must be comparable with each other."""

    def compare(first: int, second: int) -> int:
        return less(keys[second], keys[first]) - less(keys[first], keys[second])

    return [items[at] for at in sorted(range(len(items)), key=cmp_to_key(compare), reverse=descending)]


def _sort(values: Arguments) -> list[object]:
    array = _array(values[0])
    return sorted_by(array, array, order_of(values[1]) if len(values) > 1 else False)


def _bits(operate: Callable[[int, int], int]) -> Callable[[Arguments], int]:
    return lambda values: wrap(operate(to_int(values[0]), to_int(values[1])))


def _shift(operate: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def shifted(value: int, count: int) -> int:
        if count < 0:
            raise EvaluationFault(f"a shift by {count} is negative")
        return operate(value, min(count, 64))

    return shifted


FUNCTIONS: Mapping[str, Callable[[Arguments], object]] = {
    "len": _len,
    "abs": _abs,
    "ceil": lambda values: float(math.ceil(_number(values[0]))),
    "floor": lambda values: float(math.floor(_number(values[0]))),
    "round": _round,
    "int": _int,
    "float": _float,
    "string": lambda values: default(values[0]),
    "trim": _trim,
    "trimPrefix": _trim_prefix,
    "trimSuffix": _trim_suffix,
    "upper": lambda values: to_upper(_text(values[0])),
    "lower": lambda values: to_lower(_text(values[0])),
    "split": _split,
    "splitAfter": _split_after,
    "replace": _replace,
    "repeat": _repeat,
    "join": _join,
    "indexOf": _index_of(str.find),
    "lastIndexOf": _index_of(str.rfind),
    "hasPrefix": lambda values: _text(values[0]).startswith(_text(values[1])),
    "hasSuffix": lambda values: _text(values[0]).endswith(_text(values[1])),
    "max": _max,
    "min": _min,
    "mean": _mean,
    "median": _median,
    "toJSON": _to_json,
    "fromJSON": _from_json,
    "toBase64": _to_base64,
    "fromBase64": _from_base64,
    "now": _now,
    "duration": _duration,
    "date": _date,
    "timezone": _timezone,
    "first": _end(0),
    "last": _end(-1),
    "get": _get,
    "take": _take,
    "keys": lambda values: list(_map(values[0])),
    "values": lambda values: list(_map(values[0]).values()),
    "toPairs": lambda values: [list(pair) for pair in _map(values[0]).items()],
    "fromPairs": _from_pairs,
    "reverse": lambda values: list(reversed(_array(values[0]))),
    "uniq": _uniq,
    "concat": lambda values: [item for array in values for item in _array(array)],
    "flatten": _flatten,
    "sort": _sort,
    "bitand": _bits(lambda first, second: first & second),
    "bitor": _bits(lambda first, second: first | second),
    "bitxor": _bits(lambda first, second: first ^ second),
    "bitnand": _bits(lambda first, second: first & ~second),
    "bitshl": _bits(_shift(lambda value, count: value << count)),
    "bitshr": _bits(_shift(lambda value, count: value >> count)),
    "bitushr": _bits(_shift(lambda value, count: (value & ((1 << 64) - 1)) >> count)),
    "bitnot": lambda values: ~to_int(values[0]),
}
