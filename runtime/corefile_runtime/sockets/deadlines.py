"""Deadlines of connections: one timer closes those that have passed."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Protocol

from corefile_runtime.events.event_loop import Loop

EVERY = 1.0
"""Seconds between two looks: a deadline for each connection is cheap to move, a timer for each is not."""


class Expiring(Protocol):
    """A connection. `deadline` is the monotonic time at which it is closed."""

    deadline: float

    def close(self, error: Exception | None = None, /) -> object:
        """It is too late."""
        ...


class Deadlines:
    """The open connections of somebody, who adds and discards them."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._watched: set[Expiring] = set()
        self._timer = loop.after(EVERY, self._look)

    def add(self, connection: Expiring) -> None:
        """Close it at its deadline."""
        self._watched.add(connection)

    def discard(self, connection: Expiring) -> None:
        """It is closed."""
        self._watched.discard(connection)

    def __len__(self) -> int:
        return len(self._watched)

    def __iter__(self) -> Iterator[Expiring]:
        return iter(list(self._watched))

    def _look(self) -> None:
        now = monotonic()
        self._timer = self._loop.after(EVERY, self._look)
        # Over a copy: closing one connection may end others.
        for connection in self:
            if connection.deadline <= now:
                self._loop.guard(connection.close)

    def close(self) -> None:
        """Close all of them, and look no more."""
        self._timer.cancel()
        for connection in self:
            self._loop.guard(connection.close)
