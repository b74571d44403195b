"""Signals of the process, delivered in the loop; the deadline of its end does not wait for that."""

from __future__ import annotations

import contextlib
import faulthandler
import signal
import socket
from collections.abc import Callable

from corefile_runtime.events.event_loop import Loop

GRACE = 5.0
"""Seconds for the end, beside those that plugins ask for."""
_LAST_WORDS = 0.25
"""Seconds before that in which it is said what the process hangs in."""


class Signals:
    """Calls `take` in the loop for each signal that comes.

    From one that ends the process on its end has a deadline, whatever a plugin, a command or a disk does.
    """

    def __init__(self, loop: Loop, take: Callable[[int], object]) -> None:
        self._take = take
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT):
            signal.signal(number, _note)
        for number in (signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        loop.read(self._ours.fileno(), self._read)

    def _read(self) -> None:
        for number in self._ours.recv(64):
            self._take(number)


def _note(number: int, _frame: object) -> None:
    """The signal itself is told through the wake-up socket; the loop may be too busy to ever read it."""
    if number in (signal.SIGTERM, signal.SIGINT) and not signal.getitimer(signal.ITIMER_REAL)[0]:
        limit_end(0.0)


def limit_end(seconds: float) -> None:
    """The process has so many seconds, and `GRACE`, to live. Then it says where it hangs, and ends with status 1.

    Should even that hang, in a standard error that nobody reads, the system ends it.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError, RuntimeError):  # there is no standard error
        faulthandler.dump_traceback_later(seconds + GRACE - _LAST_WORDS, exit=True)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
