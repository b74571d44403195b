"""Spans of a traced query: the plugins that it passed, and how long each took."""

from __future__ import annotations

from collections.abc import Callable
from random import getrandbits
from time import monotonic_ns, time_ns


class Span:
    """Something that has a beginning and an end; `report` takes it when it ends.

    `start` is in nanoseconds since 1970, `duration` in nanoseconds, below 0 before the end. `number` and `trace` have
    64 bits; all spans of one query have one `trace`. `error` is why a query failed.
    """

    __slots__ = (
        "_begun",
        "_report",
        "_step",
        "duration",
        "error",
        "name",
        "number",
        "parent",
        "start",
        "tags",
        "trace",
    )

    def __init__(self, name: str, report: Callable[[Span], object], parent: Span | None = None) -> None:
        self.name = name
        self._report = report
        self.parent = parent
        self.number = getrandbits(63) + 1
        self.trace: int = parent.trace if parent is not None else self.number
        self.tags: dict[str, str] = {}
        self.error = ""
        self.duration = -1
        self._step: Span | None = None
        self.start = time_ns()
        self._begun = monotonic_ns()

    @property
    def ended(self) -> bool:
        """Whether what comes is no part of it: a query that the cache has kept asks again long after its reply."""
        return self.duration >= 0

    def below(self, name: str) -> Span:
        """Begin a span that is part of this one."""
        return Span(name, self._report, self)

    def step(self, name: str, tags: dict[str, str]) -> None:
        """Begin a part of what a plugin does; the part before it, if there is one, has ended."""
        if not self.ended:
            self._end_step()
            self._step = self.below(name)
            self._step.tags = tags

    def end(self) -> None:
        """Measure the time and report."""
        self._end_step()
        self.duration = monotonic_ns() - self._begun
        self._report(self)

    def _end_step(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            step.end()
