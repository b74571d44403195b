"""The load of a worker: how much CPU time it spends on a query."""

from __future__ import annotations

BRIEF, LONG = 8e-6, 10e-6
"""CPU seconds for a query. Being woken costs about as much as the lower one."""
# Queries in a sample from which on it is worth looking again soon: under load things change fast.
MANY = 1000
SOON, LATER = 0.1, 1.0


class Load:
    """Whether a worker's answers `are_brief`: whether they cost less than being woken for them.

    It should be looked at again after `pause` seconds.
    """

    def __init__(self) -> None:
        self.are_brief = False
        self.pause = LATER
        self._queries, self._seconds = 0, 0.0

    def look(self, queries: int, seconds: float) -> bool:
        """Whether that has changed. There were so many queries in all, and they took so many seconds of CPU time."""
        new, used = queries - self._queries, seconds - self._seconds
        self._queries, self._seconds = queries, seconds
        self.pause = SOON if new >= MANY else LATER
        if new <= 0:  # none, or a listener has gone
            return False
        # Two limits, so that a load between them does not switch the steering to and fro.
        were_brief, limit = self.are_brief, LONG if self.are_brief else BRIEF
        self.are_brief = used < new * limit
        return self.are_brief != were_brief
