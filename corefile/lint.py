"""Check Corefiles: load, compile, apply the rules, and report. What `corefile lint` does, without a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from corefile.compiler import Options
from corefile.diag.report import Report
from corefile.inputs import InputFault, compile_input
from corefile.inputs.load import STDIN, load
from corefile.reporting import EVERYTHING, Selection, report_on
from corefile.rules import Rule, check_rules, rules


class Linter(NamedTuple):
    """How files are checked: what the compiler may know, what is shown, and the rules that apply."""

    options: Options
    selection: Selection = EVERYTHING
    rules: tuple[Rule, ...] = ()
    stdin_filename: str = ""

    @classmethod
    def of(cls, options: Options, selection: Selection = EVERYTHING, stdin_filename: str = "") -> Linter:
        """A linter with all rules that the selection leaves."""
        wanted = tuple(rule for rule in rules() if selection.takes(rule.number))
        return cls(options, selection, wanted, stdin_filename)

    def lint(self, path: str) -> list[Report]:
        """The reports on the Corefiles of a path: one, or as many as a manifest has. Raises nothing for bad input."""
        try:
            inputs = load(path, self.stdin_filename)
        except InputFault as fault:
            shown = (self.stdin_filename or STDIN) if path == "-" else path
            return [Report(shown, "reject", (fault.diagnostic(shown),), 0, unreadable=True)]
        reports: list[Report] = []
        for given in inputs:
            compiled = compile_input(given, self.options)
            extra = tuple(check_rules(compiled, self.selection.takes, self.rules))
            reports.append(report_on(compiled, extra, self.selection, given.name))
        return reports


def lint_all(linter: Linter, paths: list[str], jobs: int = 1) -> Iterator[list[Report]]:
    """The reports on each path, in the order of the paths. Raises `corefile.inputs.parallel.WorkerLost`."""
    if jobs > 1 and len(paths) > 1:
        from corefile.inputs.parallel import fork_map

        return fork_map(linter.lint, paths, jobs)
    return map(linter.lint, paths)
