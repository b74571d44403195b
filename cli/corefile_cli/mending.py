"""`corefile lint --fix` and `--diff`: write what was mended, or show it, and tell about it on standard error."""

from __future__ import annotations

import sys

import click

from corefile.diag.diagnostic import Diagnostic
from corefile.diag.render.visible import visible
from corefile.diag.report import Report
from corefile.fixing import UNSAFE
from corefile.inputs import InputFault
from corefile.inputs.search import REVISION
from corefile_cli.rewriting import replace_file, unified_diff


class Mending:
    """Takes the mended texts out of reports as they go by. `would_change`: a diff has shown something."""

    def __init__(self, show_diff: bool) -> None:
        self._show_diff = show_diff
        self.would_change = False

    def put(self, path: str, report: Report) -> bool:
        """Write or show one file, and tell what was mended and what was left; whether all went well."""
        done = "would be fixed" if self._show_diff else "fixed"
        fault = ""
        try:
            self._put(path, report)
        except InputFault as error:
            fault, done = error.message, "not fixed"
            click.echo(f"{visible(report.path)}: {fault}", err=True)
        for found in sorted(report.fixed, key=_line):
            click.echo(f"{_place(found)}: {done}: {visible(found.message)} [{found.code}]", err=True)
        for found, reason in report.left:
            if reason != UNSAFE:
                click.echo(f"{_place(found)}: left as it is: {visible(reason)} [{found.code}]", err=True)
        if unsafe := sum(reason == UNSAFE for _, reason in report.left):
            click.echo(f"{visible(report.path)}: {unsafe} more with --unsafe-fixes", err=True)
        return not fault

    def _put(self, path: str, report: Report) -> None:
        """Standard input goes to standard output, whether it was mended or not."""
        if report.rewritten is None:
            if path == "-" and not self._show_diff and not report.unreadable:
                raise InputFault("a Kubernetes manifest is not mended: give its Corefile to '-'")
            return
        before, after = report.rewritten
        if self._show_diff:
            self.would_change |= before != after
            sys.stdout.writelines(unified_diff(report.path, before, after) if before != after else ())
        elif path == "-":
            sys.stdout.buffer.write(after)
        elif before == after:
            return
        elif path.startswith(REVISION):
            raise InputFault("a file of a git revision is not written, use --diff")
        else:
            replace_file(path, after, before)


def _line(found: Diagnostic) -> tuple[int, int]:
    return found.span.line, found.span.column


def _place(found: Diagnostic) -> str:
    return f"{visible(found.span.path)}:{found.span.line}:{found.span.column}"
