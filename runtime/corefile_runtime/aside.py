"""Work that must not keep queries waiting: done in a thread, its outcome told to the loop."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from threading import Thread
from typing import TypeVar

from corefile_runtime.loop import Loop

T = TypeVar("T")
# How long the loop waits for its turn at most, in seconds, while the thread computes; Python's own is ten times that.
_TURN = 0.0005


def run_aside(loop: Loop, work: Callable[[], T], then: Callable[[T | Exception], object]) -> None:
    """Call `then` in the loop with what `work` returns in a thread, or with the exception that it raises."""
    ours, theirs = socket.socketpair()
    outcome: list[T | Exception] = []
    usual = sys.getswitchinterval()

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)
        theirs.send(b"\0")

    thread = Thread(target=run, daemon=True)

    def done() -> None:
        thread.join()
        sys.setswitchinterval(usual)
        loop.forget(ours.fileno())
        ours.close()
        theirs.close()
        then(outcome[0])

    loop.read(ours.fileno(), done)
    sys.setswitchinterval(_TURN)
    thread.start()
