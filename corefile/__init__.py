"""A compiler for the Corefile, the configuration language of CoreDNS.

    import corefile

    compiled = corefile.validate(text, "Corefile")
    compiled.verdict                      # "accept", "reject" or "environment"
    for finding in compiled.diagnostics:  # code, severity, message, span, help
        ...
    corefile.format(text)                 # the text in the usual layout
    corefile.diff(old, new)               # what changes in behaviour

Nothing is read but the text and what it imports; nothing is raised for bad input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.version import __version__

if TYPE_CHECKING:
    from corefile.changes.change import Change
    from corefile.compiler import Compiled, Options
    from corefile.diag.diagnostic import Diagnostic
    from corefile.ir.document import ExpandedCorefile
    from corefile.ir.program import Program

__all__ = ["__version__", "diff", "format", "parse", "validate"]


def validate(text: str | bytes, path: str = "Corefile", options: Options | None = None) -> Compiled:
    """Check a Corefile as CoreDNS 1.14.7 would: verdict, findings, and the program that it makes.

    `path` is what findings call the file and where relative imports start from.
    """
    from corefile.compiler import Options, compile_corefile

    return compile_corefile(text, path, options or Options())


def parse(text: str | bytes, path: str = "Corefile", options: Options | None = None) -> ExpandedCorefile:
    """The server blocks of a Corefile with variables and imports replaced, before any plugin looks at its words.

    What is wrong with the text is left out; `validate` says it.
    """
    return validate(text, path, options).expanded


def format(text: str) -> str:  # noqa: A001 - the command's name
    """A Corefile in the usual layout; its meaning and its comments stay."""
    from corefile.formatter import format_corefile

    return format_corefile(text)


def diff(old: str | bytes | Program, new: str | bytes | Program, options: Options | None = None) -> tuple[Change, ...]:
    """What the new Corefile does otherwise than the old one; empty when nothing. Raises `ValueError` for a refused
    one.
    """
    from corefile.changes.programs import diff_programs

    return diff_programs(_program(old, "old", options), _program(new, "new", options))


def _program(side: str | bytes | Program, name: str, options: Options | None) -> Program:
    from corefile.ir.program import Program

    if isinstance(side, Program):
        return side
    compiled = validate(side, name, options)
    if compiled.refusal is not None:
        finding: Diagnostic = compiled.diagnostics[compiled.refusal]
        raise ValueError(f"{finding.span.path}:{finding.span.line}: {finding.message}")
    return compiled.program
