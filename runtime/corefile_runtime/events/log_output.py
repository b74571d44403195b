"""The log on standard output, in CoreDNS's form: `[INFO] plugin/reload: …`.

Lines are collected and written in one go: before the replies leave that they tell of, and before the loop waits again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from corefile_runtime.events.event_loop import Loop

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "FATAL"]


class Output:
    """The log of the process. `debug` lets its debug lines through; what plugins say goes by their configuration's."""

    def __init__(self, descriptor: int = 1) -> None:
        self.descriptor = descriptor
        self._lines: list[str] = []
        self._loop: Loop | None = None
        self.debug = False

    def attach(self, loop: Loop) -> None:
        """From now on lines wait for the end of a round of this loop, or for replies to leave."""
        self._loop = loop
        loop.announce = self.flush

    def line(self, text: str) -> None:
        """One line as it is."""
        if not self._lines and self._loop is not None:
            self._loop.later(self.flush)
        self._lines.append(text)
        if self._loop is None or len(self._lines) >= 512:
            self.flush()

    def log(self, level: Level, text: str, plugin: str = "") -> None:
        """One message, from a plugin or from the server itself."""
        if level != "DEBUG" or self.debug:
            self.line(render_message(level, text, plugin))

    def flush(self) -> None:
        """Write what has collected; a reader that is gone or slow is no reason to stop serving."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        self._write(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self.descriptor, data) :]
            except OSError:
                return


def render_message(level: Level, text: str, plugin: str = "") -> str:
    """A message as a line."""
    return f"[{level}] plugin/{plugin}: {text}" if plugin else f"[{level}] {text}"
