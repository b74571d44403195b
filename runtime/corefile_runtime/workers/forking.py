"""Forked processes: how one becomes a worker, and how its end is waited for."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from resource import struct_rusage
from time import monotonic
from typing import NoReturn, TypeAlias

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.workers.channel import Channel

Become: TypeAlias = Callable[[Channel, list[int]], None]
"""Turns a process that was just forked into something else; it has an end of a channel, and keeps some descriptors."""
_BLOCKED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_IGNORED = (*_BLOCKED, signal.SIGHUP, signal.SIGPIPE)
# Seconds between two looks, and after which the end is told in any case.
_SOON, _LATEST = 0.005, 1.0


def fork(become: Become) -> tuple[int, Channel]:
    """Start a process: its number, and our end of the channel. Raises OSError."""
    ours, theirs = socket.socketpair()
    sys.stdout.flush()
    # A signal that comes before the worker has its own handlers would be told to the supervisor twice.
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
    try:
        pid = os.fork()
        if not pid:
            try:
                become(Channel(theirs), [theirs.fileno()])
            finally:
                os._exit(1)  # never go on as a second supervisor
    except OSError:
        ours.close()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        theirs.close()
    return pid, Channel(ours)


def run_forked(run: Callable[[], object], kept: set[int]) -> NoReturn:
    """In the new process: nothing of the supervisor's but `kept` descriptors stays open.

    The supervisor's objects are still there, but nothing will ever look at them again.
    """
    code = 1
    try:
        # The collector would write to the pages that are shared with the supervisor, and so copy them.
        gc.freeze()
        signal.set_wakeup_fd(-1)
        for number in _IGNORED:  # the end and reloads are told by the supervisor
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _IGNORED)
        for descriptor in _open_descriptors() - kept:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        run()
        code = 0
    finally:
        os._exit(code)


def kill(pid: int) -> None:
    """End a process at once, stopped or not."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def reap(loop: Loop, pid: int, done: Callable[[int, struct_rusage | None], object]) -> None:
    """Tell how a process ended, and what it used. One that hangs in the system (a dead disk) is not waited for long."""
    latest = monotonic() + _LATEST

    def look() -> None:
        nonlocal latest
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            if latest:
                done(status, usage)
            return
        if latest and monotonic() > latest:
            latest = 0.0
            done(signal.SIGKILL, None)
        loop.after(_SOON if latest else _LATEST, look)

    look()


def cpu_of(usage: struct_rusage | None) -> float:
    """Seconds of CPU time."""
    return usage.ru_utime + usage.ru_stime if usage is not None else 0.0


def _open_descriptors() -> set[int]:
    try:
        return {int(name) for name in os.listdir("/proc/self/fd")}
    except OSError:
        # Without /proc (not on Linux): more than a supervisor ever has open.
        return set(range(4096))
