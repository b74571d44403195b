"""Purity of templates: what their text depends on besides the question, and how Go writes a template down."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from corefile.golang.texttemplate import Template
from corefile.golang.texttemplate.nodes import (
    Action,
    Branch,
    Chain,
    Constant,
    Dot,
    Field,
    Function,
    Invoke,
    Leave,
    Node,
    Operand,
    Pipeline,
    Statement,
    Text,
    Variable,
)


def fields(template: Template) -> set[str]:
    """The fields that a template looks at; with `.` in it when it hands on all of them at once."""
    found: set[str] = set()
    for body in (template.body, *template.definitions.values()):
        for node in _walk(body):
            if isinstance(node, Field):
                found.add(node.names[0])
            elif isinstance(node, Chain):
                found.update(node.names)
            elif isinstance(node, Variable):
                found.update(node.names or ([] if node.name != "$" else ["."]))
            elif isinstance(node, Dot):
                found.add(".")
    return found


def fields_of(template: Template, field: str) -> set[str]:
    """What a template looks at in one of its fields, where it names both at once."""
    found: set[str] = set()
    for body in (template.body, *template.definitions.values()):
        for node in _walk(body):
            if isinstance(node, Field | Variable | Chain):
                names = node.names
                found.update(behind for name, behind in pairwise(names) if name == field)
    return found


def _walk(body: list[Statement]) -> Iterator[Node]:
    for node in body:
        yield node
        if isinstance(node, Action | Branch | Invoke) and node.pipeline is not None:
            yield from _walk_pipeline(node.pipeline)
        if isinstance(node, Branch):
            yield from _walk(node.body)
            yield from _walk(node.otherwise)


def _walk_pipeline(pipeline: Pipeline) -> Iterator[Node]:
    for command in pipeline.commands:
        for operand in command:
            yield operand
            if isinstance(operand, Chain):
                operand = operand.operand  # noqa: PLW2901 - what the fields are taken of
                yield operand
            if isinstance(operand, Pipeline):
                yield from _walk_pipeline(operand)


def render_template(template: Template) -> str:
    """A template as Go prints it: the label of its failures in metrics."""
    return _render(template.body, template.text)


def _render(body: list[Statement], text: str) -> str:
    return "".join(_render_statement(node, text) for node in body)


def _render_statement(node: Statement, text: str) -> str:
    if isinstance(node, Text):
        return node.text
    if isinstance(node, Action):
        return f"{{{{{_render_pipeline(node.pipeline, text)}}}}}"
    if isinstance(node, Leave):
        return f"{{{{{node.keyword}}}}}"
    if isinstance(node, Invoke):
        handed = f" {_render_pipeline(node.pipeline, text)}" if node.pipeline is not None else ""
        return f'{{{{template "{node.name}"{handed}}}}}'
    otherwise = f"{{{{else}}}}{_render(node.otherwise, text)}" if node.otherwise else ""
    head = f"{{{{{node.keyword} {_render_pipeline(node.pipeline, text)}}}}}"
    return f"{head}{_render(node.body, text)}{otherwise}{{{{end}}}}"


def _render_pipeline(pipeline: Pipeline, text: str) -> str:
    commands = " | ".join(" ".join(_render_operand(one, text) for one in command) for command in pipeline.commands)
    if not pipeline.variables:
        return commands
    return f"{', '.join(pipeline.variables)} {'=' if pipeline.assigns else ':='} {commands}"


def _render_operand(node: Operand, text: str) -> str:
    if isinstance(node, Pipeline):
        return f"({_render_pipeline(node, text)})"
    if isinstance(node, Chain):
        return ".".join((_render_operand(node.operand, text), *node.names))
    if isinstance(node, Field):
        return "." + ".".join(node.names)
    if isinstance(node, Variable):
        return ".".join((node.name, *node.names))
    if isinstance(node, Function):
        return node.name
    if isinstance(node, Constant):
        return text[node.start : node.end]
    return "." if isinstance(node, Dot) else "nil"
