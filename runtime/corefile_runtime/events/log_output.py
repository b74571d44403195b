"""The log on standard output, in CoreDNS's form: `[INFO] plugin/reload: …`.

Lines are collected and written in one go: before the replies leave that they tell of, and before the loop waits again.
Whoever reads them cannot stop the server: what finds no room waits, up to `ROOM`, and is dropped and counted beyond it.
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Literal

from corefile.diag.render.visible import visible
from corefile.ir.url_secrets import without_url_secrets

if TYPE_CHECKING:
    from corefile_runtime.events.event_loop import Loop

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "FATAL"]

ROOM = 1 << 20
"""Octets of lines that wait for a reader who stalls."""
AGAIN = 0.05
"""Seconds between two looks whether the reader goes on."""
LAST = 1.0
"""Seconds for which the end of the process waits for the reader."""
_NOWAIT = 8  # RWF_NOWAIT of Linux: this one write does not wait, whatever others do with the same file


class Output:
    """The log of the process. `debug` lets its debug lines through; what plugins say goes by their configuration's.

    `dropped` counts the lines that nobody will see.
    """

    def __init__(self, descriptor: int = 1) -> None:
        self.descriptor = descriptor
        self.debug = False
        self.dropped = 0
        self._lines: list[str] = []
        self._loop: Loop | None = None
        self._waiting: list[bytes] = []
        self._octets = 0  # of what waits
        self._untold = 0
        self._write = _writer(descriptor)

    def attach(self, loop: Loop) -> None:
        """From now on lines wait for the end of a round of this loop, or for replies to leave."""
        self._loop = loop
        loop.announce = self.flush
        if self._waiting:
            loop.after(AGAIN, self._go_on)

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
            self.line(render_message(level, _harmless(text), plugin))

    def flush(self) -> None:
        """Write what has collected; a reader that is gone or slow is no reason to stop serving."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        for chunk, count in self._join(lines):
            self._put(chunk, count)

    def _join(self, lines: list[str]) -> list[tuple[bytes, int]]:
        """What is written at once, and how many lines that is."""
        return [(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"), len(lines))]

    def _put(self, chunk: bytes, count: int) -> None:
        if not self._waiting or (self._loop is None and self._drain()):
            chunk = self._try(chunk)
            if not chunk:
                return
            if self._loop is not None:
                self._loop.after(AGAIN, self._go_on)
        if self._octets + len(chunk) > ROOM:
            self.dropped += count
            self._untold += count
            return
        self._waiting.append(chunk)
        self._octets += len(chunk)

    def _try(self, chunk: bytes) -> bytes:
        """Write; what there was no room for. Where the reader is gone, there is room for everything."""
        try:
            while chunk:
                chunk = chunk[self._write(chunk) :]
        except BlockingIOError:
            return chunk
        except OSError:
            pass
        return b""

    def _go_on(self) -> None:
        """The reader may have gone on."""
        if not self._drain() and self._loop is not None:
            self._loop.after(AGAIN, self._go_on)

    def _drain(self) -> bool:
        """Write what waits; whether all has gone. Then it is told what has not come so far."""
        waiting = self._waiting
        for number, chunk in enumerate(waiting):
            self._octets -= len(chunk)
            rest = self._try(chunk)
            if rest:
                self._waiting = [rest, *waiting[number + 1 :]]
                self._octets += len(rest)
                return False
        self._waiting = []
        if self._untold:
            untold, self._untold = self._untold, 0
            self.log("WARNING", f"{untold} lines of this log were dropped: they are not read as fast as they come")
        return True

    def close(self, seconds: float = LAST) -> None:
        """Write what has collected; a reader that stalls is waited for only so long."""
        self.flush()
        end = monotonic() + seconds
        poll = select.poll()
        poll.register(self.descriptor, select.POLLOUT)
        while not self._drain() and (left := end - monotonic()) > 0:
            poll.poll(left * 1000)
        self.flush()


def _writer(descriptor: int) -> Callable[[bytes], int]:
    """What writes without waiting: how many octets have gone; raises BlockingIOError without room, and OSError.

    The file is not made non-blocking: it is shared with whoever started the server, and with other processes. A disk
    has always room, as far as anybody can tell.
    """
    with contextlib.suppress(OSError):
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            return partial(_write_at_once, descriptor)
        if os.isatty(descriptor):
            opened = os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            return partial(os.write, opened)
    return lambda chunk: os.write(descriptor, chunk)


def _write_at_once(descriptor: int, chunk: bytes) -> int:
    return os.pwritev(descriptor, (chunk,), -1, _NOWAIT)


def _harmless(text: str) -> str:
    """Without secrets of URLs, and without what is no character: a message may quote any file."""
    if not (text.isascii() and text.isprintable()):
        text = "\n".join(map(visible, text.split("\n")))
    return without_url_secrets(text)


def render_message(level: Level, text: str, plugin: str = "") -> str:
    """A message as a line."""
    return f"[{level}] plugin/{plugin}: {text}" if plugin else f"[{level}] {text}"
