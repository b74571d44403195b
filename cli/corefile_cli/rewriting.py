"""Files that get other bytes: all at once or not at all, and what would change as a unified diff."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator

from corefile.diag.render.visible import drawn, visible
from corefile.inputs import InputFault


def replace_file(path: str, data: bytes, before: bytes | None = None) -> None:
    """Put other bytes into a regular file, all at once; its mode and the links that lead to it stay.

    `before` is what it is thought to hold. Raises `InputFault`.
    """
    path = os.path.realpath(path)
    try:
        mode = os.stat(path)
        if not stat.S_ISREG(mode.st_mode):
            raise InputFault("cannot be written: it is not a regular file")
        if before is not None and _read(path) != before:
            raise InputFault("cannot be written: it has changed in the meantime")
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


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def unified_diff(path: str, before: bytes, after: bytes) -> Iterator[str]:
    """A unified diff; only LF ends a line. On a terminal control characters in it are spelled out."""
    import difflib
    import sys

    path = visible(path)
    on_terminal = sys.stdout.isatty()
    for changed in difflib.unified_diff(_split(before), _split(after), path, path):
        line = drawn(changed.removesuffix("\n")) + "\n" * changed.endswith("\n") if on_terminal else changed
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _split(data: bytes) -> list[str]:
    lines = data.decode("utf-8").split("\n")
    return [line + "\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])
