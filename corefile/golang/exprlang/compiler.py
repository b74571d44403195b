"""Expressions as closures."""

from __future__ import annotations

from collections.abc import Callable

from corefile.golang.exprlang.closures import (
    OPERATORS,
    Environment,
    Evaluate,
    Slots,
    among,
    chain,
    coalesce,
    condition,
    constant,
    invoke,
    logic,
    map_of,
    matches_constant,
    member,
    plain_call,
    slice_of,
    slot,
    unary,
    words_of,
)
from corefile.golang.exprlang.functions import FUNCTIONS
from corefile.golang.exprlang.nodes import Node
from corefile.golang.exprlang.predicates import PREDICATES, reduce_to
from corefile.golang.exprlang.program import Program
from corefile.golang.exprlang.values import (
    is_array,
    type_name,
)
from corefile.golang.faults import EvaluationFault
from corefile.golang.regexp import compile_regexp


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
                return constant(node.value)
            case "bytes":
                return constant(str(node.value).encode("latin-1", "replace"))
            case "name":
                return self._name(node.text)
            case "pointer":
                return slot(self._scopes[-1] + ("", "index", "acc").index(node.text))
            case "unary":
                return unary(node.text, self.compile(node.nodes[0]))
            case "binary":
                return self._binary(node)
            case "if":
                test, first, second = (self.compile(part) for part in node.nodes)
                return condition(test, first, second)
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
            return map_of([(self.compile(pair.nodes[0]), self.compile(pair.nodes[1])) for pair in node.nodes])
        if node.kind == "slice":
            value, start, end = (self.compile(part) if part.kind != "absent" else None for part in node.nodes)
            assert value is not None
            return slice_of(value, start or constant(0), end or constant(None))
        parts = [self.compile(part) for part in node.nodes]
        if node.kind == "chain":
            return chain(parts[0])
        if node.kind == "member":
            return member(parts[0], parts[1], node.optional)
        if node.kind == "array":
            return lambda environment, slots: [part(environment, slots) for part in parts]
        return lambda environment, slots: [part(environment, slots) for part in parts][-1]

    def _name(self, name: str) -> Evaluate:
        for known, place in reversed(self._variables):
            if known == name:
                return slot(place)
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
            return logic(left, right, operator in ("or", "||"))
        if operator == "??":
            return coalesce(left, right)
        if operator == "matches" and node.nodes[1].kind == "string":
            return matches_constant(left, compile_regexp(str(node.nodes[1].value)))
        if operator == "in" and (words := words_of(node.nodes[1])):
            return among(left, words)
        operate = OPERATORS[operator]
        return lambda environment, slots: operate(left(environment, slots), right(environment, slots))

    def _call(self, node: Node) -> Evaluate:
        callee, arguments = node.nodes[0], [self.compile(part) for part in node.nodes[1:]]
        if callee.kind == "name" and not arguments and all(name != callee.text for name, _ in self._variables):
            return plain_call(callee.text)
        function = self.compile(callee)
        return lambda environment, slots: invoke(
            function(environment, slots), [part(environment, slots) for part in arguments]
        )

    def _builtin(self, node: Node) -> Evaluate:
        if node.text in PREDICATES or node.text == "reduce":
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
        test = self.compile(node.nodes[1].nodes[0]) if len(node.nodes) > 1 else slot(place)
        self._scopes.pop()
        last = self.compile(node.nodes[2]) if len(node.nodes) > 2 else None
        run = PREDICATES.get(node.text)

        def evaluate(environment: Environment, slots: Slots) -> object:
            items = collection(environment, slots)
            if not is_array(items):
                raise EvaluationFault(f"a value of type {type_name(items)} is no array")

            def look(at: int) -> object:
                slots[place], slots[place + 1] = items[at], at
                return test(environment, slots)

            if run is None:
                first = last(environment, slots) if last is not None else None
                return reduce_to(items, look, slots, place + 2, first, last is not None)
            return run(items, look, last(environment, slots) if last is not None else "asc")

        return evaluate
