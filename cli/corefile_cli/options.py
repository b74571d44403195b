"""Options that several commands share: what the compiler may know, and how its findings are shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

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


class CompilerFlags(NamedTuple):
    """What was given on the command line for `corefile.compiler.Options`."""

    variables: tuple[str, ...]
    env_files: tuple[str, ...]
    no_env: bool
    external: tuple[str, ...]
    import_root: str

    def options(self, *, check_files: bool = False, extensions: bool = False) -> Options:
        """The compiler's options. Raises `click.UsageError` for what cannot be read."""
        from corefile.compiler import Options

        if self.import_root and not os.path.isdir(self.import_root):
            raise click.UsageError(f"--import-root: '{self.import_root}' is not a directory")
        return Options(
            env=self._environment(),
            check_files=check_files,
            external_plugins=frozenset(split(self.external)),
            import_root=self.import_root,
            extensions=extensions,
        )

    def _environment(self) -> dict[str, str]:
        env = {} if self.no_env else dict(os.environ)
        if not self.variables and not self.env_files:
            return env
        from corefile.inputs import InputFault
        from corefile.inputs.variables import environment

        try:
            return environment(env, self.env_files, self.variables)
        except InputFault as fault:
            raise click.UsageError(fault.message) from None


def compiler_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that decide what the compiler knows: the function gets them as `flags`."""

    @wraps(function)
    def with_flags(*args: Any, **options: Any) -> None:
        flags = CompilerFlags(**{name: options.pop(name) for name in CompilerFlags._fields})
        function(*args, flags=flags, **options)

    for option in reversed(_COMPILER):
        with_flags = option(with_flags)
    return with_flags


def color_option(function: F) -> F:
    """Add `--color`."""
    choice = click.Choice(["auto", "always", "never"])
    return click.option("--color", type=choice, default="auto", help="Colors: by default on a terminal.")(function)


def stdin_option(function: F) -> F:
    """Add `--stdin-filename`."""
    help = "What standard input is called; imports are relative to it."  # noqa: A001
    return click.option("--stdin-filename", default="", metavar="PATH", help=help)(function)


def split(values: Iterable[str]) -> tuple[str, ...]:
    """The words of options that may be repeated and may have commas."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())
