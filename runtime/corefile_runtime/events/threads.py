"""Work in threads: what may block or take long, its outcome told to the loop.

Threads are used again. One that hangs (a file of a server that is gone, a name server that says nothing) keeps nobody
but its own work waiting, and ends with the process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, Protocol, TypeVar

from corefile_runtime.events.event_loop import Loop

T = TypeVar("T")
# How long the loop waits for its turn at most, in seconds, while a thread computes; Python's own is ten times that.
_TURN, _USUAL = 0.0005, sys.getswitchinterval()


class InThread(Protocol):
    """Does work in a thread and tells the loop what came of it."""

    def __call__(self, work: Callable[[], T], then: Callable[[T | Exception], object], /) -> object: ...


class Work(Generic[T]):
    """Work under way. `then` gets its outcome in the loop, unless it is cancelled before."""

    __slots__ = ("_call", "_ended", "_outcome", "_then")

    def __init__(self, call: Callable[[], T], then: Callable[[T | Exception], object]) -> None:
        self._call = call
        self._then: Callable[[T | Exception], object] | None = then
        self._outcome: T | Exception | None = None
        self._ended = Event()

    def run(self) -> None:
        """In the thread."""
        try:
            self._outcome = self._call()
        except Exception as error:  # no local name keeps it: it has this frame in its traceback
            self._outcome = error
        self._ended.set()

    def tell(self) -> None:
        """In the loop, when it has been done."""
        then, self._then = self._then, None
        outcome, self._outcome = self._outcome, None  # an error leads back here by its traceback
        if then is not None:
            then(outcome)  # type: ignore[arg-type]  # None only where T has it

    def cancel(self) -> None:
        """Nobody is to be told. The work itself goes on: a thread cannot be stopped."""
        self._then = None

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so many seconds; whether it has come."""
        return self._ended.wait(seconds)


class Threads:
    """The threads of one loop."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._idle: list[_Thread] = []
        self._busy: set[_Thread] = set()

    def run(self, call: Callable[[], T], then: Callable[[T | Exception], object]) -> Work[T]:
        """Call `then` in the loop with what `call` returns in a thread, or with the exception that it raises."""
        work = Work(call, then)
        thread = self._idle.pop() if self._idle else _Thread()
        self._busy.add(thread)
        sys.setswitchinterval(_TURN)
        thread.take(work.run, lambda: self._loop.post(lambda: self._done(thread, work.tell)))
        return work

    def _done(self, thread: _Thread, tell: Callable[[], object]) -> None:
        self._busy.discard(thread)
        self._idle.append(thread)
        if not self._busy:
            sys.setswitchinterval(_USUAL)
        tell()

    def close(self) -> None:
        """Let the threads go, those that are busy when their work is done: the loop will not hear of it."""
        for thread in (*self._idle, *self._busy):
            thread.leave()
        self._idle.clear()


class _Thread:
    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], object], Callable[[], object]] | None] = SimpleQueue()
        Thread(target=self._run, daemon=True, name="corefile").start()

    def take(self, call: Callable[[], object], done: Callable[[], object]) -> None:
        self._jobs.put((call, done))

    def leave(self) -> None:
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, done = job
            work()
            done()
            del job, work, done  # else the last outcome, be it large, stays as long as the thread is idle
