"""The grammar of expr-lang 1.17: precedence climbing over the tokens of `lexer`.

Whether a name is a predicate, a built-in or a function of the environment decides how its arguments are read, so the
names of the environment are needed here already.
"""

from __future__ import annotations

from collections.abc import Container

from corefile.golang.exprlang.lexer import Token, is_word
from corefile.golang.exprlang.nodes import Node
from corefile.golang.exprlang.token_reader import TokenReader
from corefile.golang.faults import SyntaxFault, ValueFault
from corefile.golang.values import parse_float, parse_int

UNARY = {"not": 50, "!": 50, "-": 90, "+": 90}
BINARY = {
    "|": 0,
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", "<", ">", ">=", "<=", "in", "matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("**", "^"), 100),
    "??": 500,
}
_RIGHT = ("**", "^")
_COMPARISONS = ("<", ">", ">=", "<=")
_NEGATABLE = ("contains", "matches", "startsWith", "endsWith", "in")

# The arguments after the collection: p a predicate, e an expression; small letters must be there.
PREDICATES = {
    **dict.fromkeys(("all", "none", "any", "one", "filter", "map"), "p"),
    **dict.fromkeys(("find", "findIndex", "findLast", "findLastIndex", "groupBy"), "p"),
    **dict.fromkeys(("count", "sum"), "P"),
    **dict.fromkeys(("sortBy", "reduce"), "pE"),
}


class Parser(TokenReader):
    """Reads one expression; `builtins` are callable unless `environment` has the name."""

    def __init__(self, text: str, environment: Container[str], builtins: Container[str]) -> None:
        super().__init__(text)
        self._environment = environment
        self._builtins = builtins
        self._depth = 0

    def parse(self) -> Node:
        node = self._sequence()
        if self._current.kind != "end":
            raise self._unexpected()
        return node

    # Expressions.

    def _sequence(self) -> Node:
        nodes = [self._expression(0)]
        while self._take(";"):
            if self._current.kind == "end":
                break
            nodes.append(self._expression(0))
        if len(nodes) == 1:
            return nodes[0]
        return self._node("sequence", nodes[0].start, nodes[-1].end, "", *nodes)

    def _expression(self, precedence: int) -> Node:
        if precedence == 0 and self._is("operator", "let"):
            return self._let()
        if precedence == 0 and self._is("operator", "if"):
            return self._if()
        left = self._operators(self._primary(), precedence)
        return self._conditional(left) if precedence == 0 else left

    def _operators(self, left: Node, precedence: int) -> Node:
        previous = ""
        while self._current.kind == "operator":
            token = self._current
            negated = token.value == "not"
            if negated and not self._starts_negated(precedence):
                break
            operator = self._current
            strength = BINARY.get(operator.value)
            if strength is None or strength < precedence:
                break
            self._next()
            if operator.value == "|":
                left = self._call(self._expect_name(), [left])
            elif previous == "??" and operator.value != "??":
                raise SyntaxFault(
                    f"'{operator.value}' and '??' are mixed: put one of them in parentheses",
                    operator.start,
                    operator.end,
                )
            elif operator.value in _COMPARISONS:
                left = self._comparison(left, operator, strength)
            else:
                right = self._expression(strength + (operator.value not in _RIGHT))
                left = self._node("binary", left.start, right.end, operator.value, left, right)
                if negated:
                    left = self._node("unary", left.start, left.end, "not", left)
            previous = operator.value
        return left

    def _starts_negated(self, precedence: int) -> bool:
        """After `not`: whether `in`, `matches` … follows and binds here; otherwise the `not` is put back."""
        negation = self._next()
        if self._current.value not in _NEGATABLE:
            raise self._unexpected("'in', 'matches', 'contains', 'startsWith' or 'endsWith'")
        if BINARY[self._current.value] >= precedence:
            return True
        self._stashed, self._current = self._current, negation
        return False

    def _comparison(self, left: Node, operator: Token, strength: int) -> Node:
        """`a < b < c` means `a < b && b < c`."""
        result: Node | None = None
        while True:
            right = self._expression(strength + 1)
            compared = self._node("binary", left.start, right.end, operator.value, left, right)
            if result is None:
                result = compared
            else:
                result = self._node("binary", result.start, compared.end, "&&", result, compared)
            operator, left = self._current, right
            if operator.kind != "operator" or operator.value not in _COMPARISONS:
                return result
            self._next()

    def _let(self) -> Node:
        start = self._expect("let").start
        name = self._expect_name()
        self._expect("=")
        value = self._expression(0)
        self._expect(";")
        body = self._sequence()
        return self._node("let", start, body.end, name.value, value, body)

    def _if(self) -> Node:
        start = self._expect("if").start
        condition = self._expression(0)
        first = self._block()
        self._expect("else")
        second = self._if() if self._is("operator", "if") else self._block()
        return Node("if", start, second.end, "", (condition, first, second))

    def _block(self) -> Node:
        self._expect("{")
        node = self._sequence()
        self._expect("}")
        return node

    def _conditional(self, node: Node) -> Node:
        while self._take("?"):
            first = node
            if not self._take(":"):
                first = self._expression(0)
                self._expect(":")
            second = self._expression(0)
            node = self._node("if", node.start, second.end, "", node, first, second)
        return node

    # Operands.

    def _primary(self) -> Node:
        token = self._current
        if token.kind == "operator" and token.value in UNARY:
            self._next()
            operand = self._expression(UNARY[token.value])
            return self._postfix(self._node("unary", token.start, operand.end, token.value, operand))
        if self._take("("):
            node = self._sequence()
            self._expect(")")
            return self._postfix(node)
        if self._depth and token.kind == "operator" and token.value in ("#", "."):
            return self._postfix(self._pointer(token))
        if token.kind == "operator" and token.value == "::":
            self._next()
            return self._postfix(self._call(self._expect_name(), [], overridable=False))
        return self._secondary(token)

    def _pointer(self, token: Token) -> Node:
        """`#`, `#acc` or the element that `.field` is taken of."""
        name = ""
        if token.value == "#":
            self._next()
            if self._current.kind == "name":
                name = self._next().value
        return self._node("pointer", token.start, token.start + len(token.value) + len(name), name)

    def _secondary(self, token: Token) -> Node:
        if token.kind == "name":
            self._next()
            if token.value in ("true", "false", "nil"):
                node = self._node("nil" if token.value == "nil" else "bool", token.start, token.end)
                node.value = None if token.value == "nil" else token.value == "true"
                return node
            if self._is("bracket", "("):
                return self._postfix(self._call(token, []))
            return self._postfix(self._node("name", token.start, token.end, token.value))
        if token.kind == "number":
            return self._number(self._next())
        if token.kind in ("string", "bytes"):
            self._next()
            return self._postfix(self._literal(token))
        if self._is("bracket", "["):
            return self._postfix(self._array())
        if self._is("bracket", "{"):
            return self._postfix(self._map())
        raise self._unexpected("a value" if token.kind != "end" else "")

    def _literal(self, token: Token) -> Node:
        node = self._node(token.kind, token.start, token.end)
        node.value = token.value
        return node

    def _number(self, token: Token) -> Node:
        digits = token.value.replace("_", "")
        small = digits.lower()
        based = small.startswith(("0x", "0b", "0o"))
        try:
            if ("." in small or "e" in small) and not small.startswith("0x"):
                value: int | float = parse_float(digits)
            else:
                value = parse_int(digits, 64, 0 if based else 10)
        except ValueFault as fault:
            raise SyntaxFault(f"'{token.value}' is not a number: {fault.reason}", token.start, token.end) from None
        node = self._node("float" if isinstance(value, float) else "int", token.start, token.end)
        node.value = value
        return node

    def _array(self) -> Node:
        opened = self._expect("[")
        nodes: list[Node] = []
        while not self._is("bracket", "]"):
            if nodes:
                self._expect(",")
                if self._is("bracket", "]"):
                    break
            nodes.append(self._expression(0))
        closed = self._expect("]")
        return self._node("array", opened.start, closed.end, "", *nodes)

    def _map(self) -> Node:
        opened = self._expect("{")
        pairs: list[Node] = []
        while not self._is("bracket", "}"):
            if pairs:
                self._expect(",")
                if self._is("bracket", "}"):
                    break
            key = self._map_key()
            self._expect(":")
            value = self._expression(0)
            pairs.append(self._node("pair", key.start, value.end, "", key, value))
        closed = self._expect("}")
        return self._node("map", opened.start, closed.end, "", *pairs)

    def _map_key(self) -> Node:
        token = self._current
        if token.kind in ("number", "string", "name"):
            self._next()
            return self._literal(Token("string", token.value, token.start, token.end))
        if self._is("bracket", "("):
            return self._expression(0)
        raise self._unexpected("a key: a name, a string, a number or something in parentheses")

    # Calls.

    def _call(self, name: Token, arguments: list[Node], overridable: bool = True) -> Node:
        overridden = overridable and name.value in self._environment
        if name.value in PREDICATES and not overridden:
            arguments, end = self._predicate_arguments(name.value, arguments)
            return self._node("builtin", name.start, end, name.value, *arguments)
        if name.value in self._builtins and not overridden:
            arguments, end = self._arguments(arguments)
            return self._node("builtin", name.start, end, name.value, *arguments)
        callee = self._node("name", name.start, name.end, name.value)
        arguments, end = self._arguments(arguments)
        return self._node("call", name.start, end, "", callee, *arguments)

    def _arguments(self, arguments: list[Node]) -> tuple[list[Node], int]:
        piped = len(arguments)
        self._expect("(")
        while not self._is("bracket", ")"):
            if len(arguments) > piped:
                self._expect(",")
                if self._is("bracket", ")"):
                    break
            arguments.append(self._expression(0))
        return arguments, self._expect(")").end

    def _predicate_arguments(self, name: str, arguments: list[Node]) -> tuple[list[Node], int]:
        self._expect("(")
        wanted = ("e" + PREDICATES[name])[len(arguments) :]
        for at, kind in enumerate(wanted):
            if self._is("bracket", ")"):
                if kind.isupper():
                    break
                raise self._unexpected(f"an argument of '{name}'")
            if at:
                self._expect(",")
            arguments.append(self._predicate() if kind in "pP" else self._expression(0))
        self._take(",")
        return arguments, self._expect(")").end

    def _predicate(self) -> Node:
        start = self._current.start
        braced = self._take("{")
        self._depth += 1
        body = self._sequence() if braced else self._expression(0)
        if not braced and self._is("operator", ";"):
            raise self._unexpected("',' or ')', or the predicate in '{' and '}',")
        self._depth -= 1
        if braced:
            self._expect("}")
        return self._node("predicate", start, body.end, "", body)

    # What follows an operand.

    def _postfix(self, node: Node) -> Node:
        while self._current.kind in ("operator", "bracket"):
            token = self._current
            if token.value in (".", "?."):
                self._next()
                if token.value == "?." and self._is("bracket", "["):
                    node = self._index(node, optional=True)
                else:
                    node = self._member(node, optional=token.value == "?.")
            elif token.value == "[":
                node = self._index(node, optional=False)
            else:
                break
        return node

    def _member(self, node: Node, optional: bool) -> Node:
        name = self._current
        if name.kind != "name" and not (name.kind == "operator" and is_word(name.value[0])):
            raise self._unexpected("a name")
        self._next()
        chained = node.kind == "chain"
        if chained:
            node = node.nodes[0]
        field = self._literal(Token("string", name.value, name.start, name.end))
        member = self._node("member", node.start, name.end, "", node, field)
        member.optional = optional
        node = member
        if self._is("bracket", "("):
            arguments, end = self._arguments([])
            node = self._node("call", node.start, end, "", member, *arguments)
        if chained or optional:
            node = self._node("chain", node.start, node.end, "", node)
        return node

    def _index(self, node: Node, optional: bool) -> Node:
        self._expect("[")
        if self._take(":"):
            return self._slice(node, Node("absent", node.end, node.end))
        first = self._expression(0)
        if self._take(":"):
            return self._slice(node, first)
        member = self._node("member", node.start, self._current.end, "", node, first)
        member.optional = optional
        self._expect("]")
        return self._node("chain", member.start, member.end, "", member) if optional else member

    def _slice(self, node: Node, first: Node) -> Node:
        last = Node("absent", node.end, node.end)
        if not self._is("bracket", "]"):
            last = self._expression(0)
        end = self._expect("]").end
        return self._node("slice", node.start, end, "", node, first, last)
