"""The syntax tree of an expression."""

from __future__ import annotations

from collections.abc import Sequence

Scalar = int | float | str | bool | None


class Node:
    """One operation.

    `kind` is one of: nil int float bool string bytes name unary binary chain member slice call builtin predicate
    pointer let sequence if array map pair absent. `text` is its operator or name, `value` the value of a literal,
    `nodes` its operands: the object and then the property of a member; object, start and end of a slice (`absent`
    where left out); the callee and then the arguments of a call; value and body of a `let`; condition and two branches
    of an `if`. `optional` marks `?.`. `start` and `end` are offsets in the text.
    """

    __slots__ = ("end", "kind", "nodes", "optional", "start", "text", "value")

    def __init__(
        self,
        kind: str,
        start: int,
        end: int,
        text: str = "",
        nodes: Sequence[Node] = (),
        value: Scalar = None,
        optional: bool = False,
    ) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.text = text
        self.nodes = list(nodes)
        self.value = value
        self.optional = optional
