"""Waits before a configuration can serve: begun together, each with a deadline of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corefile_runtime.chain.refusal import StartError, explain, refusal
from corefile_runtime.chain.services import Wait
from corefile_runtime.events.event_loop import Loop, Timer


class Waiting:
    """Waits for all, and tells once: nothing when all are ready, or the first error."""

    def __init__(self, loop: Loop, waits: Sequence[Wait], done: Callable[[StartError | None], object]) -> None:
        self._left = len(waits)
        self._done: Callable[[StartError | None], object] | None = done
        self._timers: list[Timer] = []
        if not waits:
            self._tell(None)
        for wait in waits:
            self._begin(loop, wait)

    def _begin(self, loop: Loop, wait: Wait) -> None:
        if self._done is None:  # another one has failed at once
            return
        is_open = True

        def ready(error: StartError | None) -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                timer.cancel()
                self._take(error)

        def expire() -> None:
            ready(wait.late() if wait.late is not None else None)

        timer = loop.after(wait.seconds, expire)
        self._timers.append(timer)
        try:
            wait.begin(ready)
        except Exception as error:
            ready(refusal(wait.plugin, wait.span, f"cannot be made ready: {explain(error)}"))

    def _take(self, error: StartError | None) -> None:
        self._left -= 1
        if error is not None or not self._left:
            self._tell(error)

    def _tell(self, error: StartError | None) -> None:
        done = self._done
        self.cancel()
        if done is not None:
            done(error)

    def refuse(self, error: StartError) -> bool:
        """What is waited for will never come; false when nothing is waited for any more."""
        is_open = self._done is not None
        self._tell(error)
        return is_open

    def cancel(self) -> None:
        """Wait no more, and tell nobody."""
        self._done = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
