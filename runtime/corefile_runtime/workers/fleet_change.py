"""One change of all workers, in two phases: all get ready, then all commit; or all keep the program that they have.

Nothing waits: what workers say, and what becomes of them, moves it on. A worker that dies meanwhile is replaced by one
that serves the program in force, and that one is asked in its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from corefile.ir.program import Program
from corefile_runtime.chain.home import PATIENCE
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.workers.member import Member
from corefile_runtime.workers.messages import Abandon, Commit, Failed, Prepare, Preparing, Ready, Serving
from corefile_runtime.workers.packing import Packed

MARGIN = 5.0
"""Seconds that a worker has longer than what it waits for: who is silent for so long hangs."""
OFTEN = 5
"""Deaths during one change, after which it is refused."""


class Team(Protocol):
    """The workers: there should be `size` of them, numbered from 0, and for a while there are others that leave."""

    members: list[Member]
    size: int

    def lose(self, member: Member, why: str = "") -> None:
        """End one at once, and replace it."""
        ...


class FleetChange:
    """A change under way. `told` gets the error, or None when all are ready; then `commit`, or `cancel` at any time.

    The first program is not told to anybody: the workers are forked with it.
    """

    def __init__(
        self,
        team: Team,
        loop: Loop,
        number: int,
        program: Program,
        body: Packed | None,
        processes: int,
        told: Callable[[StartError | None], object],
    ) -> None:
        self.number = number
        self.program = program
        self._team = team
        self._loop = loop
        self._message = Prepare(number, body, processes)
        self._told: Callable[[StartError | None], object] | None = told
        self._done: Callable[[], object] | None = None
        self._asked: set[Member] = set()
        self._committed: set[Member] = set()
        self._deadlines: dict[int, Timer] = {}
        self._deaths = 0
        self._is_made = False

    @property
    def is_first(self) -> bool:
        """Whether no program is in force yet."""
        return self._message.program is None

    def begin(self) -> None:
        """Have all get ready."""
        for number in range(self._team.size):
            self._give_time(number, PATIENCE + MARGIN)
        for member in self._team.members:
            self._ask(member)

    def _ask(self, member: Member) -> None:
        if member.serving is not None and member.alive:
            self._asked.add(member)
            self._give_time(member.number, PATIENCE + MARGIN)
            member.tell(self._message)

    # -- what happens

    def hear(self, member: Member, message: object) -> None:
        """What a worker says."""
        if isinstance(message, Ready) and message.change == self.number:
            if message.error:
                self._refuse(message.error)
                return
            member.prepared = self.number
            self._stop_time(member.number)
            self._look()
        elif isinstance(message, Preparing) and message.change in (0, self.number) and self._told is not None:
            self._give_time(member.number, message.seconds + MARGIN)
        elif isinstance(message, Failed) and self.is_first:
            self._refuse(message.error)
        elif isinstance(message, Serving):
            if self._told is not None and member not in self._asked:
                self._ask(member)  # it has replaced another
            self._finish_if_all_serve(member)

    def lose(self, member: Member) -> None:
        """A worker is gone."""
        self._asked.discard(member)
        self._finish_if_all_serve(member)
        if self._told is None:
            return
        # A program that kills those who prepare it would be tried for ever.
        self._deaths += 1
        if self._deaths > OFTEN:
            self._refuse("workers die while they are told about it")
            return
        if member.number < self._team.size:
            self._give_time(member.number, PATIENCE + MARGIN)
        else:
            self._stop_time(member.number)
            self._look()

    def _expire(self, number: int) -> None:
        self._deadlines.pop(number, None)
        silent = [member for member in self._team.members if member.number == number and member.alive]
        if self._done is None:
            self._refuse(f"worker {number} does not answer")
        # Before the commit that refuses the change for all; the hung worker is replaced in either case.
        for member in silent:
            self._team.lose(member, "does not answer")

    def _look(self) -> None:
        """Whether all are ready."""
        there = [member for member in self._team.members if member.alive]
        if self._told is None or any(member.prepared != self.number for member in there):
            return
        if {member.number for member in there} >= set(range(self._team.size)):
            self._tell(None)

    def _refuse(self, why: str) -> None:
        if self._told is not None:
            self._tell(StartError(why))

    def _tell(self, error: StartError | None) -> None:
        told, self._told = self._told, None
        if told is not None:
            told(error)

    def _give_time(self, number: int, seconds: float) -> None:
        self._stop_time(number)
        self._deadlines[number] = self._loop.after(seconds, self._expire, number)

    def _stop_time(self, number: int) -> None:
        timer = self._deadlines.pop(number, None)
        if timer is not None:
            timer.cancel()

    # -- the outcome

    def commit(self, done: Callable[[], object]) -> None:
        """Have all serve it; `done` when they do. Who cannot is replaced by one that begins with it."""
        self._done, self._is_made = done, True
        there: Sequence[Member] = [member for member in self._team.members if member.alive]
        self._committed = {member for member in there if member.prepared == self.number}
        for member in there:
            if member in self._committed:
                self._give_time(member.number, PATIENCE + MARGIN)
                member.tell(Commit())
            else:
                # After the commit there is no way back: whoever is not ready begins anew, with this program.
                self._team.lose(member, "missed a change")
        self._finish_if_all_serve(None)

    def _finish_if_all_serve(self, member: Member | None) -> None:
        if self._done is None:
            return
        if member is not None:
            self._committed.discard(member)
            self._stop_time(member.number)
        if not self._committed:
            done, self._done = self._done, None
            self._end()
            done()

    def cancel(self) -> None:
        """It is not wanted: whoever got ready forgets it."""
        if self._is_made:
            return
        self._told = None
        self._end()
        for member in self._team.members:
            member.prepared = 0
            if member in self._asked:
                member.tell(Abandon())
        self._asked.clear()

    def _end(self) -> None:
        for timer in self._deadlines.values():
            timer.cancel()
        self._deadlines.clear()
