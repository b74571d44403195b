"""Lint rules: what CoreDNS accepts and what will hurt. One file per rule, found by its name: `cl101_some_name.py`.

A rule's module has `severity` and `check(compiled)`, which yields what it finds; its docstring is its page: a first
sentence, prose, an *Example* that triggers exactly this rule, and what to write *Instead*. Number and name come from
the file's name. Nothing else needs to be told of a new rule.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from inspect import cleandoc
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from corefile.diag.diagnostic import Diagnostic, Related, Severity
from corefile.ir.source import Span

if TYPE_CHECKING:
    from corefile.compiler import Compiled

_FILE = re.compile(r"(cl\d{3})_([a-z0-9_]+)\.py")


class Finding(NamedTuple):
    """What a rule has to say about a place; the registry adds code and severity."""

    span: Span
    message: str
    help: str = ""
    notes: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()


class _Module(Protocol):
    __doc__: str | None
    severity: Severity

    def check(self, compiled: Compiled) -> Iterable[Finding]: ...


class Rule(NamedTuple):
    """A rule by its file: `number` is what is printed, `name` is for people. Its module is imported when it is used."""

    number: str
    name: str
    module: str

    @property
    def page(self) -> str:
        """Its documentation in Markdown; the first sentence is the title."""
        return cleandoc(self._load().__doc__ or "")

    @property
    def title(self) -> str:
        """The first line of its page."""
        return self.page.split("\n", 1)[0].rstrip(".")

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self._load().severity

    def check(self, compiled: Compiled) -> Iterator[Diagnostic]:
        """What this rule finds in a Corefile."""
        module = self._load()
        for found in module.check(compiled):
            yield Diagnostic(
                self.number, module.severity, found.message, found.span, found.help, found.notes, found.related
            )

    def _load(self) -> _Module:
        return cast(_Module, import_module(self.module))


def rules(folder: str = "", package: str = __name__) -> tuple[Rule, ...]:
    """All rules in the order of their numbers."""
    matches = (_FILE.fullmatch(name) for name in sorted(os.listdir(folder or os.path.dirname(__file__))))
    return tuple(
        Rule(match[1].upper(), match[2].replace("_", "-"), f"{package}.{match[0].removesuffix('.py')}")
        for match in matches
        if match
    )


def check_rules(compiled: Compiled, wanted: Callable[[str], bool], among: Iterable[Rule]) -> Iterator[Diagnostic]:
    """What those rules find whose number is wanted."""
    for rule in among:
        if wanted(rule.number):
            yield from rule.check(compiled)
