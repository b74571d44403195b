"""The event loop: readiness of sockets, timers, and what is to be done before the next wait.

It is our own because the hot path must not pay for a task, a future or a handle per event: asyncio's loop costs several
cache hits per datagram. A callback that raises is reported and the loop goes on.
"""

from __future__ import annotations

import heapq
import os
import select
from collections import deque
from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any, TypeAlias

Callback: TypeAlias = Callable[[], object]


def _nothing() -> None:
    """Nobody has anything to announce."""


class Timer:
    """One call in the future; `cancel` forgets it."""

    __slots__ = ("arguments", "call", "when")

    def __init__(self, when: float, call: Callable[..., object] | None, arguments: tuple[object, ...]) -> None:
        self.when = when
        self.call = call
        self.arguments = arguments

    def cancel(self) -> None:
        """Do not call."""
        self.call = None
        self.arguments = ()


class Loop:
    """Waits for sockets and timers; everything runs in the thread of `run`.

    `announce` is to be called before replies leave: what the log says of them is there when they are.
    `now` is the monotonic time of the last wake-up. `failed` is told of exceptions that callbacks let out.
    """

    def __init__(self, failed: Callable[[BaseException], object]) -> None:
        self._poll: Any = select.epoll() if hasattr(select, "epoll") else select.poll()
        self._scale = 1 if hasattr(select, "epoll") else 1000
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}
        self._urgent: set[int] = set()
        self._timers: list[tuple[float, int, Timer]] = []
        self._number = count()
        self._later: list[Callback] = []
        self._running = False
        self._failed = failed
        self.announce: Callback = _nothing
        self.now = monotonic()
        self._posted: deque[Callback] = deque()
        self._wakes, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.read(self._wakes, self._take_posted)

    def read(self, descriptor: int, callback: Callback | None, *, urgent: bool = False) -> None:
        """Call whenever the descriptor can be read; None ends that.

        One that is `urgent` is served from within `serve_pending` too, until it is forgotten.
        """
        if urgent:
            self._urgent.add(descriptor)
        known = descriptor in self._readers or descriptor in self._writers
        if callback is None:
            self._readers.pop(descriptor, None)
        else:
            self._readers[descriptor] = callback
        self._watch(descriptor, known=known)

    def reads(self, descriptor: int) -> bool:
        """Whether the descriptor is read from."""
        return descriptor in self._readers

    def write(self, descriptor: int, callback: Callback | None) -> None:
        """Call whenever the descriptor can be written; None ends that."""
        known = descriptor in self._readers or descriptor in self._writers
        if callback is None:
            self._writers.pop(descriptor, None)
        else:
            self._writers[descriptor] = callback
        self._watch(descriptor, known=known)

    def forget(self, descriptor: int) -> None:
        """Watch no longer; to be called before closing."""
        self._urgent.discard(descriptor)
        known = self._readers.pop(descriptor, None), self._writers.pop(descriptor, None)
        if known != (None, None):
            self._poll.unregister(descriptor)

    def _watch(self, descriptor: int, *, known: bool) -> None:
        mask = (select.POLLIN if descriptor in self._readers else 0) | (
            select.POLLOUT if descriptor in self._writers else 0
        )
        if not mask:
            if known:
                self._poll.unregister(descriptor)
        elif known:
            self._poll.modify(descriptor, mask)
        else:
            self._poll.register(descriptor, mask)

    def after(self, seconds: float, call: Callable[..., object], *arguments: object) -> Timer:
        """Call once, so many seconds from now."""
        timer = Timer(monotonic() + seconds, call, arguments)
        heapq.heappush(self._timers, (timer.when, next(self._number), timer))
        return timer

    def later(self, callback: Callback) -> None:
        """Call before the loop waits again: to send in one go what many events have left."""
        self._later.append(callback)

    def post(self, callback: Callback) -> None:
        """Call soon, in the thread of the loop; may be called from any thread."""
        self._posted.append(callback)
        try:
            os.write(self._woken, b"\0")
        except BlockingIOError:  # it will wake up anyway
            pass
        except OSError:  # the loop has been closed: nobody is left to be called
            self._posted.clear()

    def _take_posted(self) -> None:
        os.read(self._wakes, 4096)
        while self._posted:
            self.guard(self._posted.popleft())

    def stop(self) -> None:
        """Leave `run` when the present round is done."""
        self._running = False

    def fileno(self) -> int:
        """The descriptor that is waited with, -1 where there is none."""
        return self._poll.fileno() if hasattr(self._poll, "fileno") else -1

    def close(self) -> None:
        """Give up the poll descriptor, and what wakes it."""
        if self._wakes >= 0:
            self.forget(self._wakes)
            os.close(self._wakes)
            os.close(self._woken)
            self._wakes = self._woken = -1
        if hasattr(self._poll, "close"):
            self._poll.close()

    def run(self) -> None:
        """Serve until `stop`."""
        self._running = True
        while self._running:
            self.round()

    def round(self) -> bool:
        """One round, as long as it takes until something is to be done."""
        return self.step(self._patience())

    def step(self, patience: float | None) -> bool:
        """One round: wait so many seconds at most (None: without end), then call what is due.

        Tells whether anything came.
        """
        try:
            events: list[tuple[int, int]] = self._poll.poll(-1 if patience is None else patience * self._scale)
        except InterruptedError:
            events = []
        self.now = now = monotonic()
        readers = self._readers
        try:
            for descriptor, mask in events:
                if mask == select.POLLIN and descriptor in readers:
                    readers[descriptor]()
                else:
                    self._dispatch(descriptor, mask)
        except Exception as error:
            self._failed(error)
        timers = self._timers
        if timers and timers[0][0] <= now:
            self._run_timers()
        if self._later:
            self._run_later()
        return bool(events)

    def serve_pending(self) -> None:
        """Between two pieces of long work: serve what is urgent. Nothing else happens meanwhile, and no timer runs."""
        events: list[tuple[int, int]] = self._poll.poll(0)
        self.now = monotonic()
        for descriptor, mask in events:
            if descriptor in self._urgent:
                self.guard(self._dispatch, descriptor, mask)
        self._run_later()

    def _dispatch(self, descriptor: int, mask: int) -> None:
        # Errors and hang-ups go to whoever reads or writes: its system call reports them.
        if mask & ~select.POLLOUT:
            callback = self._readers.get(descriptor)
            if callback is not None:
                callback()
        if mask & ~select.POLLIN:
            callback = self._writers.get(descriptor)
            if callback is not None:
                callback()

    def _patience(self) -> float | None:
        if self._later:
            return 0
        timers = self._timers
        while timers and timers[0][2].call is None:
            heapq.heappop(timers)
        if not timers:
            return None
        return max(0.0, timers[0][0] - monotonic())

    def _run_timers(self) -> None:
        timers, later = self._timers, next(self._number)
        # Those that are made meanwhile wait for the next round, also where they are due at once.
        while timers and timers[0][0] <= self.now and timers[0][1] < later:
            timer = heapq.heappop(timers)[2]
            if timer.call is not None:
                self.guard(timer.call, *timer.arguments)

    def _run_later(self) -> None:
        while self._later:
            later, self._later = self._later, []
            for callback in later:
                self.guard(callback)

    def guard(self, call: Callable[..., object], *arguments: object) -> None:
        """Call; an exception is reported, and ends nothing else."""
        try:
            call(*arguments)
        except Exception as error:
            self._failed(error)
