"""Work that must not keep queries waiting: done in a thread, its outcome told to the loop."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Generic, TypeVar

from corefile_runtime.events.event_loop import Loop

T = TypeVar("T")
# How long the loop waits for its turn at most, in seconds, while a thread computes; Python's own is ten times that.
_TURN, _USUAL = 0.0005, sys.getswitchinterval()
_computing: set[Thread] = set()


def run_aside(loop: Loop, work: Callable[[], T], then: Callable[[T | Exception], object]) -> Aside[T]:
    """Call `then` in the loop with what `work` returns in a thread, or with the exception that it raises."""
    return Aside(loop, work, then)


class Aside(Generic[T]):
    """Work under way in a thread."""

    def __init__(self, loop: Loop, work: Callable[[], T], then: Callable[[T | Exception], object]) -> None:
        self._loop = loop
        self._work = work
        self._then = then
        self._outcome: list[T | Exception] = []
        self._ours, self._theirs = socket.socketpair()
        self._thread = Thread(target=self._run, daemon=True)
        loop.read(self._ours.fileno(), self._done)
        _computing.add(self._thread)
        sys.setswitchinterval(_TURN)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcome.append(self._work())
        except Exception as error:
            self._outcome.append(error)
        with suppress(OSError):  # nobody may be waiting any more
            self._theirs.send(b"\0")

    def _done(self) -> None:
        self.leave(None)
        self._then(self._outcome[0])

    def leave(self, patience: float | None) -> None:
        """Wait for the end at most so many seconds; nobody is told of it."""
        self._thread.join(patience)
        _computing.discard(self._thread)
        if not _computing:
            sys.setswitchinterval(_USUAL)
        self._loop.forget(self._ours.fileno())
        self._ours.close()
        self._theirs.close()
