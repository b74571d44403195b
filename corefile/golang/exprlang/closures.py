"""The closures that compiled expressions are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from corefile.golang.exprlang.nodes import Node
from corefile.golang.exprlang.values import (
    Duration,
    Moment,
    add,
    bound_method,
    contains,
    equal,
    fetch,
    less,
    mismatch,
    multiply,
    quotient,
    raised,
    remainder,
    section,
    spread,
    subtract,
    type_name,
)
from corefile.golang.faults import EvaluationFault, SyntaxFault
from corefile.golang.regexp import Regexp, compile_regexp

Environment = Mapping[str, object]
Slots = list[object]  # variables, and what predicates look at, by place
Evaluate = Callable[[Environment, Slots], object]


class _Missing(Exception):
    """`?.` met nil: the chain around it is nil."""


def constant(value: object) -> Evaluate:
    return lambda _environment, _slots: value


def slot(place: int) -> Evaluate:
    return lambda _, slots: slots[place]


def as_bool(value: object) -> bool:
    if value is True or value is False:
        return value
    raise EvaluationFault(f"a value of type {type_name(value)} is no bool")


def unary(operator: str, operand: Evaluate) -> Evaluate:
    if operator in ("not", "!"):
        return lambda environment, slots: not as_bool(operand(environment, slots))
    if operator == "+":
        return operand

    def negate(environment: Environment, slots: Slots) -> object:
        value = operand(environment, slots)
        return -value if isinstance(value, float) else subtract(0, value)

    return negate


def logic(left: Evaluate, right: Evaluate, wanted: bool) -> Evaluate:
    def decide(environment: Environment, slots: Slots) -> object:
        return wanted if as_bool(left(environment, slots)) is wanted else right(environment, slots)

    return decide


def coalesce(left: Evaluate, right: Evaluate) -> Evaluate:
    def choose(environment: Environment, slots: Slots) -> object:
        value = left(environment, slots)
        return right(environment, slots) if value is None else value

    return choose


def words_of(node: Node) -> frozenset[str]:
    """The elements of an array of nothing but strings."""
    if node.kind != "array" or any(part.kind != "string" for part in node.nodes):
        return frozenset()
    return frozenset(str(part.value) for part in node.nodes)


def among(left: Evaluate, words: frozenset[str]) -> Evaluate:
    def run(environment: Environment, slots: Slots) -> object:
        value = left(environment, slots)
        return isinstance(value, str) and value in words

    return run


def condition(test: Evaluate, first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda environment, slots: (first if as_bool(test(environment, slots)) else second)(environment, slots)


def map_of(pairs: Sequence[tuple[Evaluate, Evaluate]]) -> Evaluate:
    def build(environment: Environment, slots: Slots) -> object:
        built: dict[object, object] = {}
        for key, value in pairs:
            name = key(environment, slots)
            if not isinstance(name, str):
                raise EvaluationFault(f"a key of type {type_name(name)} is no string")
            built[name] = value(environment, slots)
        return built

    return build


def slice_of(value: Evaluate, start: Evaluate, end: Evaluate) -> Evaluate:
    return lambda environment, slots: section(
        value(environment, slots), start(environment, slots), end(environment, slots)
    )


def chain(inner: Evaluate) -> Evaluate:
    def run(environment: Environment, slots: Slots) -> object:
        try:
            return inner(environment, slots)
        except _Missing:
            return None

    return run


def member(base: Evaluate, key: Evaluate, optional: bool) -> Evaluate:
    def get(environment: Environment, slots: Slots) -> object:
        value = base(environment, slots)
        if value is None and optional:
            raise _Missing
        name = key(environment, slots)
        if isinstance(value, (Moment, Duration)):
            return bound_method(value, str(name))
        return fetch(value, name)

    return get


def plain_call(name: str) -> Evaluate:
    def call(environment: Environment, _: Slots) -> object:
        function = environment[name]
        return function() if callable(function) else invoke(function, ())

    return call


def invoke(function: object, values: Sequence[object]) -> object:
    if not callable(function):
        raise EvaluationFault(f"a value of type {type_name(function)} is no function")
    try:
        return function(*values)
    except (TypeError, AttributeError):
        raise EvaluationFault(f"a function does not take these {len(values)} arguments") from None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Regexp:
    try:
        return compile_regexp(pattern)
    except SyntaxFault as fault:
        raise EvaluationFault(f"'{pattern}' is no regular expression: {fault.message}") from None


def matches_constant(left: Evaluate, regexp: Regexp) -> Evaluate:
    matches = regexp.matches

    def run(environment: Environment, slots: Slots) -> object:
        value = left(environment, slots)
        return value is not None and matches(_text(value, "matches"))

    return run


def _text(value: object, operator: str) -> str:
    if isinstance(value, bytes) and operator == "matches":
        return value.decode("utf-8", "surrogateescape")
    if not isinstance(value, str):
        raise EvaluationFault(f"'{operator}' cannot be applied to a value of type {type_name(value)}")
    return value


def _on_text(operator: str, test: Callable[[str, str], bool]) -> Callable[[object, object], object]:
    def operate(left: object, right: object) -> object:
        if left is None or right is None:
            return False
        if operator == "matches" and not isinstance(right, str):
            raise mismatch(operator, left, right)
        return test(_text(left, operator), _text(right, operator))

    return operate


OPERATORS: Mapping[str, Callable[[object, object], object]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": lambda left, right: less(left, right) or equal(left, right),
    ">=": lambda left, right: less(right, left) or equal(left, right),
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": quotient,
    "%": remainder,
    "**": raised,
    "^": raised,
    "..": spread,
    "in": lambda left, right: contains(right, left),
    "matches": _on_text("matches", lambda text, pattern: _compiled(pattern).matches(text)),
    "contains": _on_text("contains", lambda text, part: part in text),
    "startsWith": _on_text("startsWith", str.startswith),
    "endsWith": _on_text("endsWith", str.endswith),
}
