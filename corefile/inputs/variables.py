"""The environment that a Corefile sees: that of the process, and what the command line adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from corefile.inputs import InputFault
from corefile.inputs.load import read_file


def environment(
    inherited: Mapping[str, str], files: Iterable[str] = (), assignments: Iterable[str] = ()
) -> dict[str, str]:
    """`inherited`, overridden by files of assignments, overridden by assignments. Raises `InputFault`."""
    found = dict(inherited)
    for path in files:
        found |= read_env_file(path)
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not name or not equals:
            raise InputFault(f"'{assignment}' is not of the form NAME=VALUE")
        found[name] = value
    return found


def read_env_file(path: str) -> dict[str, str]:
    """A file of `NAME=VALUE` lines. Raises `InputFault`.

    Empty lines and lines that begin with `#` are skipped, `export` before a name too; a pair of quotes around a value
    is taken off. Nothing is expanded.
    """
    found: dict[str, str] = {}
    try:
        text = read_file(path).decode("utf-8", "surrogateescape")
    except InputFault as fault:
        raise InputFault(f"{path}: {fault.message}") from None
    for number, written in enumerate(text.split("\n"), 1):
        line = written.strip().removeprefix("export ").lstrip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise InputFault(f"{path}:{number}: '{line}' is not of the form NAME=VALUE")
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
