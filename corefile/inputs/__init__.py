"""The sources of Corefiles: files, folders, standard input, ConfigMaps, git revisions. For every command the same.

An argument is expanded to paths (`search.expand`), a path is read and taken apart to inputs (`load`), and an input is
compiled (`compile_input`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.diag.diagnostic import Diagnostic
from corefile.ir.source import Source, Span


class InputFault(Exception):
    """An input that cannot be read. `span` is the place in it, if there is one; `help` what to do."""

    def __init__(self, message: str, *, span: Span | None = None, help: str = "") -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.span = span
        self.help = help

    def diagnostic(self, path: str) -> Diagnostic:
        """The same as a finding."""
        span = self.span or Span(path, 1, 1, 1, 1)
        return Diagnostic("CF116", "error", self.message, span, self.help)


class Input(NamedTuple):
    """One Corefile to compile.

    `path` is what people call the file it is in, `name` tells it from others there. `read_import` and `list_imports`
    are those of `Options`, for what is not on disk; `mounted` are texts of the same file that can be imported. `data`
    are the bytes of the file, if the Corefile is all of it.
    """

    path: str
    source: Source
    name: str = ""
    read_import: Callable[[str], bytes | None] | None = None
    list_imports: Callable[[], list[str]] | None = None
    mounted: Mapping[str, Source] = {}
    data: bytes | None = None


def compile_input(given: Input, options: Options) -> Compiled:
    """Compile an input; imports are read from where it comes from, and findings are placed in the file people edit."""
    return in_place(given, compile_apart(given, options))[0]


def compile_apart(given: Input, options: Options) -> Compiled:
    """The same, but findings in texts that are mounted beside the Corefile are placed in those."""
    if given.read_import is not None:
        options = options._replace(read_import=given.read_import, list_imports=given.list_imports)
    return compile_corefile(given.source, given.path, options)


def in_place(
    given: Input, compiled: Compiled, extra: tuple[Diagnostic, ...] = ()
) -> tuple[Compiled, tuple[Diagnostic, ...]]:
    """The findings of the compiler, and others, placed in the file that people edit."""
    if given.mounted:
        from corefile.inputs.mounted import relocate

        return relocate(compiled, given.mounted, extra)
    return compiled, extra
