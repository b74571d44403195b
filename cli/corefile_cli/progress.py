"""A progress bar on standard error, for work that takes longer than a second."""

from __future__ import annotations

import sys
import time

WIDTH = 30
PATIENCE = 1.0
"""Seconds before the bar appears."""


class Progress:
    """Counts files; draws nothing unless somebody watches and there is much to do."""

    def __init__(self, total: int, *, least: int = 8) -> None:
        self._total = total
        self._done = 0
        self._start = time.monotonic()
        self._drawn = 0.0
        self._watched = total > least and sys.stderr.isatty()

    def advance(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if self._watched and now - self._start > PATIENCE and now - self._drawn > 0.1:
            self._drawn = now
            filled = WIDTH * self._done // self._total
            bar = "#" * filled + "." * (WIDTH - filled)
            sys.stderr.write(f"\r[{bar}] {self._done}/{self._total} files\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the bar away: before other text, and at the end."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = 0.0
