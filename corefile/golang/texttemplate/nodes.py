"""The syntax tree of a template. `start` and `end` are offsets in the template's text."""

from __future__ import annotations

from typing import TypeAlias


class Node:
    """The place of a node."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Dot(Node):
    """`.`"""

    __slots__ = ()


class Nil(Node):
    """`nil`"""

    __slots__ = ()


class Constant(Node):
    """A string, boolean or number; `integer` is what a number is where an integer is asked for, or None."""

    __slots__ = ("integer", "value")

    def __init__(self, start: int, end: int, value: object, integer: int | None = None) -> None:
        super().__init__(start, end)
        self.value = value
        self.integer = integer


class Field(Node):
    """`.A.B`: fields of dot."""

    __slots__ = ("names",)

    def __init__(self, start: int, end: int, names: list[str]) -> None:
        super().__init__(start, end)
        self.names = names


class Variable(Node):
    """`$x.A.B`: a variable, with its `$`, and fields of it."""

    __slots__ = ("name", "names")

    def __init__(self, start: int, end: int, name: str, names: list[str]) -> None:
        super().__init__(start, end)
        self.name = name
        self.names = names


class Function(Node):
    """The name of a function."""

    __slots__ = ("name",)

    def __init__(self, start: int, end: int, name: str) -> None:
        super().__init__(start, end)
        self.name = name


class Chain(Node):
    """`(pipeline).A.B`, or fields of a function's value."""

    __slots__ = ("names", "operand")

    def __init__(self, start: int, end: int, operand: Operand, names: list[str]) -> None:
        super().__init__(start, end)
        self.operand = operand
        self.names = names


class Pipeline(Node):
    """`$a, $b := command | command`; a command is its words, the first of which may be called."""

    __slots__ = ("assigns", "commands", "variables")

    def __init__(self, start: int) -> None:
        super().__init__(start, start)
        self.variables: list[str] = []
        self.assigns = False
        self.commands: list[list[Operand]] = []


Operand: TypeAlias = Dot | Nil | Constant | Field | Variable | Function | Chain | Pipeline


class Text(Node):
    """What stands outside of actions."""

    __slots__ = ("text",)

    def __init__(self, start: int, end: int, text: str) -> None:
        super().__init__(start, end)
        self.text = text


class Action(Node):
    """`{{ pipeline }}`: printed, unless it sets variables."""

    __slots__ = ("pipeline",)

    def __init__(self, start: int, end: int, pipeline: Pipeline) -> None:
        super().__init__(start, end)
        self.pipeline = pipeline


class Branch(Node):
    """`if`, `with` or `range`, with its two bodies."""

    __slots__ = ("body", "keyword", "otherwise", "pipeline")

    def __init__(self, start: int, end: int, keyword: str, pipeline: Pipeline) -> None:
        super().__init__(start, end)
        self.keyword = keyword
        self.pipeline = pipeline
        self.body: list[Statement] = []
        self.otherwise: list[Statement] = []


class Leave(Node):
    """`break` or `continue`."""

    __slots__ = ("keyword",)

    def __init__(self, start: int, end: int, keyword: str) -> None:
        super().__init__(start, end)
        self.keyword = keyword


class Invoke(Node):
    """`{{template "name" pipeline}}`, also what remains of a `block`."""

    __slots__ = ("name", "pipeline")

    def __init__(self, start: int, end: int, name: str, pipeline: Pipeline | None) -> None:
        super().__init__(start, end)
        self.name = name
        self.pipeline = pipeline


Statement: TypeAlias = Text | Action | Branch | Leave | Invoke


class Template:
    """A parsed template: its text, its body, and the templates that it defines, by name."""

    __slots__ = ("body", "definitions", "name", "text")

    def __init__(self, name: str, text: str, body: list[Statement], definitions: dict[str, list[Statement]]) -> None:
        self.name = name
        self.text = text
        self.body = body
        self.definitions = definitions


def is_blank(body: list[Statement]) -> bool:
    """Whether a body is only white space, in which case it defines nothing."""
    return all(isinstance(node, Text) and not node.text.strip() for node in body)
