"""One worker as the supervisor sees it."""

from __future__ import annotations

from time import monotonic
from typing import TypeVar

from corefile_runtime.metrics.process import Process
from corefile_runtime.workers.aggregation import Seen
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.messages import Address

_NOTHING = Process(0.0, 0, 0, 0)
T = TypeVar("T")


class Member:
    """One worker. `answers` has what it said last, of each kind; `families` and `process` are what it has counted.

    While its answers `are_brief`, queries had better come many at a time.
    """

    def __init__(self, number: int, pid: int, channel: Channel) -> None:
        self.number = number
        self.pid = pid
        self.channel = channel
        self.alive = True
        self.prepared = False
        self.are_brief = False
        self.serving: tuple[Address, ...] | None = None
        self.answers: dict[type[object], object] = {}
        self.seen = monotonic()
        self.families: dict[str, Seen] = {}
        self.process = _NOTHING

    def said(self, kind: type[T]) -> T | None:
        """What it said last of a kind."""
        found = self.answers.get(kind)
        return found if isinstance(found, kind) else None
