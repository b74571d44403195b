"""Options that several commands share: what the compiler may know, and how its findings are shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from corefile.compiler import Options

F = TypeVar("F", bound=Callable[..., Any])

_COMPILER = (
    click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable that {$NAME} sees."),
    click.option("--env-file", "env_files", multiple=True, metavar="FILE", help="Set variables from NAME=VALUE lines."),
    click.option("--no-env", is_flag=True, help="Hide the variables of this process."),
    click.option(
        "--external-plugins",
        "external",
        multiple=True,
        metavar="NAME,...",
        help="Plugins that your CoreDNS has beside the built-in ones.",
    ),
    click.option("--import-root", default="", metavar="DIR", help="Import nothing from outside of DIR."),
)


def compiler_options(function: F) -> F:
    """Add the options that become `corefile.compiler.Options`."""
    for option in reversed(_COMPILER):
        function = option(function)
    return function


def color_option(function: F) -> F:
    """Add `--color`."""
    choice = click.Choice(["auto", "always", "never"])
    return click.option("--color", type=choice, default="auto", help="Colors: by default on a terminal.")(function)


def stdin_option(function: F) -> F:
    """Add `--stdin-filename`."""
    help = "What standard input is called; imports are relative to it."  # noqa: A001
    return click.option("--stdin-filename", default="", metavar="PATH", help=help)(function)


def read_options(
    variables: Iterable[str],
    env_files: Iterable[str],
    no_env: bool,
    external: Iterable[str],
    import_root: str,
    *,
    check_files: bool = False,
    extensions: bool = False,
) -> Options:
    """The compiler's options. Raises `click.UsageError` for what cannot be read."""
    from corefile.compiler import Options

    env = dict(os.environ) if not no_env else {}
    if variables or env_files:
        from corefile.inputs import InputFault
        from corefile.inputs.variables import environment

        try:
            env = environment(env, env_files, variables)
        except InputFault as fault:
            raise click.UsageError(fault.message) from None
    if import_root and not os.path.isdir(import_root):
        raise click.UsageError(f"--import-root: '{import_root}' is not a directory")
    return Options(
        env=env,
        check_files=check_files,
        external_plugins=frozenset(split(external)),
        import_root=import_root,
        extensions=extensions,
    )


def split(values: Iterable[str]) -> tuple[str, ...]:
    """The words of options that may be repeated and may have commas."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())
