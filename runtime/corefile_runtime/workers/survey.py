"""Questions to all workers, answered when all have replied or when the time is up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.workers.member import Member

ANSWER = 1.0
"""Seconds that a worker has for an answer."""
Done = Callable[[set[Member]], object]
"""Gets those that have not answered."""


class Surveys:
    """The questions that are open. Nothing waits for them."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._numbers = count(1)
        self._open: dict[int, tuple[set[Member], Timer, Done]] = {}

    def ask(self, members: Iterable[Member], question: Callable[[int], object], done: Done) -> None:
        """Ask them all; `question` makes the message of a number, which comes back with the answer."""
        number = next(self._numbers)
        asked = {member for member in members if member.alive}
        self._open[number] = asked, self._loop.after(ANSWER, self._end, number), done
        for member in asked:
            member.tell(question(number))
        self._look(number)

    def answered(self, member: Member, number: int) -> None:
        """One has."""
        if number in self._open:
            self._open[number][0].discard(member)
            self._look(number)

    def lost(self, member: Member) -> None:
        """One is gone: it will answer nothing."""
        # Over a copy: the last answer ends a question.
        for number in list(self._open):
            self.answered(member, number)

    def _look(self, number: int) -> None:
        if not self._open[number][0]:
            self._end(number)

    def _end(self, number: int) -> None:
        silent, timer, done = self._open.pop(number)
        timer.cancel()
        done(silent)
