"""Servers under test, and how they are named on the command line."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A command with places to fill: {corefile} or {config} for its configuration, {dir} and {port}.

    Python finds packages in `paths` too.
    """

    name: str
    command: str
    dialect: str = "corefile"
    paths: tuple[Path, ...] = ()

    def arguments(self, configuration: Path, folder: Path, port: int) -> tuple[str, ...]:
        """The command's words. Files are looked for where the bench was started, not where the server will be."""
        places = {"corefile": configuration, "config": configuration, "dir": folder, "port": port}
        words = filled_words(self.command, places)
        return (
            *self._environment(),
            *(str(Path(word).absolute()) if Path(word).is_file() else word for word in words),
        )

    def _environment(self) -> tuple[str, ...]:
        """`env` becomes the program itself, so that signals arrive."""
        known = os.environ.get("PYTHONPATH", "")
        paths = [*([known] if known else []), *map(str, self.paths)]
        return ("env", f"PYTHONPATH={os.pathsep.join(paths)}") if self.paths else ()


def filled_words(command: str, places: Mapping[str, object]) -> list[str]:
    """The words of a command as a shell has them. Raises ValueError for an unknown place and for open quotes."""
    try:
        return [word.format(**places) for word in shlex.split(command)]
    except (KeyError, IndexError) as error:
        known = ", ".join(f"{{{name}}}" for name in places)
        raise ValueError(f"in '{command}' {error} is no place to fill; there are {known}") from error


STUB = Server(name="stub", dialect="stub", command="{dir}/upstream-udp {port}")
_NAMED = re.compile(r"(?P<name>[\w.-]+)(?:@(?P<dialect>\w+))?=(?P<command>.+)", re.DOTALL)


def parse_server(text: str) -> Server:
    """NAME=COMMAND, NAME@DIALECT=COMMAND, `stub`, or a bare command, which is named after its program."""
    if text == STUB.name:
        return STUB
    if found := _NAMED.fullmatch(text):
        return Server(name=found["name"], dialect=found["dialect"] or "corefile", command=found["command"])
    if not text.strip():
        raise ValueError("a server needs a command, for instance 'coredns=coredns -conf {corefile}'")
    return Server(name=Path(shlex.split(text)[0]).name, command=text)


def our_own() -> Server:
    """The command that was installed for the Python which runs the bench."""
    program = Path(sys.executable).parent / "corefile"
    return Server(name="corefile", command=f"{shlex.quote(str(program))} run -conf {{corefile}}")
