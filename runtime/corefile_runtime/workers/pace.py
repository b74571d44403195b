"""How much a worker spends on a query."""

from __future__ import annotations

BRIEF, LONG = 8e-6, 10e-6
"""CPU seconds for a query. Being woken costs about as much as the lower one."""


class Pace:
    """Whether a worker's answers `are_brief`: whether they cost less than being woken for them."""

    def __init__(self) -> None:
        self.are_brief = False
        self._queries = 0

    def look(self, queries: int, seconds: float) -> bool:
        """Whether that has changed. `queries` there were in all, `seconds` of CPU time went by since the last look."""
        new, self._queries = queries - self._queries, queries
        if new <= 0:  # none, or a listener has gone
            return False
        were_brief, limit = self.are_brief, LONG if self.are_brief else BRIEF
        self.are_brief = seconds < new * limit
        return self.are_brief != were_brief
