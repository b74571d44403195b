"""Findings as text: one module per format, found by its name.

A format's module has `render(reports, terminal)`, which yields pieces of text as reports come in; it is imported when
it is asked for. A new format is a module and a word in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from corefile.diag.report import Report

FORMATS = {
    "full": "excerpts, help and notes, for people",
    "concise": "one line per finding: path:line:column: CODE message",
    "json": "one JSON document, a stable surface",
}
"""The formats and what they are for."""


class Terminal(NamedTuple):
    """Where the text goes: how wide it is, and whether it takes colors."""

    width: int = 80
    color: bool = False


class Renderer(Protocol):
    """Turns reports into text, piece by piece."""

    def __call__(self, reports: Iterable[Report], terminal: Terminal) -> Iterator[str]: ...


def renderer(name: str) -> Renderer:
    """The renderer of a format of `FORMATS`."""
    module = {"json": "json_", "full": "full", "concise": "concise"}.get(name, name)
    found: Renderer = import_module(f"corefile.diag.render.{module}").render
    return found
