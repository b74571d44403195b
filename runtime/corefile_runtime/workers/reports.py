"""The reports of a worker to the supervisor: its counts, its load, and that it is alive."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.metrics.process import read_process
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.workers.aggregation import Seen, read_all
from corefile_runtime.workers.line import Line
from corefile_runtime.workers.load import Load
from corefile_runtime.workers.messages import Alive, Brief, Counts

# Seconds between reports at most and at least; a report may cost a hundredth of the CPU time of a worker.
EVERY, OFTEN, SHARE = 1.0, 0.1, 100


class Reports:
    """The reports of one worker. `taken` tells how many datagrams have come."""

    def __init__(self, loop: Loop, metrics: Registry, line: Line, taken: Callable[[], int]) -> None:
        self._loop = loop
        self._metrics = metrics
        self._line = line
        self._taken = taken
        self._told: dict[str, Seen] = {}
        self._pulsed, self._pause = process_time(), EVERY
        self._load = Load()

    def start(self) -> None:
        """Begin."""
        self._loop.after(EVERY, self._pulse)
        self._watch_load()

    def report(self, survey: int = 0) -> None:
        """Tell all that has changed."""
        self._line.tell(Counts(self._changed(), read_process(), survey))

    def _changed(self) -> list[Seen]:
        changed = [seen for seen in read_all(self._metrics) if self._told.get(seen.name) != seen]
        self._told.update((seen.name, seen) for seen in changed)
        return changed

    def _pulse(self) -> None:
        """What was not told when a worker is killed is lost: tell it the oftener, the more there is to do anyway."""
        began = process_time()
        if not self._line.pending:
            changed = self._changed()
            self._line.tell(Counts(changed, None) if changed else Alive())
        ended = process_time()
        is_cheap = (ended - began) * SHARE < ended - self._pulsed
        self._pulsed = ended
        self._pause = min(EVERY, max(OFTEN, self._pause / 2 if is_cheap else self._pause * 2))
        self._loop.after(self._pause, self._pulse)

    def _watch_load(self) -> None:
        if self._load.look(self._taken(), process_time()):
            self._line.tell(Brief(self._load.are_brief))
        self._loop.after(self._load.pause, self._watch_load)
