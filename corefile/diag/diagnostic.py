"""Diagnostics: the findings of the compiler about a Corefile."""

from __future__ import annotations

from typing import Literal, NamedTuple

from corefile.ir.source import Span

MOST = 10_000
"""Findings of one kind that are collected for a file; where there are more, nobody reads them."""

Severity = Literal["error", "warning", "info"]
Verdict = Literal["accept", "reject", "environment"]
"""Whether CoreDNS would take a file, or whether that depends on the machine."""


class Related(NamedTuple):
    """Another place that has to do with a diagnostic: the first of two, the definition, the other block."""

    message: str
    span: Span


class Edit(NamedTuple):
    """Other text for a place; an empty place is an insertion, an empty replacement a deletion."""

    span: Span
    replacement: str


class Fix(NamedTuple):
    """Edits that together do away with a finding. Those of a `safe` one change nothing of what is answered."""

    edits: tuple[Edit, ...]
    safe: bool = True

    @property
    def applicability(self) -> str:
        """As every output calls it: `safe` or `unsafe`."""
        return "safe" if self.safe else "unsafe"


class Rank(NamedTuple):
    """Where CoreDNS would find the fault: it stops at the lowest.

    `stage` is 1 for the parser, 2 for zone keys, 3 for plugins' setup, 4 for servers; `order` the plugin's place in the
    chain and `block` the number of the server block, both 0 where the stage has none. What is `late` shows only when a
    plugin has read all its words, and does something with them. The order of discovery decides between equals.
    """

    stage: int
    order: float = 0
    block: int = 0
    late: bool = False


class Diagnostic(NamedTuple):
    """One finding: a code, a sentence, a place, and what to do about it.

    `message` is one sentence in lower case without a full stop; `help` is the fix, `notes` the reasons. `rank` is set
    when CoreDNS refuses the file for it, else None. `undecided` marks what would be a refusal, did it not hang on a
    variable that is not set here. `fix` is how a program can mend it.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    help: str = ""
    notes: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    rank: Rank | None = None
    undecided: bool = False
    fix: Fix | None = None

    @property
    def environment(self) -> bool:
        """Whether files, network or a cluster decide if CoreDNS takes the file, not the text.

        A variable that is not set (CF401) is empty and decides nothing by itself.
        """
        return self.undecided or (self.code.startswith("CF4") and self.code != "CF401")
