"""One worker as the supervisor sees it."""

from __future__ import annotations

from time import monotonic

from corefile_runtime.metrics.process import Process
from corefile_runtime.workers.aggregation import Seen
from corefile_runtime.workers.line import Line
from corefile_runtime.workers.messages import Address

_NOTHING = Process(0.0, 0, 0, 0)


class Member:
    """One worker. `families` and `process` are what it has counted, `ready` which plugins it said are ready.

    `prepared` numbers the change that it is ready for. `serving` are the sockets of the program in force, None before
    the first, `loyal` those of them at which a client stays with one worker. While its answers `are_brief`, queries had
    better come many at a time. `error` is why it ends.
    """

    def __init__(self, number: int, pid: int) -> None:
        self.number = number
        self.pid = pid
        self.line: Line | None = None
        self.alive = True
        self.prepared = 0
        self.serving: tuple[Address, ...] | None = None
        self.loyal: tuple[Address, ...] = ()
        self.are_brief = False
        self.error = ""
        self.seen = monotonic()
        self.families: dict[str, Seen] = {}
        self.process = _NOTHING
        self.ready: list[tuple[int, str, bool]] | None = None

    def tell(self, message: object, descriptors: tuple[int, ...] = ()) -> None:
        """Send it a message."""
        if self.line is not None:
            self.line.tell(message, descriptors)
