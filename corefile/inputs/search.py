"""Arguments of the command line to paths: folders are searched, nothing comes twice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

PATTERNS = ("Corefile", "Corefile.*", "*.Corefile", "*.corefile")
"""What a Corefile is called in a folder that is searched."""

REVISION = "git:"
"""How an argument begins that names a file in a git revision: `git:REV:PATH`."""


def expand(arguments: Iterable[str]) -> Iterator[str]:
    """The paths that arguments mean, in their order, each once. A folder that is empty of Corefiles gives none."""
    seen: set[str] = set()
    for argument in arguments:
        for path in _paths(argument):
            same = path if path == "-" or path.startswith(REVISION) else os.path.abspath(path)
            if same not in seen:
                seen.add(same)
                yield path


def _paths(argument: str) -> Iterator[str]:
    if argument != "-" and os.path.isdir(argument):
        yield from _search(argument)
    else:
        yield argument


def _search(top: str) -> Iterator[str]:
    """Corefiles below a folder, sorted. Hidden folders are left out: `.git`, and `..data` of a mounted ConfigMap."""
    seen = {_identity(top)}
    folders = [top]
    while folders:
        folder = folders.pop()
        below: list[str] = []
        for name in sorted(_names(folder)):
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                if not name.startswith(".") and (identity := _identity(path)) not in seen:
                    seen.add(identity)
                    below.append(path)
            elif any(fnmatchcase(name, pattern) for pattern in PATTERNS):
                yield os.path.normpath(path)
        folders += reversed(below)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _identity(path: str) -> tuple[int, int]:
    """What tells a folder from others by whatever links it is reached."""
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return status.st_dev, status.st_ino
