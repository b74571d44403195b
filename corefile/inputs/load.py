"""A path to the Corefiles in it: one for a Corefile, any number for a manifest."""

from __future__ import annotations

import os
import stat
import sys

from corefile.inputs import Input, InputFault
from corefile.inputs.search import REVISION
from corefile.ir.source import Source
from corefile.syntax.imports import SIZE_LIMIT, read_regular_file
from corefile.syntax.lexer import decode

STDIN = "<stdin>"

_SIGNATURES = {
    b"\x7fELF": "a program",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "compressed with gzip",
    b"\xfd7zXZ": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\x89PNG": "an image",
    b"SQLite format 3": "a database",
}


def load(path: str, stdin_filename: str = "") -> list[Input]:
    """Read what an argument names: a file, `-`, or `git:REV:PATH`. Raises `InputFault`.

    The list is empty if the file is a manifest without a Corefile.
    """
    if path.startswith(REVISION):
        from corefile.inputs.revision import load_revision

        tree, name, data = load_revision(path)
        given = Input(path, _source(path, data, tree.absolute(name)), "", tree.read, tree.listing)
    elif path == "-":
        shown = stdin_filename or STDIN
        data = _read_stdin()
        given = Input(shown, _source(shown, data, os.path.abspath(stdin_filename or "Corefile")))
    else:
        data = read_file(path)
        given = Input(path, _source(path, data, os.path.abspath(path)))
    if data[:1] != b"." and _is_manifest(given.path, data):
        return _take_apart(given)
    return [given._replace(data=data)]


def _is_manifest(path: str, data: bytes) -> bool:
    if not path.endswith((".yaml", ".yml", ".json")) and b"apiVersion" not in data:
        return False
    from corefile.inputs.manifest import is_manifest

    return is_manifest(path, data)


def _take_apart(given: Input) -> list[Input]:
    from corefile.inputs.manifest import Found, ManifestFault, corefiles

    def one(found: Found) -> Input:
        def read(path: str) -> bytes | None:
            source = found.mounted.get(path)
            return None if source is None else source.text.encode("utf-8", "replace")

        return Input(given.path, found.source, found.name, read, lambda: list(found.mounted), found.mounted)

    try:
        return [one(found) for found in corefiles(given.source)]
    except ManifestFault as fault:
        at = min(fault.offset, len(given.source.text))
        templated = "{{" in given.source.text
        help = "render the template first, and give the result to '-'" if templated else ""  # noqa: A001
        raise InputFault(f"not a valid manifest: {fault.message}", span=given.source.span(at, at), help=help) from None


def _source(path: str, data: bytes, base: str) -> Source:
    if reason := _not_text(data):
        raise InputFault(f"not a Corefile: {reason}")
    return Source(path, decode(data), base=base)


def read_file(path: str) -> bytes:
    """The bytes of a file, or of a pipe that a shell made for `<(…)`. Raises `InputFault`."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        raise InputFault(f"cannot be read: {_reason(error)}") from None
    if stat.S_ISFIFO(mode) and path.startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/")):
        with open(path, "rb") as pipe:
            return _limited(pipe.read(SIZE_LIMIT + 1))
    return read_regular_file(path, lambda reason: InputFault(f"cannot be read: {reason}"))


def _read_stdin() -> bytes:
    try:
        return _limited(sys.stdin.buffer.read(SIZE_LIMIT + 1))
    except (OSError, AttributeError) as error:
        raise InputFault(f"cannot be read: {_reason(error)}") from None


def _limited(data: bytes) -> bytes:
    if len(data) > SIZE_LIMIT:
        raise InputFault(f"cannot be read: it has more than {SIZE_LIMIT >> 20} MiB")
    return data


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _not_text(data: bytes) -> str:
    """Why bytes cannot be a Corefile, empty if they can. Stray control characters are letters, and let pass."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\x00" in data[:64]:
        return "it is UTF-16, save it as UTF-8"
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return f"it is {kind}"
    sample = data[:8192]
    controls = len(sample) - len(sample.translate(None, bytes([*range(8), *range(14, 27), *range(28, 32), 127])))
    if controls > 16 and controls * 20 > len(sample):
        return "it is binary, not text"
    return ""
