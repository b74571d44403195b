"""The lifetime of a configuration: resources, timers and work in threads that end with it.

A configuration is prepared, runs, is superseded, and is gone when the last query that it took is answered; or it is
given up before it ever ran. Whatever comes of it, nothing that was made here stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.events.threads import Threads, Work


class Closable(Protocol):
    """A socket, a pool, a watch."""

    def close(self) -> object:
        """End it at once."""
        ...


class Cancellable(Protocol):
    """Work in a thread, of whatever outcome."""

    def cancel(self) -> object:
        """Nobody is to be told."""
        ...


R = TypeVar("R", bound=Closable)
T = TypeVar("T")


class Repeated:
    """A call that comes again and again."""

    __slots__ = ("_call", "_life", "_seconds", "_timer")

    def __init__(self, life: Lifetime, seconds: float, call: Callable[[], object]) -> None:
        self._life = life
        self._seconds = seconds
        self._call = call
        self._timer = life.after(seconds, self._tick)

    def _tick(self) -> None:
        self._timer = self._life.after(self._seconds, self._tick)  # before the call, which may raise
        self._call()

    def cancel(self) -> None:
        """Call no more."""
        self._timer.cancel()


class Lifetime:
    """The life of one configuration. Errors at its end are reported one by one, and none keeps the others from it."""

    def __init__(self, loop: Loop, threads: Threads) -> None:
        self.loop = loop
        self._threads = threads
        self._owned: list[Callable[[], object]] = []
        self._timers: set[_Timer] = set()
        self._delays: set[_Timer] = set()
        self._works: set[Cancellable] = set()
        self._running = self._ended = False

    @property
    def running(self) -> bool:
        """Whether it has taken over, and no other one since."""
        return self._running

    @property
    def ended(self) -> bool:
        """Whether everything is closed."""
        return self._ended

    def own(self, resource: R) -> R:
        """Close it when the configuration is given up or gone, the last that came first."""
        if self._ended:
            resource.close()
        else:
            self._owned.append(resource.close)
        return resource

    def after(self, seconds: float, call: Callable[..., object], *arguments: object) -> Timer:
        """Call once, so many seconds from now or from the take-over, as long as the configuration is in force."""
        timer = _Timer(self._timers, call, arguments)
        if not self._ended:
            timer.seconds = seconds
            self._timers.add(timer)
            if self._running:
                timer.start(self.loop)
        return timer

    def delay(self, seconds: float, call: Callable[..., object], *arguments: object) -> Timer:
        """Call once, for a query under way: also when another configuration has taken over meanwhile."""
        timer = _Timer(self._delays, call, arguments)
        if not self._ended:
            timer.seconds = seconds
            self._delays.add(timer)
            timer.start(self.loop)
        return timer

    def every(self, seconds: float, call: Callable[[], object]) -> Repeated:
        """Call again and again, with so many seconds between."""
        return Repeated(self, seconds, call)

    def in_thread(self, call: Callable[[], T], then: Callable[[T | Exception], object]) -> Work[T]:
        """Do work in a thread and call `then` in the loop, unless the configuration is gone by then."""

        def told(outcome: T | Exception) -> None:
            self._works.discard(work)
            then(outcome)

        work = self._threads.run(call, told)
        if self._ended:
            work.cancel()
        else:
            self._works.add(work)
        return work

    def post(self, call: Callable[[], object]) -> None:
        """Call in the loop, from any thread, unless the configuration is gone by then."""

        def arrive() -> None:
            if not self._ended:
                call()

        self.loop.post(arrive)

    def start(self) -> None:
        """The configuration takes over: its clocks begin to run."""
        self._running = True
        for timer in list(self._timers):
            timer.start(self.loop)

    def stop(self) -> None:
        """Another one has taken over: only queries under way are waited for."""
        self._running = False
        for timer in list(self._timers):
            timer.cancel()

    def close(self, between: Callable[[], object] = lambda: None) -> None:
        """It is given up, or gone. `between` is called after each piece, of which there may be many."""
        if self._ended:
            return
        self._ended = True
        self.stop()
        for timer in list(self._delays):
            timer.cancel()
        for work in self._works:
            work.cancel()
        self._works.clear()
        while self._owned:
            self.loop.guard(self._owned.pop())
            between()


class _Timer(Timer):
    """A timer that leaves its set when it has been called or cancelled."""

    __slots__ = ("_among", "_of_loop", "seconds")

    def __init__(self, among: set[_Timer], call: Callable[..., object], arguments: tuple[object, ...]) -> None:
        super().__init__(0.0, call, arguments)
        self._among = among
        self._of_loop: Timer | None = None
        self.seconds = 0.0

    def start(self, loop: Loop) -> None:
        if self._of_loop is None and self.call is not None:
            self._of_loop = loop.after(self.seconds, self._fire)

    def _fire(self) -> None:
        call, arguments = self.call, self.arguments
        self.cancel()
        if call is not None:
            call(*arguments)

    def cancel(self) -> None:
        """Do not call."""
        super().cancel()
        self._among.discard(self)
        if self._of_loop is not None:
            self._of_loop.cancel()
            self._of_loop = None
