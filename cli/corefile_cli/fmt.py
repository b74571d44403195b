"""`corefile fmt`: Corefiles in their usual form, which says what the file said."""

from __future__ import annotations

import sys

import click

from corefile.compiler import Options
from corefile.diag.render.visible import visible
from corefile.inputs import Input, InputFault
from corefile.inputs.load import load
from corefile.inputs.search import REVISION, expand
from corefile.reformat import MANIFEST, MeaningChanged, reformat
from corefile_cli.options import CompilerFlags, compiler_options, stdin_option
from corefile_cli.rewriting import replace_file, unified_diff
from corefile_cli.saying import say


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH|-]...")
@click.option("--check", is_flag=True, help="Write nothing, name the files that would change, and exit with 1 if any.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing, show what would change.")
@compiler_options
@stdin_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    check: bool,
    show_diff: bool,
    flags: CompilerFlags,
    stdin_filename: str,
) -> None:
    """Format Corefiles: four blanks for each block, one between words, comments and words as they are.

    PATH is a Corefile, a folder that is searched as `lint` does, or `-`: what comes on standard input goes to
    standard output. Without PATH it is `Corefile`. Files are replaced whole or not at all. Corefiles in manifests, and
    files whose braces do not match, are left as they are.

    The exit code is 0, with `--check` 1 if a file would change, and 2 if a file could not be formatted.
    """
    options = flags.options(extensions=True)
    changed = failed = False
    for path in expand(paths or ("Corefile",)):
        try:
            changed |= _format(path, options, stdin_filename, check, show_diff)
        except InputFault as fault:
            failed = True
            place = f"{fault.span.path}:{fault.span.line}:{fault.span.column}" if fault.span else path
            say(f"{place}: {fault.message}")
        except MeaningChanged:
            failed = True
            say(f"{path}: internal error: formatted it would mean something else, it is left as it is")
    ctx.exit(2 if failed else int(check and changed))


def _format(path: str, options: Options, stdin_filename: str, check: bool, show_diff: bool) -> bool:
    """Format one file, or tell what would change; whether something does."""
    given = _only(load(path, stdin_filename))
    before, after = given.data or b"", reformat(given, options)
    if show_diff:
        sys.stdout.writelines(unified_diff(given.path, before, after))
    elif check:
        if before != after:
            click.echo(f"{visible(given.path)} would change")
    elif path == "-":
        sys.stdout.buffer.write(after)
    elif path.startswith(REVISION):
        raise InputFault("a file of a git revision is not written, use --check or --diff")
    elif before != after:
        replace_file(path, after, before)
    return before != after


def _only(inputs: list[Input]) -> Input:
    """The one Corefile that a file is. Raises `InputFault` for a manifest with several, or none."""
    if len(inputs) != 1:
        raise InputFault(MANIFEST)
    return inputs[0]
