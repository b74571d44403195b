"""The values of expressions at run time, and Go's rules for comparing, adding and fetching them.

int, float, str, bool, None (nil), bytes, list, dict; `Duration` and `Moment` for Go's times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import total_ordering
from typing import TypeGuard

from corefile.golang.exprlang.folding import divide, power, wrap
from corefile.golang.faults import EvaluationFault
from corefile.golang.values import render_duration

MOST_MEMORY = 1_000_000  # elements that one value may have: expr-lang's memory budget


@total_ordering
class Duration:
    """`time.Duration`."""

    __slots__ = ("nanoseconds",)

    def __init__(self, nanoseconds: int) -> None:
        self.nanoseconds = wrap(nanoseconds)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and self.nanoseconds == other.nanoseconds

    def __lt__(self, other: Duration) -> bool:
        return self.nanoseconds < other.nanoseconds

    def __hash__(self) -> int:
        return hash(self.nanoseconds)

    def __str__(self) -> str:
        return render_duration(self.nanoseconds)


@total_ordering
class Moment:
    """`time.Time`, to the microsecond."""

    __slots__ = ("when",)

    def __init__(self, when: datetime) -> None:
        self.when = when

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and self.when == other.when

    def __lt__(self, other: Moment) -> bool:
        return self.when < other.when

    def __hash__(self) -> int:
        return hash(self.when)

    def __str__(self) -> str:
        return self.when.strftime("%Y-%m-%d %H:%M:%S %z %Z")

    def plus(self, duration: Duration) -> Moment:
        return Moment(self.when + timedelta(microseconds=duration.nanoseconds / 1000))

    def since(self, other: Moment) -> Duration:
        return Duration(round((self.when - other.when) / timedelta(microseconds=1)) * 1000)

    def nanoseconds(self) -> int:
        """Since 1970."""
        return self.since(Moment(datetime(1970, 1, 1, tzinfo=UTC))).nanoseconds


def is_array(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list)


def is_map(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, dict)


def is_number(value: object) -> TypeGuard[int | float]:
    return type(value) is int or type(value) is float


def type_name(value: object) -> str:
    """Go's name of a value's type, for messages."""
    names: dict[type, str] = {
        bool: "bool",
        int: "int",
        float: "float64",
        str: "string",
        bytes: "[]uint8",
        list: "array",
    }
    return "nil" if value is None else names.get(type(value), type(value).__name__.lower())


def mismatch(operator: str, first: object, second: object) -> EvaluationFault:
    return EvaluationFault(
        f"'{operator}' cannot be applied to values of types {type_name(first)} and {type_name(second)}"
    )


def equal(first: object, second: object) -> bool:
    """`==`: numbers by value, true and 1 are different."""
    if type(first) is bool or type(second) is bool:
        return first is second
    if is_array(first) and is_array(second):
        return len(first) == len(second) and all(map(equal, first, second))
    return first == second


def less(first: object, second: object) -> bool:
    """`<`: of two numbers, strings, times or durations."""
    if is_number(first) and is_number(second):
        return first < second
    if isinstance(first, str) and isinstance(second, str):
        return first < second
    if isinstance(first, Moment) and isinstance(second, Moment):
        return first < second
    if isinstance(first, Duration) and isinstance(second, Duration):
        return first < second
    raise mismatch("<", first, second)


def _number(value: float) -> int | float:
    return wrap(value) if isinstance(value, int) else value


def add(first: object, second: object) -> object:
    if is_number(first) and is_number(second):
        return _number(first + second)
    if isinstance(first, str) and isinstance(second, str):
        return first + second
    if isinstance(first, Moment) and isinstance(second, Duration):
        return first.plus(second)
    if isinstance(first, Duration) and isinstance(second, Moment):
        return second.plus(first)
    if isinstance(first, Duration) and isinstance(second, Duration):
        return Duration(first.nanoseconds + second.nanoseconds)
    raise mismatch("+", first, second)


def subtract(first: object, second: object) -> object:
    if is_number(first) and is_number(second):
        return _number(first - second)
    if isinstance(first, Moment) and isinstance(second, Moment):
        return first.since(second)
    if isinstance(first, Moment) and isinstance(second, Duration):
        return first.plus(Duration(-second.nanoseconds))
    if isinstance(first, Duration) and isinstance(second, Duration):
        return Duration(first.nanoseconds - second.nanoseconds)
    raise mismatch("-", first, second)


def multiply(first: object, second: object) -> object:
    if is_number(first) and is_number(second):
        return _number(first * second)
    factors = [value.nanoseconds if isinstance(value, Duration) else value for value in (first, second)]
    if is_number(factors[0]) and is_number(factors[1]):
        return Duration(int(factors[0] * factors[1]))
    raise mismatch("*", first, second)


def quotient(first: object, second: object) -> float:
    if is_number(first) and is_number(second):
        return divide(float(first), float(second))
    raise mismatch("/", first, second)


def raised(first: object, second: object) -> float:
    if is_number(first) and is_number(second):
        return power(float(first), float(second))
    raise mismatch("**", first, second)


def remainder(first: object, second: object) -> int:
    """`%`, with the sign of the first as in Go."""
    if type(first) is not int or type(second) is not int:
        raise mismatch("%", first, second)
    if not second:
        raise EvaluationFault("'%' divides by zero")
    size = abs(first) % abs(second)
    return -size if first < 0 else size


def spread(first: object, second: object) -> list[int]:
    """`first..second`."""
    if not is_number(first) or not is_number(second):
        raise mismatch("..", first, second)
    low, high = int(first), int(second)
    if high - low + 1 >= MOST_MEMORY:
        raise EvaluationFault(f"'..' makes more than {MOST_MEMORY} numbers")
    return list(range(low, high + 1))


def contains(array: object, value: object) -> bool:
    """`value in array`."""
    if array is None:
        return False
    if is_array(array):
        return any(equal(item, value) for item in array)
    if is_map(array):
        return _hashable(value) in array
    raise EvaluationFault(f"'in' cannot be applied to a value of type {type_name(array)}")


def _hashable(key: object) -> object:
    if is_array(key) or is_map(key):
        raise EvaluationFault(f"a value of type {type_name(key)} is no key of a map")
    return key


def fetch(value: object, key: object) -> object:
    """`value[key]` and `value.key`; from a map, nil for what is missing."""
    if is_map(value):
        return value.get(_hashable(key))
    if is_array(value) or isinstance(value, (str, bytes)):
        items: Sequence[object] = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
        at = to_int(key)
        at += len(items) if at < 0 else 0
        if not 0 <= at < len(items):
            raise EvaluationFault(f"index {at} is out of range: there are {len(items)} elements")
        return items[at]
    if isinstance(key, str) and isinstance(value, (Moment, Duration)):
        return bound_method(value, key)
    raise EvaluationFault(f"a value of type {type_name(value)} has no element '{key}'")


def section(value: object, start: object, end: object) -> object:
    """`value[start:end]`; places count from the end when negative, and stay inside; None is the end."""
    if not is_array(value) and not isinstance(value, (str, bytes)):
        raise EvaluationFault(f"a value of type {type_name(value)} cannot be sliced")
    items: Sequence[object] = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    low, high = to_int(start), len(items) if end is None else to_int(end)
    low = max(0, low + len(items) if low < 0 else low)
    high = min(len(items), max(0, high + len(items) if high < 0 else high))
    part = items[min(low, high) : high]
    return part.decode("utf-8", "surrogateescape") if isinstance(value, str) and isinstance(part, bytes) else part


def to_int(value: object) -> int:
    if not is_number(value):
        raise EvaluationFault(f"a value of type {type_name(value)} is no integer")
    return int(value)


def bound_method(value: Moment | Duration, name: str) -> Callable[..., object]:
    """A method of a time or a duration; the few that need Go's layouts are missing."""
    if isinstance(value, Duration):
        if (found := _DURATION_METHODS.get(name)) is not None:
            return lambda: found(value)
    elif (plain := _MOMENT_METHODS.get(name)) is not None:
        return lambda: plain(value)
    elif (binary := _MOMENT_OPERATIONS.get(name)) is not None:

        def operate(other: object) -> object:
            return binary(value, other)

        return operate
    raise EvaluationFault(f"the method '{name}' cannot be run here")


_DURATION_METHODS: dict[str, Callable[[Duration], object]] = {
    "Hours": lambda value: value.nanoseconds / 3_600_000_000_000,
    "Minutes": lambda value: value.nanoseconds / 60_000_000_000,
    "Seconds": lambda value: value.nanoseconds / 1_000_000_000,
    "Milliseconds": lambda value: int(value.nanoseconds / 1_000_000),
    "Microseconds": lambda value: int(value.nanoseconds / 1_000),
    "Nanoseconds": lambda value: value.nanoseconds,
    "Abs": lambda value: Duration(abs(value.nanoseconds)),
    "String": str,
}

_MOMENT_METHODS: dict[str, Callable[[Moment], object]] = {
    "Year": lambda value: value.when.year,
    "Month": lambda value: value.when.month,
    "Day": lambda value: value.when.day,
    "Hour": lambda value: value.when.hour,
    "Minute": lambda value: value.when.minute,
    "Second": lambda value: value.when.second,
    "Nanosecond": lambda value: value.when.microsecond * 1000,
    "Weekday": lambda value: value.when.isoweekday() % 7,
    "YearDay": lambda value: value.when.timetuple().tm_yday,
    "Unix": lambda value: value.nanoseconds() // 1_000_000_000,
    "UnixMilli": lambda value: value.nanoseconds() // 1_000_000,
    "UnixMicro": lambda value: value.nanoseconds() // 1_000,
    "UnixNano": lambda value: value.nanoseconds(),
    "UTC": lambda value: Moment(value.when.astimezone(UTC)),
    "String": str,
}


def _in_zone(value: Moment, zone: object) -> Moment:
    if not isinstance(zone, tzinfo):
        raise EvaluationFault("'In' takes a time zone")
    return Moment(value.when.astimezone(zone))


_MOMENT_OPERATIONS: dict[str, Callable[[Moment, object], object]] = {
    "In": _in_zone,
    "Before": less,
    "After": lambda value, other: less(other, value),
    "Equal": equal,
    "Compare": lambda value, other: less(other, value) - less(value, other),
    "Add": add,
    "Sub": subtract,
}
