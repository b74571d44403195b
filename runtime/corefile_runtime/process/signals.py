"""Signals of the process, delivered in the loop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from corefile_runtime.events.event_loop import Loop


class Signals:
    """Calls `take` in the loop for each signal that comes."""

    def __init__(self, loop: Loop, take: Callable[[int], object]) -> None:
        self._take = take
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT):
            signal.signal(number, _nothing)
        for number in (signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        loop.read(self._ours.fileno(), self._read)

    def _read(self) -> None:
        for number in self._ours.recv(64):
            self._take(number)


def _nothing(_number: int, _frame: object) -> None:
    """A handler must be set for the signal to be told through the wake-up socket."""
