"""The constant parts of an expression, worked out beforehand as expr-lang does."""

from __future__ import annotations

import math

from corefile.golang.exprlang.nodes import Node
from corefile.golang.faults import SyntaxFault
from corefile.golang.regexp import check_regexp


def fold(node: Node) -> Node:
    """The same expression with its constants folded; a division by zero or a bad pattern in them is a SyntaxFault."""
    node.nodes = [fold(part) for part in node.nodes]
    if node.kind == "unary":
        return _unary(node)
    if node.kind == "binary":
        return _binary(node)
    return node


def constant_total(node: Node) -> int | None:
    """The sum of a range that expr-lang works out beforehand: `sum(1..9)`, `reduce(1..9, # + #acc)`.

    Both have a number in their place from then on, and so an int's type.
    """
    if node.kind == "int":
        return int(str(node.value))
    if node.kind != "builtin" or node.text not in ("sum", "reduce"):
        return None
    items, *rest = node.nodes
    if items.kind != "binary" or items.text != "..":
        return None
    first, last = map(constant_total, items.nodes)
    if first is None or last is None or last < first:
        return None
    count = last - first + 1
    total = wrap(count * (first + last)) // 2
    return _scaled(total, count, rest) if node.text == "sum" else _reduced(total, rest)


def _scaled(total: int, count: int, rest: list[Node]) -> int | None:
    """`sum(RANGE, PREDICATE)`, where the predicate is `#`, or `#` and a number."""
    if not rest:
        return total
    (body,) = rest[0].nodes
    if _is_pointer(body, ""):
        return total
    if body.kind != "binary" or body.text not in ("+", "-", "*"):
        return None
    left, right = body.nodes
    number = right if _is_pointer(left, "") else left if _is_pointer(right, "") else None
    if number is None or number.kind != "int":
        return None
    constant = int(str(number.value))
    if body.text == "*":
        return wrap(constant * total)
    if body.text == "+":
        return wrap(total + count * constant)
    return wrap(total - count * constant if number is right else count * constant - total)


def _reduced(total: int, rest: list[Node]) -> int | None:
    """`reduce(RANGE, # + #acc[, FIRST])`."""
    predicate, *first = rest
    (body,) = predicate.nodes
    if body.kind != "binary" or body.text != "+":
        return None
    left, right = body.nodes
    adds = (_is_pointer(left, "") and _is_pointer(right, "acc")) or (
        _is_pointer(left, "acc") and _is_pointer(right, "")
    )
    if not adds:
        return None
    initial = constant_total(first[0]) if first else 0
    return None if initial is None else wrap(total + initial)


def _is_pointer(node: Node, name: str) -> bool:
    return node.kind == "pointer" and node.text == name


def _unary(node: Node) -> Node:
    operand = node.nodes[0]
    value = operand.value
    if operand.kind in ("int", "float") and isinstance(value, (int, float)) and node.text in "+-":
        return _constant(node, operand.kind, -value if node.text == "-" else value)
    if operand.kind == "bool" and node.text in ("!", "not"):
        return _constant(node, "bool", not value)
    return node


def _binary(node: Node) -> Node:
    left, right = node.nodes
    if node.text == "matches" and right.kind == "string":
        fault = check_regexp(str(right.value))
        if fault is not None:
            raise SyntaxFault(f"the pattern is no regular expression: {fault.message}", right.start, right.end)
    if node.text in ("and", "&&", "or", "||"):
        return _logic(node, left, right)
    if left.kind == right.kind == "string" and node.text == "+":
        return _constant(node, "string", str(left.value) + str(right.value))
    if left.kind == right.kind and left.kind in ("int", "string", "bool") and node.text == "==":
        return _constant(node, "bool", left.value == right.value)
    numbers = [part.value for part in (left, right) if part.kind in ("int", "float")]
    if len(numbers) == 2:
        return _arithmetic(node, left, right)
    return node


def _logic(node: Node, left: Node, right: Node) -> Node:
    neutral = node.text in ("and", "&&")
    if left.kind == "bool" and left.value is neutral:
        return right
    if right.kind == "bool" and right.value is neutral:
        return left
    if "bool" in (left.kind, right.kind):
        return _constant(node, "bool", not neutral)
    return node


def _arithmetic(node: Node, left: Node, right: Node) -> Node:
    first, second = left.value, right.value
    assert isinstance(first, (int, float))
    assert isinstance(second, (int, float))
    both = left.kind == right.kind == "int"
    kind = "int" if both else "float"
    match node.text:
        case "+":
            return _constant(node, kind, first + second)
        case "-":
            return _constant(node, kind, first - second)
        case "*":
            return _constant(node, kind, first * second)
        case "/":
            return _constant(node, "float", divide(float(first), float(second)))
        case "**" | "^":
            return _constant(node, "float", power(float(first), float(second)))
        case "%" if both:
            if not second:
                raise SyntaxFault("'%' divides by zero", node.start, node.end)
            size = abs(int(first)) % abs(int(second))
            return _constant(node, "int", -size if first < 0 else size)
        case _:
            return node


def divide(first: float, second: float) -> float:
    """Division as Go's floats do it: by zero it is infinite, or not a number."""
    if second:
        return first / second
    if not first or math.isnan(first):
        return math.nan
    return math.copysign(math.inf, first) * math.copysign(1.0, second)


def power(first: float, second: float) -> float:
    """`math.Pow`."""
    try:
        return math.pow(first, second)
    except OverflowError:
        odd = second.is_integer() and second % 2 == 1
        return -math.inf if first < 0 and odd else math.inf
    except ValueError:
        if first == 0.0:  # 0 to a negative power
            odd = second % 2 == 1
            return math.copysign(math.inf, first) if odd else math.inf
        return math.nan


def wrap(value: int) -> int:
    """An integer as Go's 64 bits hold it."""
    return ((value + (1 << 63)) & ((1 << 64) - 1)) - (1 << 63)


def _constant(node: Node, kind: str, value: float | str | bool) -> Node:
    if kind == "int" and isinstance(value, (int, float)):
        value = wrap(int(value))
    return Node(kind, node.start, node.end, value=value)
