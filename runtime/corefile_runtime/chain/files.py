"""Files that are polled: read in a thread; a bad one leaves the last good state."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar, cast

from corefile_runtime.events.threads import InThread

T = TypeVar("T")
MAX_SIZE = 512 << 20
"""Octets of a file: what never ends, such as /dev/zero, must not be read to its end."""


class _Seen(NamedTuple):
    modified: int
    size: int


class WatchedFile(Generic[T]):
    """One file. What has been seen is known by its time and size, as CoreDNS knows it; so is what was no good."""

    def __init__(
        self,
        path: str,
        parse: Callable[[bytes], T],
        apply: Callable[[T, float], object],
        failed: Callable[[Exception], object],
        in_thread: InThread,
    ) -> None:
        self._path = path
        self._parse = parse
        self._apply = apply
        self._failed = failed
        self._in_thread = in_thread
        self._seen: _Seen | None = None
        self._looking = False

    def look(self, done: Callable[[Exception | None], object] = lambda _error: None) -> None:
        """Read the file if it has changed. As long as one look hangs there is no other."""
        if self._looking:
            return

        def take(outcome: tuple[_Seen, T | Exception] | Exception | None) -> None:
            self._looking = False
            error: Exception | None = None
            if isinstance(outcome, Exception):
                error = outcome
            elif outcome is not None:
                self._seen, parsed = outcome
                if isinstance(parsed, Exception):
                    error = parsed
                else:
                    self._apply(parsed, self._seen.modified / 1e9)
            if error is not None:
                self._failed(error)
            done(error)

        self._looking = True
        self._in_thread(self._read, take)

    def _read(self) -> tuple[_Seen, T | Exception] | None:
        """In the thread. Raises OSError; what cannot be parsed is remembered, and not told again before it changes."""
        status = os.stat(self._path)
        seen = _Seen(status.st_mtime_ns, status.st_size)
        if seen == self._seen:
            return None
        if stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode):  # reading would wait for a writer
            raise OSError(f"{self._path} is no regular file")
        with open(self._path, "rb", opener=_open_at_once) as file:
            data = cast("bytes | None", file.read(MAX_SIZE + 1))  # None: nothing has come yet
        if data is None or len(data) > MAX_SIZE:  # what only looks like a file, such as /proc/kmsg, or never ends
            raise OSError(f"{self._path} is no file of at most {MAX_SIZE >> 20} MiB")
        try:
            return seen, self._parse(data)
        except ValueError as error:
            return seen, error


def _open_at_once(path: str, flags: int) -> int:
    """By way of `open`, which closes what turns out to be a directory."""
    return os.open(path, flags | os.O_NONBLOCK)


def explain_file(path: str, error: Exception) -> str:
    """What is wrong with a file, in one line."""
    if isinstance(error, OSError):
        return f"file {path} cannot be read: {error.strerror or error}"
    return f"file {path}: {error}"
