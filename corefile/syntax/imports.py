"""Imports: files by name or pattern, read once each, as words."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from typing import cast

from corefile.ir.source import ImportSite, Source, Word
from corefile.syntax.lexer import TooLarge, decode, lex

SIZE_LIMIT = 64 << 20
"""Bytes that a Corefile, or a file that it imports, may have."""


class ImportFault(Exception):
    """An import that CoreDNS refuses; `code` is the diagnostic's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Importer:
    """Finds and lexes imported files.

    `root` confines them to a folder. `read` and `listing` stand for the disk where the Corefile is no file of its own:
    absolute path to bytes (None: no such file), and all absolute paths there are.
    """

    def __init__(
        self,
        root: str = "",
        read: Callable[[str], bytes | None] | None = None,
        listing: Callable[[], list[str]] | None = None,
    ) -> None:
        self._root = os.path.realpath(root) if root else ""
        self._read = read
        self._listing = listing
        self._texts: dict[str, str] = {}
        self.sources: dict[str, Source] = {}

    def find(self, pattern: str, base: str) -> list[str]:
        """The absolute paths that `import PATTERN` means in the file at `base`. Raises `ImportFault`."""
        absolute = pattern if pattern.startswith("/") else os.path.normpath(f"{os.path.dirname(base)}/{pattern}")
        if absolute.count("*") > 1 or absolute.count("?") > 1 or ("[" in absolute and "]" in absolute):
            raise ImportFault("CF113", f"import pattern '{absolute}' has several wildcards, only one is allowed")
        if "[" in absolute or _ends_in_escape(absolute):
            raise ImportFault("CF114", f"import pattern '{pattern}' has a syntax error")
        found = sorted(self._glob(absolute)) if re.search(r"[*?\\]", absolute) else self._exact(absolute)
        if not found and not re.search(r"[*?\]]", absolute):
            raise ImportFault("CF112", f"file or snippet '{pattern}' to import not found")
        return found

    def words(self, path: str, shown: str, imports: tuple[ImportSite, ...]) -> list[Word]:
        """The words of one file, marked with the imports that lead to it. Raises `ImportFault`."""
        text = self._texts.get(path)
        if text is None:
            text = self._texts[path] = decode(self._load(path))
        source = Source(shown, text, file=path, base=path)
        self.sources[shown] = source
        try:
            return lex(source, imports)
        except TooLarge as error:
            raise ImportFault("CF115", f"'{path}' cannot be imported: {error}") from None

    def _exact(self, path: str) -> list[str]:
        there = self._read(path) is not None if self._read else os.path.lexists(path)
        return [path] if there else []

    def _glob(self, pattern: str) -> Iterator[str]:
        """Go's `filepath.Glob`: hidden files too, and no `/` in what a wildcard stands for."""
        expression = re.compile(_regular_expression(pattern), re.DOTALL)
        folder, _, _ = pattern.partition("*")[0].partition("?")[0].partition("\\")[0].rpartition("/")
        for path in self._listing() if self._listing else _walk(folder or "/", pattern.count("/")):
            if expression.fullmatch(path):
                yield path

    def _load(self, path: str) -> bytes:
        if self._root and os.path.commonpath([self._root, os.path.realpath(path)]) != self._root:
            raise ImportFault("CF115", f"'{path}' cannot be imported: it is outside of the folder given for imports")
        if self._read is not None:
            return self._read(path) or b""
        return read_regular_file(path, lambda reason: ImportFault("CF115", f"'{path}' cannot be imported: {reason}"))


def read_regular_file(path: str, fault: Callable[[str], Exception]) -> bytes:
    """The bytes of a file; `fault` makes the exception for a reason. Opens nothing that is no regular file."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise fault("it is a directory")
        if path == os.devnull:
            return b""
        if not stat.S_ISREG(mode):
            raise fault("it is not a regular file")
        # What is no file but looks like one (/proc/kmsg) may wait for something to come.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            data = cast("bytes | None", file.read(SIZE_LIMIT + 1))
            if data is None:
                raise fault("reading it would wait")
    except (OSError, ValueError) as error:
        raise fault((getattr(error, "strerror", None) or str(error)).lower()) from None
    if len(data) > SIZE_LIMIT:
        raise fault(f"it has more than {SIZE_LIMIT >> 20} MiB")
    return data


def _walk(folder: str, depth: int) -> Iterator[str]:
    """All paths below a folder with so many slashes."""
    try:
        entries = os.listdir(folder)
    except OSError:
        return
    prefix = folder.rstrip("/") + "/"
    for entry in entries:
        path = prefix + entry
        if path.count("/") == depth:
            yield path
        elif os.path.isdir(path):
            yield from _walk(path, depth)


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def _regular_expression(pattern: str) -> str:
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"*": "[^/]*", "?": "[^/]"}
    return "".join(wild.get(piece) or re.escape(piece[-1]) for piece in pieces)
