"""The report of one compiled Corefile: findings in reading order, with the lines they stand on.

A report is small and can be pickled, so that workers can hand it over; a `Compiled` keeps whole texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from corefile.diag.diagnostic import Diagnostic, Verdict
from corefile.ir.source import Span


class Excerpt(NamedTuple):
    """A line, or of a very long one the part around a finding; `column` is that of its first character."""

    text: str
    column: int = 1


class Report(NamedTuple):
    """The findings of one Corefile.

    `name` tells a Corefile inside another file (`kube-system/coredns:Corefile`), empty otherwise. `refusal` is the
    index of the finding at which CoreDNS stops; None where it does not, or where that finding is filtered out.
    `unreadable` means that there was nothing to compile. `fixed` are findings that are gone because they were mended,
    `left` those with a fix that was not applied, and why; `rewritten` is the file before and
    after, where it is one that may be mended.
    """

    path: str
    verdict: Verdict
    diagnostics: tuple[Diagnostic, ...] = ()
    refusal: int | None = None
    name: str = ""
    excerpts: Mapping[Span, Excerpt] = {}
    unreadable: bool = False
    fixed: tuple[Diagnostic, ...] = ()
    left: tuple[tuple[Diagnostic, str], ...] = ()
    rewritten: tuple[bytes, bytes] | None = None
