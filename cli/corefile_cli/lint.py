"""`corefile lint`: what CoreDNS refuses, where and why, before it does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from corefile.diag.diagnostic import Severity
from corefile.diag.render import FORMATS, renderer
from corefile.diag.report import Report
from corefile.inputs.search import expand
from corefile.lint import Linter, lint_all
from corefile.reporting import Selection
from corefile_cli.options import CompilerFlags, color_option, compiler_options, split, stdin_option
from corefile_cli.saying import say
from corefile_cli.terminal import terminal_of

if TYPE_CHECKING:
    from corefile_cli.mending import Mending

LEVELS: dict[str, Severity] = {"error": "error", "warning": "warning", "info": "info"}
WORTHWHILE = 64 << 10
"""Bytes of Corefiles from which on several processes are faster than one."""


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH|-]...")
@click.option("-conf", "--conf", "conf", metavar="FILE", help="A Corefile, as CoreDNS's own flag names it.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Default: full on a terminal, else concise.")
@click.option("--select", multiple=True, metavar="CODE,...", help="Show only these codes, or beginnings of codes.")
@click.option("--ignore", multiple=True, metavar="CODE,...", help="Do not show these codes, or beginnings of codes.")
@click.option("--fail-on", type=click.Choice(list(LEVELS)), default="error", help="Exit with 1 from this severity on.")
@click.option("--check-files", is_flag=True, help="Look for the files that the Corefile names.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing what is answered.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also fixes that may change what is answered.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing, show what --fix would change.")
@click.option("--no-suppressions", is_flag=True, help="Report also what comments in the Corefile ignore.")
@compiler_options
@stdin_option
@click.option("-j", "--jobs", type=click.IntRange(min=0), default=0, help="Processes; by default one for each core.")
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    conf: str | None,
    form: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    check_files: bool,
    fix: bool,
    unsafe_fixes: bool,
    show_diff: bool,
    no_suppressions: bool,
    flags: CompilerFlags,
    stdin_filename: str,
    jobs: int,
    color: str,
) -> None:
    """Check Corefiles as CoreDNS reads them, without starting anything.

    PATH is a Corefile, a folder that is searched for `Corefile`, `Corefile.*`, `*.Corefile` and `*.corefile`, a
    Kubernetes manifest with ConfigMaps in YAML or JSON, a file of a git revision (`git:REV:PATH`), or `-` for standard
    input. Without PATH it is `Corefile`.

    With `--fix` files are replaced whole or not at all, and never by one that CoreDNS would refuse; what was mended is
    told on standard error, and standard input goes mended to standard output. Imported files and manifests are left.

    The exit code is 0 if nothing was found, 1 if something was (see `--fail-on`) or if `--diff` shows a change, and 2
    if a file could not be read or written. Of a mended file it is what is found then.
    """
    if unsafe_fixes and not (fix or show_diff):
        raise click.UsageError("--unsafe-fixes goes with --fix or --diff")
    options = flags.options(check_files=check_files)
    linter = Linter.of(options, _selection(select, ignore), stdin_filename)
    if fix or show_diff:
        linter = linter._replace(fixes="unsafe" if unsafe_fixes else "safe")
    linter = linter._replace(suppressions=not no_suppressions)
    arguments = [*paths, *(["-" if conf == "stdin" else conf] if conf else [])] or ["Corefile"]
    terminal = terminal_of(sys.stdout, color)
    run = Run(linter, list(expand(arguments)), jobs or _cores(), LEVELS[fail_on])
    out = sys.stdout
    if linter.fixes:
        from corefile_cli.mending import Mending

        run.mending = Mending(show_diff)
        out = sys.stderr if "-" in arguments else sys.stdout  # where a mended text goes
    for text in renderer(form or ("full" if sys.stdout.isatty() else "concise"))(run.reports(), terminal):
        run.progress.clear()
        if not show_diff:
            out.write(text)
    run.progress.clear()
    ctx.exit(run.exit_code(arguments))


class Run:
    """One run over all files: counts what decides the exit code while reports go by."""

    def __init__(self, linter: Linter, paths: list[str], jobs: int, fail_on: Severity) -> None:
        from corefile_cli.progress import Progress

        self._linter = linter
        self._paths = paths
        self._jobs = jobs if jobs > 1 and len(paths) > 1 and sum(map(_size, paths)) > WORTHWHILE else 1
        severities: list[Severity] = ["error", "warning", "info"]
        self._failing = frozenset(severities[: severities.index(fail_on) + 1])
        self._failed = False
        self._unreadable = False
        self._found = 0
        self.progress = Progress(len(paths))
        self.mending: Mending | None = None

    def reports(self) -> Iterator[Report]:
        """The reports in the order of the arguments."""
        for path, reports in zip(self._paths, lint_all(self._linter, self._paths, self._jobs), strict=True):
            self.progress.advance()
            if not reports:
                self.progress.clear()
                say(f"{path}: no ConfigMap with a Corefile in it")
            for report in reports:
                self._found += 1
                self._unreadable |= report.unreadable
                if self.mending is not None:
                    self.progress.clear()
                    self._unreadable |= not self.mending.put(path, report)
                    self._failed |= self.mending.would_change
                self._failed |= any(found.severity in self._failing for found in report.diagnostics)
                yield report

    def exit_code(self, arguments: list[str]) -> int:
        """0 clean, 1 findings, 2 could not run."""
        if not self._found:
            say(f"corefile: no Corefile found in {', '.join(arguments)}")
            return 2
        return 2 if self._unreadable else int(self._failed)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


def _selection(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    """What is shown; a word that no code begins with is a mistake."""
    wanted, unwanted = split(select), split(ignore)
    if wanted or unwanted:
        from corefile.diag.codes import CODES
        from corefile.rules import rules

        known = [*CODES, *(rule.number for rule in rules()), "CL"]
        for word in (*wanted, *unwanted):
            if not any(code.startswith(word.upper()) for code in known):
                raise click.UsageError(f"no code begins with '{word}'")
    return Selection(tuple(map(str.upper, wanted)), tuple(map(str.upper, unwanted)))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
