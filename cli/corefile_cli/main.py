"""The `corefile` command: finds the subcommand's module and imports nothing else.

A subcommand is a module of this package with a click command called `command`, and a line in `COMMANDS`.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper

import click

COMMANDS = {
    "lint": "Check Corefiles: what CoreDNS refuses, and what will hurt.",
    "fmt": "Format Corefiles.",
    "diff": "Tell what differs between two Corefiles for those who ask.",
    "ir": "Print a Corefile as it is understood, as JSON.",
    "run": "Serve a Corefile.",
    "explain": "Explain a code or a plugin.",
    "rules": "List the lint rules.",
    "plugins": "List the plugins in the order in which they work.",
    "version": "Print the version.",
}
"""The subcommands and what `corefile --help` says of them."""

ALIASES = {"validate": "lint", "format": "fmt"}

INTERRUPTED = 130
BROKEN_PIPE = 141


class Commands(click.Group):
    """A group that imports a subcommand when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The subcommands that there are, in the order of `COMMANDS`."""
        here = os.path.dirname(__file__)
        return [name for name in COMMANDS if os.path.exists(os.path.join(here, f"{name}.py"))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"corefile_cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Click's own, with a suggestion for a word that is no command."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from corefile.diag.suggest import suggest

            nearest = suggest(args[0], [*COMMANDS, *ALIASES])
            hint = f" Did you mean '{nearest}'?" if nearest else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of `--help`, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001 - click's signature
    if value:
        from corefile_cli.version import describe

        click.echo(describe(), nl=False)
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def cli() -> None:
    """Check, format, compare and serve Corefiles, the configuration of CoreDNS.

    CoreDNS's own flags are understood as well: `corefile -conf FILE -dns.port 1053` serves, `corefile -validate -conf
    FILE` checks, and `-plugins` and `-version` print what CoreDNS prints.
    """


def main() -> int:
    """Run the command line; the exit code. No mistake of a user ends in a traceback."""
    # Modules, and what is made of a Corefile, stay: to look for garbage among them is a tenth of a start.
    gc.set_threshold(50_000, 20, 100)
    if "_COREFILE_COMPLETE" in os.environ:
        cli.main(prog_name="corefile")
    arguments = sys.argv[1:]
    if arguments and arguments[0].startswith("-"):
        from corefile_cli.coredns_flags import translate

        arguments = translate(arguments)
    _prepare_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return close_stdout(BROKEN_PIPE)
    except OSError as error:
        click.echo(f"corefile: {error.strerror or error}", err=True)
        return close_stdout(2)
    return code


def _run(arguments: list[str]) -> int:
    """What click's own `main` does, but errors of the system are left to the caller."""
    try:
        with cli.make_context("corefile", arguments) as ctx:
            cli.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    return 0


def _prepare_streams() -> None:
    """Let no odd path or letter end the program when it is printed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close_stdout(code: int) -> int:
    """Let nothing more be written at the interpreter's end: nobody reads it, or there is no room for it."""
    stdout = sys.stdout.fileno()
    try:
        opened = os.open(os.devnull, os.O_WRONLY)
    except OSError:  # there is no descriptor left
        os.close(stdout)
        opened = os.open(os.devnull, os.O_WRONLY)
    if opened != stdout:
        os.dup2(opened, stdout)
    return code
