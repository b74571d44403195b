"""Linting of Corefiles: load, compile, apply the rules, report. `corefile lint` without the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from corefile.compiler import Compiled, Options
from corefile.diag.diagnostic import Diagnostic
from corefile.diag.report import Report
from corefile.inputs import Input, InputFault, compile_apart, in_place
from corefile.inputs.load import STDIN, load
from corefile.reporting import EVERYTHING, Checked, Selection, report_on
from corefile.rules import STRUCTURE, Rule, check_rules, rules

COMMENT = "corefile:"
"""What every comment for the linter has; `corefile.rules.comments` is imported when one is there."""


class Linter(NamedTuple):
    """How files are checked: what the compiler may know, what is shown, and the rules that apply.

    With `fixes` texts are mended, by safe fixes or by all; nothing is written. Without `suppressions` comments for the
    linter are comments.
    """

    options: Options
    selection: Selection = EVERYTHING
    rules: tuple[Rule, ...] = ()
    stdin_filename: str = ""
    fixes: Literal["", "safe", "unsafe"] = ""
    suppressions: bool = True

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
        return [self._report(given) for given in inputs]

    def check(self, given: Input) -> Checked:
        """Everything there is to say of one Corefile, whatever is to be shown."""
        compiled = compile_apart(given, self.options)
        extra = tuple(check_rules(compiled, self.selection.takes, self.rules))
        if self.suppressions and any(COMMENT in source.text for source in compiled.sources.values()):
            compiled, extra = self._heed_comments(compiled, extra)
        return Checked(*in_place(given, compiled, extra))

    def _report(self, given: Input) -> Report:
        if self.fixes:
            from corefile.fixing import mend

            mended = mend(given, self.check, unsafe=self.fixes == "unsafe")
            before, after = given.data, mended.given.data
            rewritten = None if before is None or after is None else (before, after)
            report = self._shown(given, mended.checked)
            return report._replace(fixed=mended.fixed, left=mended.left, rewritten=rewritten)
        return self._shown(given, self.check(given))

    def _shown(self, given: Input, checked: Checked) -> Report:
        """A manifest's scalars have indentation and escapes of their own: a fix would be one of another text."""
        extra = checked.extra if given.data is not None else tuple(one._replace(fix=None) for one in checked.extra)
        return report_on(checked.compiled, extra, self.selection, given.name)

    def _heed_comments(self, compiled: Compiled, extra: tuple[Diagnostic, ...]) -> Checked:
        from corefile.rules.comments import read_comments, without_suppressed

        structured = not any(found.rank is not None and found.code in STRUCTURE for found in compiled.diagnostics)
        numbers = {rule.number for rule in self.rules} if structured else set[str]()
        comments = read_comments(compiled, numbers.__contains__)
        extra = without_suppressed(extra, comments)
        kept = without_suppressed(compiled.diagnostics, comments)
        about = (found for rule in self.rules if rule.is_about_comments for found in rule.check_comments(comments))
        return Checked(_with_diagnostics(compiled, kept), (*extra, *about))


def _with_diagnostics(compiled: Compiled, kept: tuple[Diagnostic, ...]) -> Compiled:
    """Fewer diagnostics; the refusal is always among them, at another place perhaps."""
    if compiled.refusal is None or len(kept) == len(compiled.diagnostics):
        return replace(compiled, diagnostics=kept)
    refusal = compiled.diagnostics[compiled.refusal]
    return replace(compiled, diagnostics=kept, refusal=next(i for i, one in enumerate(kept) if one is refusal))


def lint_all(linter: Linter, paths: list[str], jobs: int = 1) -> Iterator[list[Report]]:
    """The reports on each path, in the order of the paths. Raises `corefile.inputs.parallel.WorkerLost`."""
    if jobs > 1 and len(paths) > 1:
        from corefile.inputs.parallel import fork_map

        return fork_map(linter.lint, paths, jobs)
    return map(linter.lint, paths)
