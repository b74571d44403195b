"""`corefile fmt`: Corefiles in their usual form, which says what the file said."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator

import click

from corefile.compiler import Options
from corefile.inputs import Input, InputFault
from corefile.inputs.load import load
from corefile.inputs.search import REVISION, expand
from corefile.reformat import MANIFEST, MeaningChanged, reformat
from corefile_cli.options import CompilerFlags, compiler_options, stdin_option


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
            click.echo(f"{place}: {fault.message}", err=True)
        except MeaningChanged:
            failed = True
            click.echo(f"{path}: internal error: formatted it would mean something else, it is left as it is", err=True)
    ctx.exit(2 if failed else int(check and changed))


def _format(path: str, options: Options, stdin_filename: str, check: bool, show_diff: bool) -> bool:
    """Format one file, or tell what would change; whether something does."""
    given = _only(load(path, stdin_filename))
    before, after = given.data or b"", reformat(given, options)
    if show_diff:
        sys.stdout.writelines(_diff(given.path, before, after))
    elif check:
        if before != after:
            click.echo(f"{given.path} would change")
    elif path == "-":
        sys.stdout.buffer.write(after)
    elif path.startswith(REVISION):
        raise InputFault("a file of a git revision is not written, use --check or --diff")
    elif before != after:
        replace_file(path, after)
    return before != after


def _only(inputs: list[Input]) -> Input:
    """The one Corefile that a file is. Raises `InputFault` for a manifest with several, or none."""
    if len(inputs) != 1:
        raise InputFault(MANIFEST)
    return inputs[0]


def replace_file(path: str, data: bytes) -> None:
    """Put other bytes into a file, all at once; its mode and the links that lead to it stay. Raises `InputFault`."""
    path = os.path.realpath(path)
    try:
        mode = os.stat(path)
        handle, temporary = tempfile.mkstemp(prefix=".corefile-", dir=os.path.dirname(path))
        try:
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(handle, mode.st_mode & 0o7777)
                if os.geteuid() == 0:
                    os.fchown(handle, mode.st_uid, mode.st_gid)
                os.fsync(handle)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise InputFault(f"cannot be written: {(error.strerror or str(error)).lower()}") from None


def _diff(path: str, before: bytes, after: bytes) -> Iterator[str]:
    """A unified diff; only LF ends a line."""
    from difflib import unified_diff

    for line in unified_diff(_split(before), _split(after), path, path):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _split(data: bytes) -> list[str]:
    lines = data.decode("utf-8").split("\n")
    return [line + "\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])
