"""A text checked and mended by some rules only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from corefile.compiler import Options
from corefile.fixing import Mended, mend
from corefile.inputs import Input
from corefile.ir.source import Source
from corefile.lint import Linter
from corefile.reporting import Checked
from corefile.rules import rules


def linter(*numbers: str, env: Mapping[str, str] | None = None) -> Linter:
    """A linter with these rules, all if none is named."""
    chosen = tuple(rule for rule in rules() if not numbers or rule.number in numbers)
    return Linter(Options(env=env or {}), rules=chosen)


def text_input(text: str, folder: Path | None = None) -> Input:
    """A file `Corefile` with a text, in a folder for what it imports."""
    base = str(folder / "Corefile") if folder else ""
    return Input("Corefile", Source("Corefile", text, base=base), data=text.encode())


def check(text: str, *numbers: str, folder: Path | None = None) -> Checked:
    """What is said of a text."""
    return linter(*numbers).check(text_input(text, folder))


def found(text: str, *numbers: str) -> list[tuple[str, int]]:
    """Codes and lines of what the rules find."""
    return [(one.code, one.span.line) for one in check(text, *numbers).extra]


def mended(text: str, *numbers: str, unsafe: bool = True, folder: Path | None = None) -> Mended:
    """What comes of a text."""
    return mend(text_input(text, folder), linter(*numbers).check, unsafe=unsafe)
