"""`corefile diff`: what a rollout changes for those who ask."""

from __future__ import annotations

import sys

import click

from corefile.changes.change import Change
from corefile.changes.programs import diff_programs
from corefile.changes.render import render_json, render_markdown, render_text
from corefile.compiler import Compiled, Options
from corefile.inputs import Input, InputFault, compile_input
from corefile.inputs.load import load
from corefile.ir.program import Program
from corefile.reporting import without_secrets
from corefile_cli.options import CompilerFlags, compiler_options, stdin_option
from corefile_cli.saying import line, say

FORMATS = {"text": render_text, "json": render_json, "markdown": render_markdown}

NOTHING = Program(blocks=(), listeners=())


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="Default: text.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there is a difference.")
@compiler_options
@stdin_option
@click.pass_context
def command(
    ctx: click.Context,
    old: str,
    new: str,
    form: str,
    exit_code: bool,
    flags: CompilerFlags,
    stdin_filename: str,
) -> None:
    """Tell what differs in behaviour between two Corefiles: zones, plugins and their properties, not text.

    OLD and NEW are Corefiles, manifests with ConfigMaps (their Corefiles are compared by name), files of a git
    revision (`git:REV:PATH`), or `-` for standard input. The order of server blocks and directives, comments, quoting,
    and imports make no difference.

    The exit code is 0, with `--exit-code` 1 if there is a difference, and 2 if a side is refused or cannot be read.
    """
    if old == new == "-":
        raise click.UsageError("only one side can be standard input")
    options = flags.options(extensions=True)
    sides = [_programs(path, options, stdin_filename) for path in (old, new)]
    if sides[0] is None or sides[1] is None:
        ctx.exit(2)
    changes = _compare(sides[0], sides[1])
    sys.stdout.write(FORMATS[form](changes))
    ctx.exit(1 if exit_code and changes else 0)


def _programs(path: str, options: Options, stdin_filename: str) -> dict[str, Program] | None:
    """The programs of one side by name; None when one is refused, after saying why."""
    try:
        inputs = load(path, stdin_filename)
    except InputFault as fault:
        say(f"corefile: {path}: {fault.message}")
        return None
    if not inputs:
        say(f"corefile: {path}: no ConfigMap with a Corefile in it")
        return None
    compiled = [(given, compile_input(given, options)) for given in inputs]
    refused = [(given, each) for given, each in compiled if each.verdict == "reject"]
    for given, each in refused:
        _say(given, each)
    return None if refused else {given.name: each.program for given, each in compiled}


def _say(given: Input, compiled: Compiled) -> None:
    """Why a side is refused."""
    where = f"{given.path} ({given.name})" if given.name else given.path
    say(f"corefile: {where} is refused, there is nothing to compare:")
    for found in without_secrets(compiled):
        if found.severity == "error":
            say(line(found))


def _compare(old: dict[str, Program], new: dict[str, Program]) -> tuple[Change, ...]:
    """The changes of all Corefiles of a side; a lone one is compared with a lone one whatever their names are."""
    if len(old) == len(new) == 1:
        return diff_programs(*old.values(), *new.values())
    names = [*old, *(name for name in new if name not in old)]
    return tuple(change for name in names for change in diff_programs(old.get(name, NOTHING), new.get(name, NOTHING)))
