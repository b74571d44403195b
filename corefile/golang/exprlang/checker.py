"""The types of an expression, by expr-lang's rules: what it refuses to compile is a SyntaxFault here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corefile.golang.exprlang.methods import method
from corefile.golang.exprlang.natures import (
    ANY,
    ARRAY,
    BOOL,
    BYTES,
    FLOAT,
    GROUPS,
    INT,
    MAP,
    NIL,
    STRING,
    UNKNOWN,
    Nature,
    array_of,
    plain,
)
from corefile.golang.exprlang.nodes import Node
from corefile.golang.exprlang.operators import OPERATORS
from corefile.golang.exprlang.parser import PREDICATES
from corefile.golang.exprlang.signatures import BUILTINS, OVERLOADS, VALIDATORS, Mismatch
from corefile.golang.faults import SyntaxFault


class Checker:
    """Visits each node once; `environment` maps the names that an expression may use to their types."""

    def __init__(self, environment: Mapping[str, Nature], disabled: frozenset[str]) -> None:
        self._environment = environment
        self._disabled = disabled
        self._variables: list[tuple[str, Nature]] = []
        self._scopes: list[tuple[Nature, dict[str, Nature]]] = []

    def check(self, node: Node) -> Nature:
        """The type of the value; raises SyntaxFault where expr-lang would refuse to compile."""
        return _VISITS[node.kind](self, node)

    # Names.

    def _name(self, node: Node) -> Nature:
        for name, nature in reversed(self._variables):
            if name == node.text:
                return nature
        if node.text == "$env":
            return UNKNOWN
        return self._lookup(node, node.text, True)

    def _lookup(self, node: Node, name: str, builtins: bool) -> Nature:
        nature = self._environment.get(name)
        if nature is not None:
            return nature
        if builtins and name not in self._disabled and (name in BUILTINS or name in PREDICATES):
            return Nature("func", f"func {name}", builtin=name)
        raise SyntaxFault(f"'{name}' is no name that this expression can use", node.start, node.end)

    def _let(self, node: Node) -> Nature:
        name = node.text
        known = name in self._environment or any(name == variable for variable, _ in self._variables)
        if known or (name not in self._disabled and (name in BUILTINS or name in PREDICATES)):
            raise SyntaxFault(f"'let' gives the name '{name}' a second meaning", node.start, node.end)
        self._variables.append((name, self.check(node.nodes[0])))
        nature = self.check(node.nodes[1])
        self._variables.pop()
        return nature

    def _pointer(self, node: Node) -> Nature:
        if not self._scopes:
            raise SyntaxFault("'#' stands outside of a predicate", node.start, node.end)
        collection, names = self._scopes[-1]
        if not node.text:
            return UNKNOWN if collection.is_unknown else collection.element()
        if node.text not in names:
            raise SyntaxFault(f"'#{node.text}' is unknown: only '#' is allowed here", node.start, node.end)
        return names[node.text]

    # Operators.

    def _unary(self, node: Node) -> Nature:
        nature = self.check(node.nodes[0]).dereferenced()
        if node.text in ("!", "not"):
            if nature.kind == "bool" or nature.is_unknown:
                return BOOL
        elif nature.is_number or nature.is_unknown:
            return nature if nature.is_number else UNKNOWN
        raise SyntaxFault(f"'{node.text}' cannot be applied to {_named(nature)}", node.start, node.end)

    def _binary(self, node: Node) -> Nature:
        left = self.check(node.nodes[0]).dereferenced()
        right = self.check(node.nodes[1]).dereferenced()
        if node.text == "matches":
            _check_pattern(node.nodes[1])
        result = OPERATORS[node.text](left, right)
        if result is None:
            raise SyntaxFault(
                f"'{node.text}' cannot be applied to {_named(left)} and {_named(right)}", node.start, node.end
            )
        return result

    def _if(self, node: Node) -> Nature:
        tested = node.nodes[0]
        condition = self.check(tested).dereferenced()
        if condition.kind != "bool" and not condition.is_unknown:
            raise SyntaxFault(f"the condition is {_named(condition)}: a bool is allowed", tested.start, tested.end)
        first, second = self.check(node.nodes[1]), self.check(node.nodes[2])
        if NIL in (first, second):
            return second if first is NIL else first
        if not first.assignable_to(second):
            return UNKNOWN
        if first.is_array and second.is_array and not _same(first.element(), second.element()):
            return ARRAY
        return first

    def _sequence(self, node: Node) -> Nature:
        return [self.check(part) for part in node.nodes][-1]

    # Structures.

    def _array(self, node: Node) -> Nature:
        natures = [self.check(part) for part in node.nodes]
        if not natures:
            return array_of(UNKNOWN)
        same = all(nature.kind == natures[0].kind for nature in natures)
        return array_of(natures[-1]) if same else ARRAY

    def _map(self, node: Node) -> Nature:
        for pair in node.nodes:
            for part in pair.nodes:
                self.check(part)
        return MAP

    def _member(self, node: Node) -> Nature:
        target, field = node.nodes
        name = str(field.value) if field.kind == "string" else None
        if target.kind == "name" and target.text == "$env":
            if name is None or (node.optional and name not in self._environment):
                return UNKNOWN
            return self._lookup(node, name, False)
        base, key = self.check(target), self.check(field)
        if base.is_unknown:
            return UNKNOWN
        if name is not None:
            if base is NIL:
                raise SyntaxFault(f"nil has no field '{name}'", node.start, node.end)
            if (known := method(base, name)) is not None:
                return known
        base = base.dereferenced()
        if base.kind == "map":
            return self._map_member(field, base, key)
        if base.is_array:
            if not key.dereferenced().is_integer and not key.is_unknown:
                raise SyntaxFault(f"an array is indexed by {_named(key)}: an int is allowed", field.start, field.end)
            return base.element()
        if name is not None:
            raise SyntaxFault(f"{_named(base)} has no field '{name}'", node.start, node.end)
        raise SyntaxFault(f"{_named(base)} cannot be indexed", node.start, node.end)

    def _map_member(self, field: Node, base: Nature, key: Nature) -> Nature:
        wanted = base.key or UNKNOWN
        usable = key.assignable_to(wanted) or key.dereferenced().assignable_to(wanted) or key.is_unknown
        if not usable:
            raise SyntaxFault(f"{_named(key)} is no key of {_named(base)}", field.start, field.end)
        return base.element()

    def _slice(self, node: Node) -> Nature:
        nature = self.check(node.nodes[0])
        if nature.is_unknown:
            return UNKNOWN
        if nature.kind != "string" and not nature.is_array:
            raise SyntaxFault(f"{_named(nature)} cannot be sliced", node.start, node.end)
        for bound in node.nodes[1:]:
            if bound.kind != "absent":
                index = self.check(bound).dereferenced()
                if not index.is_integer and not index.is_unknown:
                    raise SyntaxFault(f"a slice ends at {_named(index)}: an int is allowed", bound.start, bound.end)
        return nature

    # Calls.

    def _call(self, node: Node) -> Nature:
        callee, arguments = node.nodes[0], node.nodes[1:]
        if callee.kind == "name" and callee.text == "$env":
            raise SyntaxFault("'$env' is no function", callee.start, callee.end)
        nature = self.check(callee)
        if nature.is_unknown:
            return UNKNOWN
        if nature.builtin in PREDICATES:
            raise SyntaxFault(f"'{nature.builtin}' cannot be called by another name", callee.start, callee.end)
        if nature.builtin:
            return self._call_builtin(node, nature.builtin, arguments)
        name = callee.text if callee.kind == "name" else str(callee.nodes[1].value)
        if nature.kind != "func":
            raise SyntaxFault(f"'{name}' is {_named(nature)} and no function", callee.start, callee.end)
        if nature.result is None:
            raise SyntaxFault(f"'{name}' gives more than one value", callee.start, callee.end)
        return self._check_arguments(node, name, nature, arguments)

    def _check_arguments(self, node: Node, name: str, nature: Nature, arguments: list[Node]) -> Nature:
        given = [self.check(argument) for argument in arguments]
        if len(given) != len(nature.params):
            plural = "" if len(nature.params) == 1 else "s"
            raise SyntaxFault(
                f"'{name}' takes {len(nature.params)} argument{plural}, not {len(given)}", node.start, node.end
            )
        for argument, actual, wanted in zip(arguments, given, nature.params, strict=True):
            if not _fits(actual, wanted):
                raise SyntaxFault(
                    f"'{name}' takes {_named(wanted)} here, not {_named(actual)}", argument.start, argument.end
                )
        return nature.result or UNKNOWN

    def _call_builtin(self, node: Node, name: str, arguments: list[Node]) -> Nature:
        if name == "get":
            return self._get(node, arguments)
        if name in VALIDATORS:
            try:
                return VALIDATORS[name]([self.check(argument) for argument in arguments])
            except Mismatch as mismatch:
                raise SyntaxFault(f"'{name}' {mismatch}", node.start, node.end) from None
        fault: SyntaxFault | None = None
        for overload in OVERLOADS[name]:
            try:
                return self._check_arguments(node, name, overload, arguments)
            except SyntaxFault as refusal:
                if fault is None or len(overload.params) == len(arguments):
                    fault = refusal
        assert fault is not None
        raise fault

    def _get(self, node: Node, arguments: list[Node]) -> Nature:
        if len(arguments) != 2:
            raise SyntaxFault(f"'get' takes 2 arguments, not {len(arguments)}", node.start, node.end)
        target, field = arguments
        base, key = self.check(target), self.check(field).dereferenced()
        if target.kind == "name" and target.text == "$env":
            return self._environment.get(str(field.value), UNKNOWN) if field.kind == "string" else UNKNOWN
        if base.is_unknown:
            return UNKNOWN
        if base.is_array:
            if not key.is_integer and not key.is_unknown:
                raise SyntaxFault(f"an array is indexed by {_named(key)}: an int is allowed", field.start, field.end)
            return base.element()
        if base.kind == "map":
            return self._map_member(field, base, key)
        raise SyntaxFault(f"{_named(base)} cannot be indexed", target.start, target.end)

    # Predicates.

    def _builtin(self, node: Node) -> Nature:
        if node.text not in PREDICATES:
            return self._call_builtin(node, node.text, node.nodes)
        collection = self.check(node.nodes[0]).dereferenced()
        if not collection.is_array and not collection.is_unknown:
            first = node.nodes[0]
            raise SyntaxFault(f"'{node.text}' takes an array, not {_named(collection)}", first.start, first.end)
        out = self._predicate_result(node, collection) if len(node.nodes) > 1 else None
        if len(node.nodes) > 2:
            self._last_argument(node)
        return _predicate_nature(node.text, collection, out)

    def _predicate_result(self, node: Node, collection: Nature) -> Nature:
        predicate = node.nodes[1]
        names: dict[str, Nature] = {}
        if node.text in ("map", "reduce"):
            names["index"] = INT
        if node.text == "reduce":
            names["acc"] = UNKNOWN
        self._scopes.append((collection, names))
        out = self.check(predicate.nodes[0])
        self._scopes.pop()
        if out is NIL:
            raise SyntaxFault("the predicate gives nil: a value is allowed", predicate.start, predicate.end)
        if node.text in _BOOLEAN_PREDICATES and out.kind != "bool" and not out.is_unknown:
            raise SyntaxFault(f"the predicate gives {_named(out)}: a bool is allowed", predicate.start, predicate.end)
        return out

    def _last_argument(self, node: Node) -> None:
        last = node.nodes[2]
        nature = self.check(last)
        if node.text == "sortBy" and nature.kind != "string" and not nature.is_unknown:
            raise SyntaxFault(f"the order is {_named(nature)}: 'asc' or 'desc' is allowed", last.start, last.end)


_BOOLEAN_PREDICATES = frozenset(
    ("all", "none", "any", "one", "filter", "count", "find", "findLast", "findIndex", "findLastIndex")
)


def _predicate_nature(name: str, collection: Nature, out: Nature | None) -> Nature:
    if name in ("all", "none", "any", "one"):
        return BOOL
    if name in ("count", "findIndex", "findLastIndex"):
        return INT
    if name == "map":
        return array_of(out or UNKNOWN)
    if name == "filter":
        return ARRAY if collection.is_unknown else array_of(collection.element())
    if name == "groupBy":
        element = UNKNOWN if collection.is_unknown else collection.element()
        return Nature("map", GROUPS.name, array_of(element), ANY)
    if name == "sortBy":
        return collection
    if name == "sum" and out is not None:
        return plain(ANY if out.is_unknown else out)
    if name == "reduce":
        return out or UNKNOWN
    return UNKNOWN if collection.is_unknown else collection.element()


def _check_pattern(node: Node) -> None:
    if node.kind != "string":
        return
    from corefile.golang.regexp import check_regexp

    fault = check_regexp(str(node.value))
    if fault is not None:
        raise SyntaxFault(f"the pattern is no regular expression: {fault.message}", node.start, node.end)


def _fits(actual: Nature, wanted: Nature) -> bool:
    if wanted is FLOAT and actual.is_integer:
        return True
    if wanted.is_integer and actual.is_integer:
        return True
    if actual is NIL:
        return wanted.kind in ("ptr", "interface")
    return actual.assignable_to(wanted) or actual.dereferenced().assignable_to(wanted) or actual.is_unknown


def _same(first: Nature, second: Nature) -> bool:
    return first.assignable_to(second) and second.assignable_to(first)


def _named(nature: Nature) -> str:
    """A type as a sentence names it."""
    if nature.kind == "func":
        return "a function that is not called"
    names = {"[]interface {}": "an array", "[]string": "an array", "interface {}": "any value", "": "any value"}
    if nature.kind == "map":
        return "a map"
    return names.get(nature.name, f"a{'n' if nature.name[0] in 'aeiou' else ''} {nature.name}")


_LITERALS = {"nil": NIL, "int": INT, "float": FLOAT, "bool": BOOL, "string": STRING, "bytes": BYTES}


def _literal(_: Checker, node: Node) -> Nature:
    return _LITERALS[node.kind]


def _chain(checker: Checker, node: Node) -> Nature:
    return checker.check(node.nodes[0])


# The methods are private to this file, which is the class's own table of visits.
_VISITS: dict[str, Callable[[Checker, Node], Nature]] = {
    **dict.fromkeys(_LITERALS, _literal),
    "chain": _chain,
    **{
        kind: getattr(Checker, f"_{kind}")
        for kind in (
            *("name", "unary", "binary", "member", "slice", "call", "builtin"),
            *("pointer", "let", "sequence", "if", "array", "map"),
        )
    },
}
