"""errors: writes the errors met while answering to the standard output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corefile.ir.program import Config
from corefile.ir.values import Duration, Pattern

Level = Literal["warning", "error", "info", "debug"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidate:
    """Errors whose text matches `pattern` are counted and told once in `period`, at `level`.

    With `show_first` the first one of a period is told at once as well.
    """

    period: Duration
    pattern: Pattern
    level: Level = "error"
    show_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors(Config):
    """What one `errors` says: the first pattern of `consolidate` that matches takes an error.

    `stacktrace` adds the trace to what is written about a crash of a plugin.
    """

    consolidate: tuple[Consolidate, ...] = ()
    stacktrace: bool = False
