"""Deadlines of connections: one timer closes those that have passed; and which connection gives way to another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from time import monotonic
from typing import Generic, Protocol, TypeVar

from corefile_runtime.events.event_loop import Loop

EVERY = 0.25
"""Seconds between two looks: a deadline for each connection is cheap to move, a timer for each is not."""
FEW = 4
"""Of so many connections less than one is silent: those are new, and not what fills the place."""


class Expiring(Protocol):
    """A connection. `deadline` is the monotonic time at which it is closed."""

    deadline: float

    def close(self, error: Exception | None = None, /) -> object:
        """It is too late."""
        ...


C = TypeVar("C", bound=Expiring)


class Deadlines(Generic[C]):
    """The open connections of somebody, who adds and discards them, and tells which have `brought` something."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        # Those that have brought nothing yet, in the order in which they came; the others, the longest idle one first.
        self._silent: OrderedDict[C, None] = OrderedDict()
        self._proven: OrderedDict[C, None] = OrderedDict()
        self._timer = loop.after(EVERY, self._look)
        self._leaving = False

    def add(self, connection: C) -> None:
        """Close it at its deadline."""
        self._silent[connection] = None

    def brought(self, connection: C) -> None:
        """A whole message, not octets of one, has come on it."""
        if connection in self._proven:
            self._proven.move_to_end(connection)
        elif connection in self._silent:
            del self._silent[connection]
            self._proven[connection] = None

    def give_way(self) -> bool:
        """Close the connection that has brought least; whether there was any.

        That is one that has brought nothing, unless those are few: they may just have come.
        """
        silent, proven = self._silent, self._proven
        first = silent if silent and len(silent) * FEW > len(proven) else proven or silent
        if not first:
            return False
        connection = next(iter(first))
        self.discard(connection)
        self._loop.guard(connection.close)
        return True

    def discard(self, connection: C) -> None:
        """It is closed."""
        self._silent.pop(connection, None)
        self._proven.pop(connection, None)

    def __len__(self) -> int:
        return len(self._silent) + len(self._proven)

    def __iter__(self) -> Iterator[C]:
        return iter([*self._silent, *self._proven])

    def _look(self) -> None:
        now = monotonic()
        if self._leaving and not len(self):
            return
        self._timer = self._loop.after(EVERY, self._look)
        # Over a copy: closing one connection may end others.
        for connection in self:
            if connection.deadline <= now:
                self._loop.guard(connection.close)

    def leave(self) -> None:
        """No more will come: look on as long as there are any."""
        self._leaving = True
        if not len(self):
            self._timer.cancel()

    def close(self) -> None:
        """Close all of them, and look no more."""
        self._timer.cancel()
        for connection in self:
            self._loop.guard(connection.close)
