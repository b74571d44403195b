"""`corefile ir`: a Corefile as it is understood, for other programs."""

from __future__ import annotations

import sys

import click

from corefile.compiler import Compiled
from corefile.inputs import InputFault, compile_input
from corefile.inputs.load import load
from corefile.reporting import without_secrets
from corefile_cli.options import CompilerFlags, compiler_options, stdin_option
from corefile_cli.saying import line, say


@click.command("ir")
@click.argument("path", default="Corefile", metavar="[FILE|-]")
@click.option("--spans", is_flag=True, help="Add where everything stands.")
@compiler_options
@stdin_option
@click.pass_context
def command(
    ctx: click.Context,
    path: str,
    spans: bool,
    flags: CompilerFlags,
    stdin_filename: str,
) -> None:
    """Print a Corefile as it is understood, as JSON: server blocks, plugins in the order in which they work, listeners.

    Variables and imports are replaced, defaults are filled in, secrets are redacted. The format is versioned, and
    docs/ir.schema.json describes it.

    The exit code is 0, 1 if the Corefile is refused, and 2 if it cannot be read.
    """
    options = flags.options(extensions=True)
    try:
        inputs = load(path, stdin_filename)
    except InputFault as fault:
        say(f"corefile: {path}: {fault.message}")
        ctx.exit(2)
    if len(inputs) != 1:
        names = ", ".join(given.name for given in inputs)
        found = f"several Corefiles in it: {names}" if inputs else "no ConfigMap with a Corefile in it"
        say(f"corefile: {path}: {found}")
        ctx.exit(2)
    compiled = compile_input(inputs[0], options)
    _say(compiled)
    if compiled.verdict == "reject":
        ctx.exit(1)
    _print(compiled, spans)


def _say(compiled: Compiled) -> None:
    """What CoreDNS refuses goes to standard error."""
    for found in without_secrets(compiled):
        if found.severity == "error":
            say(line(found))


def _print(compiled: Compiled, spans: bool) -> None:
    import json

    from corefile.irjson.program import program_to_json

    json.dump(program_to_json(compiled.program, spans=spans), sys.stdout, indent=2)
    sys.stdout.write("\n")
