"""Recorded verdicts, and how they compare with ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from corefile.compiler import Compiled, compile_corefile

FOLDER = Path(__file__).parent.parent / "fixtures" / "verdicts"


class Row(NamedTuple):
    """A Corefile and what CoreDNS 1.14.7 says: `accept`, `reject`, or `late` when it begins to listen; and the line."""

    verdict: str
    line: str
    corefile: str
    message: str = ""


def rows(kind: str) -> list[Row]:
    """The table of a kind."""
    lines = (FOLDER / f"{kind}.tsv").read_text(encoding="ascii").splitlines()
    return [Row(verdict, at, json.loads(corefile)) for verdict, at, corefile in (line.split("\t") for line in lines)]


def difference(row: Row, certain: bool = False) -> str:
    """How our verdict differs; empty where it does not, or where the machine decides and we say so.

    In a `certain` one no machine does.
    """
    compiled = compile_corefile(row.corefile)
    if row.verdict == "timeout" or (compiled.verdict == "environment" and not certain):
        return ""
    wanted = "reject" if row.verdict == "reject" else "accept"
    if compiled.verdict != wanted:
        return f"CoreDNS: {row.verdict}, here: {compiled.verdict}"
    if row.line and str(_line(compiled)) != row.line and row.line not in _left_to_the_machine(compiled):
        return f"CoreDNS: line {row.line}, here: {_line(compiled)}"
    return ""


def _left_to_the_machine(compiled: Compiled) -> set[str]:
    """Lines at which CoreDNS stops or not: there may be no file here, and one elsewhere."""
    return {str(found.span.line) for found in compiled.diagnostics if found.environment}


def _line(compiled: Compiled) -> int:
    return 0 if compiled.refusal is None else compiled.diagnostics[compiled.refusal].span.line
