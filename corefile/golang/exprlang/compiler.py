"""Expressions as closures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from corefile.golang.exprlang.functions import FUNCTIONS, order_of, sorted_by
from corefile.golang.exprlang.nodes import Node
from corefile.golang.exprlang.program import Program
from corefile.golang.exprlang.values import (
    Duration,
    Moment,
    add,
    bound_method,
    contains,
    equal,
    fetch,
    is_array,
    is_map,
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


def compile_program(program: Program) -> Callable[[Environment], object]:
    """A function from the environment (functions and variables by name) to the value.

    It raises EvaluationFault where expr-lang's machine would fail; for CoreDNS's `view` that is the same as false.
    """
    compiler = _Compiler()
    try:
        run = compiler.compile(program.root)
    except RecursionError:
        raise EvaluationFault("the expression nests too deeply to run") from None
    size = compiler.size
    if not size:
        return lambda environment: run(environment, [])
    return lambda environment: run(environment, [None] * size)


class _Compiler:
    def __init__(self) -> None:
        self.size = 0
        self._variables: list[tuple[str, int]] = []
        self._scopes: list[int] = []  # the place of each predicate's element; its index and accumulator follow

    def compile(self, node: Node) -> Evaluate:
        match node.kind:
            case "nil" | "int" | "float" | "bool" | "string":
                return _constant(node.value)
            case "bytes":
                return _constant(str(node.value).encode("latin-1", "replace"))
            case "name":
                return self._name(node.text)
            case "pointer":
                return _slot(self._scopes[-1] + ("", "index", "acc").index(node.text))
            case "unary":
                return _unary(node.text, self.compile(node.nodes[0]))
            case "binary":
                return self._binary(node)
            case "if":
                test, first, second = (self.compile(part) for part in node.nodes)
                return _condition(test, first, second)
            case "let":
                return self._let(node)
            case "builtin":
                return self._builtin(node)
            case "call":
                return self._call(node)
            case _:
                return self._structure(node)

    def _structure(self, node: Node) -> Evaluate:
        if node.kind == "map":
            return _map([(self.compile(pair.nodes[0]), self.compile(pair.nodes[1])) for pair in node.nodes])
        if node.kind == "slice":
            value, start, end = (self.compile(part) if part.kind != "absent" else None for part in node.nodes)
            assert value is not None
            return _slice(value, start or _constant(0), end or _constant(None))
        parts = [self.compile(part) for part in node.nodes]
        if node.kind == "chain":
            return _chain(parts[0])
        if node.kind == "member":
            return _member(parts[0], parts[1], node.optional)
        if node.kind == "array":
            return lambda environment, slots: [part(environment, slots) for part in parts]
        return lambda environment, slots: [part(environment, slots) for part in parts][-1]

    def _name(self, name: str) -> Evaluate:
        for known, place in reversed(self._variables):
            if known == name:
                return _slot(place)
        if name == "$env":
            return lambda environment, _: dict(environment)
        return lambda environment, _: environment.get(name)

    def _let(self, node: Node) -> Evaluate:
        value = self.compile(node.nodes[0])
        place = self._reserve(1)
        self._variables.append((node.text, place))
        body = self.compile(node.nodes[1])
        self._variables.pop()

        def run(environment: Environment, slots: Slots) -> object:
            slots[place] = value(environment, slots)
            return body(environment, slots)

        return run

    def _reserve(self, count: int) -> int:
        self.size += count
        return self.size - count

    def _binary(self, node: Node) -> Evaluate:
        left, right = self.compile(node.nodes[0]), self.compile(node.nodes[1])
        operator = node.text
        if operator in ("and", "&&", "or", "||"):
            return _logic(left, right, operator in ("or", "||"))
        if operator == "??":
            return _coalesce(left, right)
        if operator == "matches" and node.nodes[1].kind == "string":
            return _matches_constant(left, compile_regexp(str(node.nodes[1].value)))
        if operator == "in" and (words := _words(node.nodes[1])):
            return _among(left, words)
        operate = _OPERATORS[operator]
        return lambda environment, slots: operate(left(environment, slots), right(environment, slots))

    def _call(self, node: Node) -> Evaluate:
        callee, arguments = node.nodes[0], [self.compile(part) for part in node.nodes[1:]]
        if callee.kind == "name" and not arguments and all(name != callee.text for name, _ in self._variables):
            return _plain_call(callee.text)
        function = self.compile(callee)
        return lambda environment, slots: _invoke(
            function(environment, slots), [part(environment, slots) for part in arguments]
        )

    def _builtin(self, node: Node) -> Evaluate:
        if node.text in _PREDICATES or node.text == "reduce":
            return self._predicate(node)
        parts = [self.compile(part) for part in node.nodes]
        function = FUNCTIONS[node.text]
        if len(parts) == 1:
            only = parts[0]
            return lambda environment, slots: function((only(environment, slots),))
        return lambda environment, slots: function([part(environment, slots) for part in parts])

    def _predicate(self, node: Node) -> Evaluate:
        collection = self.compile(node.nodes[0])
        place = self._reserve(3)
        self._scopes.append(place)
        test = self.compile(node.nodes[1].nodes[0]) if len(node.nodes) > 1 else _slot(place)
        self._scopes.pop()
        last = self.compile(node.nodes[2]) if len(node.nodes) > 2 else None
        run = _PREDICATES.get(node.text)

        def evaluate(environment: Environment, slots: Slots) -> object:
            items = collection(environment, slots)
            if not is_array(items):
                raise EvaluationFault(f"a value of type {type_name(items)} is no array")

            def look(at: int) -> object:
                slots[place], slots[place + 1] = items[at], at
                return test(environment, slots)

            if run is None:
                first = last(environment, slots) if last is not None else None
                return _reduce(items, look, slots, place + 2, first, last is not None)
            return run(items, look, last(environment, slots) if last is not None else "asc")

        return evaluate


# The closures.


def _constant(value: object) -> Evaluate:
    return lambda _environment, _slots: value


def _slot(place: int) -> Evaluate:
    return lambda _, slots: slots[place]


def _bool(value: object) -> bool:
    if value is True or value is False:
        return value
    raise EvaluationFault(f"a value of type {type_name(value)} is no bool")


def _unary(operator: str, operand: Evaluate) -> Evaluate:
    if operator in ("not", "!"):
        return lambda environment, slots: not _bool(operand(environment, slots))
    if operator == "+":
        return operand

    def negate(environment: Environment, slots: Slots) -> object:
        value = operand(environment, slots)
        return -value if isinstance(value, float) else subtract(0, value)

    return negate


def _logic(left: Evaluate, right: Evaluate, wanted: bool) -> Evaluate:
    def decide(environment: Environment, slots: Slots) -> object:
        return wanted if _bool(left(environment, slots)) is wanted else right(environment, slots)

    return decide


def _coalesce(left: Evaluate, right: Evaluate) -> Evaluate:
    def choose(environment: Environment, slots: Slots) -> object:
        value = left(environment, slots)
        return right(environment, slots) if value is None else value

    return choose


def _words(node: Node) -> frozenset[str]:
    """The elements of an array of nothing but strings."""
    if node.kind != "array" or any(part.kind != "string" for part in node.nodes):
        return frozenset()
    return frozenset(str(part.value) for part in node.nodes)


def _among(left: Evaluate, words: frozenset[str]) -> Evaluate:
    def run(environment: Environment, slots: Slots) -> object:
        value = left(environment, slots)
        return isinstance(value, str) and value in words

    return run


def _condition(test: Evaluate, first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda environment, slots: (first if _bool(test(environment, slots)) else second)(environment, slots)


def _map(pairs: Sequence[tuple[Evaluate, Evaluate]]) -> Evaluate:
    def build(environment: Environment, slots: Slots) -> object:
        built: dict[object, object] = {}
        for key, value in pairs:
            name = key(environment, slots)
            if not isinstance(name, str):
                raise EvaluationFault(f"a key of type {type_name(name)} is no string")
            built[name] = value(environment, slots)
        return built

    return build


def _slice(value: Evaluate, start: Evaluate, end: Evaluate) -> Evaluate:
    return lambda environment, slots: section(
        value(environment, slots), start(environment, slots), end(environment, slots)
    )


def _chain(inner: Evaluate) -> Evaluate:
    def run(environment: Environment, slots: Slots) -> object:
        try:
            return inner(environment, slots)
        except _Missing:
            return None

    return run


def _member(base: Evaluate, key: Evaluate, optional: bool) -> Evaluate:
    def get(environment: Environment, slots: Slots) -> object:
        value = base(environment, slots)
        if value is None and optional:
            raise _Missing
        name = key(environment, slots)
        if isinstance(value, (Moment, Duration)):
            return bound_method(value, str(name))
        return fetch(value, name)

    return get


def _plain_call(name: str) -> Evaluate:
    def call(environment: Environment, _: Slots) -> object:
        function = environment[name]
        return function() if callable(function) else _invoke(function, ())

    return call


def _invoke(function: object, values: Sequence[object]) -> object:
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


def _matches_constant(left: Evaluate, regexp: Regexp) -> Evaluate:
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


_OPERATORS: Mapping[str, Callable[[object, object], object]] = {
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

# Functions that look at each element of an array: `look(at)` is the predicate's value for one.

_Look = Callable[[int], object]


def _find(items: Sequence[object], look: _Look, places: Sequence[int]) -> int | None:
    return next((at for at in places if _bool(look(at))), None) if items else None


def _find_first(items: Sequence[object], look: _Look, _: object) -> object:
    at = _find(items, look, range(len(items)))
    return None if at is None else items[at]


def _find_last(items: Sequence[object], look: _Look, _: object) -> object:
    at = _find(items, look, range(len(items) - 1, -1, -1))
    return None if at is None else items[at]


def _sum(items: Sequence[object], look: _Look, _: object) -> object:
    total: object = 0
    for at in range(len(items)):
        total = add(look(at), total)
    return total


def _group_by(items: Sequence[object], look: _Look, _: object) -> object:
    groups: dict[object, list[object]] = {}
    for at, item in enumerate(items):
        key = look(at)
        if is_array(key) or is_map(key):
            raise EvaluationFault(f"a value of type {type_name(key)} is no key of a map")
        groups.setdefault(key, []).append(item)
    return groups


def _reduce(items: Sequence[object], look: _Look, slots: Slots, place: int, first: object, has_first: bool) -> object:
    if not items and not has_first:
        raise EvaluationFault("'reduce' has neither elements nor a first value")
    slots[place] = first if has_first else items[0]
    for at in range(0 if has_first else 1, len(items)):
        slots[place] = look(at)
    return slots[place]


_PREDICATES: Mapping[str, Callable[[Sequence[object], _Look, object], object]] = {
    "all": lambda items, look, _: all(_bool(look(at)) for at in range(len(items))),
    "any": lambda items, look, _: any(_bool(look(at)) for at in range(len(items))),
    "none": lambda items, look, _: not any(_bool(look(at)) for at in range(len(items))),
    "one": lambda items, look, _: sum(_bool(look(at)) for at in range(len(items))) == 1,
    "count": lambda items, look, _: sum(_bool(look(at)) for at in range(len(items))),
    "filter": lambda items, look, _: [item for at, item in enumerate(items) if _bool(look(at))],
    "map": lambda items, look, _: [look(at) for at in range(len(items))],
    "find": _find_first,
    "findLast": _find_last,
    "findIndex": lambda items, look, _: _find(items, look, range(len(items))),
    "findLastIndex": lambda items, look, _: _find(items, look, range(len(items) - 1, -1, -1)),
    "sum": _sum,
    "groupBy": _group_by,
    "sortBy": lambda items, look, order: sorted_by(items, [look(at) for at in range(len(items))], order_of(order)),
}
