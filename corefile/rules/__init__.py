"""Lint rules: what CoreDNS accepts and what will hurt. One file per rule, found by its name: `cl201_some_name.py`.

A rule's module has `severity`, `since` (the first release of this program with it) and `check(compiled)`, which yields
what it finds (CL0xx: `check_comments`). Its docstring is its page: a title, *What it finds*, *Why*, an *Example* that
triggers exactly this rule, what to write *Instead*, *Notes* and *References*. Number and name come from the file's
name. Nothing else needs to be told of a new rule.

A name that begins with a plugin (`forward-loop`) says that the rule is about that plugin: its module is not even
imported for a Corefile without it. So a rule about several plugins, or about one that is missing, is called otherwise.
What the numbers mean is in `GROUPS`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib import import_module
from inspect import cleandoc
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from corefile.diag.diagnostic import Diagnostic, Fix, Related, Severity
from corefile.ir.source import Span
from corefile.plugins.order import POSITION

if TYPE_CHECKING:
    from corefile.compiler import Compiled
    from corefile.rules.comments import Comments

GROUPS = {
    "CL0": "comments for the linter itself",
    "CL1": "one plugin: what it says has not the effect that it seems to have",
    "CL2": "a server block: its chain of plugins, and what is missing in it",
    "CL3": "several server blocks, or the server as a whole",
    "CL4": "where it runs: Kubernetes, clouds, containers, the host",
    "CL5": "another release of CoreDNS",
}
"""What the hundreds of the numbers stand for. CL9xx is free for rules of a house."""

STRUCTURE = frozenset({"CF101", "CF102", "CF103", "CF104", "CF105", "CF116"})
"""Refusals behind which nobody knows what belongs to which block: rules would invent."""

_FILE = re.compile(r"(cl\d{3})_([a-z0-9_]+)\.py")


class Finding(NamedTuple):
    """What a rule has to say about a place, and how to mend it; the registry adds code and severity."""

    span: Span
    message: str
    help: str = ""
    notes: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


class _Module(Protocol):
    """What a rule's file has; `check_comments` instead of `check` for CL0xx."""

    __doc__: str | None
    severity: Severity
    since: str
    check: Callable[[Compiled], Iterable[Finding]]
    check_comments: Callable[[Comments], Iterable[Finding]]


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

    @property
    def since(self) -> str:
        """The first release of this program that has it; empty for rules of a house that do not say."""
        return getattr(self._load(), "since", "")

    @property
    def plugin(self) -> str:
        """The plugin that it is about, with which its name begins; empty where it looks at more."""
        first = self.name.partition("-")[0]
        return first if first in POSITION else ""

    @property
    def is_about_comments(self) -> bool:
        """Whether it looks at the comments for the linter, when all else has been found."""
        return self.number.startswith("CL0")

    def check(self, compiled: Compiled) -> Iterator[Diagnostic]:
        """What this rule finds in a Corefile."""
        return self._report(self._load().check(compiled))

    def check_comments(self, comments: Comments) -> Iterator[Diagnostic]:
        """What this rule finds in the comments for the linter."""
        return self._report(self._load().check_comments(comments))

    def _report(self, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
        for found in findings:
            span, message, help, notes, related, fix = found  # noqa: A001 - the field is called so in every output
            yield Diagnostic(self.number, self.severity, message, span, help, notes, related, fix=fix)

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
    """What those rules find whose number is wanted and whose plugin the Corefile has.

    Nothing where CoreDNS itself cannot tell which block a line belongs to.
    """
    if any(found.rank is not None and found.code in STRUCTURE for found in compiled.diagnostics):
        return
    names: Collection[str] = compiled.index.names()
    for rule in among:
        if not rule.is_about_comments and wanted(rule.number) and (not rule.plugin or rule.plugin in names):
            yield from rule.check(compiled)
