"""The fleet of workers: what they report, what is asked of all of them, and which program they serve."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from corefile.ir.program import Program
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.workers import messages
from corefile_runtime.workers.crew import Crew
from corefile_runtime.workers.feeds import Feeds
from corefile_runtime.workers.fleet_change import FleetChange
from corefile_runtime.workers.member import Member
from corefile_runtime.workers.packing import pack
from corefile_runtime.workers.sockets import Sockets
from corefile_runtime.workers.survey import Done, Surveys

LINGER = 5.0
"""Seconds for which workers that are too many finish what has come to them."""


class Fleet:
    """Some workers that serve as one. `crew` are they, `sockets` theirs, `program` is the one in force.

    There are more than wanted for a while when the number gets smaller: those at the end get no more queries, and
    finish. `sharing` of them get queries; new ones join when all serve.
    """

    def __init__(self, crew: Crew, loop: Loop, fail: Callable[[], object]) -> None:
        self.crew = crew
        crew.begin_with, crew.hear, crew.lost, crew.left = self._begin_with, self._hear, self._lost, self._left
        self.sockets = Sockets()
        self.program: Program | None = None
        self.sharing = crew.size
        self._loop = loop
        self._fail = fail
        self._ending = False
        self._change: FleetChange | None = None
        self._numbers = count(1)
        self._surveys = Surveys(loop)
        self._feeds = Feeds()
        self._leaving: Timer | None = None

    # -- changes of all

    def prepare(
        self,
        program: Program,
        processes: int,
        told: Callable[[StartError | None], object],
        between: Callable[[], object] = lambda: None,
    ) -> FleetChange:
        """Have all workers get ready for a program. Raises StartError, or OSError for want of processes.

        A large one is packed in pieces, with a call of `between` after each.
        """
        if self._ending:
            raise StartError("the process ends")
        is_first = self.program is None
        # Packed once for all workers; the first ones are forked with the program in memory.
        body = None if is_first else pack(program, between)
        change = FleetChange(self.crew, self._loop, next(self._numbers), program, body, processes, told)
        self._change = change
        if is_first:
            for number in range(self.crew.size):
                self.crew.start(number, change.number, program)
        change.begin()
        return change

    def commit(self, size: int, done: Callable[[], object]) -> None:
        """All workers change, and there are so many. Who cannot is replaced by one that begins with the new program."""
        change = self._change
        assert change is not None
        self.program = change.program

        def changed() -> None:
            self._change = None
            self._tidy()
            done()

        change.commit(changed)
        self._resize(size)

    def abandon(self) -> None:
        """What was prepared is not wanted."""
        change, self._change = self._change, None
        if change is None:
            return
        change.cancel()
        if change.is_first:
            for member in list(self.crew.members):
                self.crew.lose(member)
        self._tidy()

    def _resize(self, size: int) -> None:
        if size == self.crew.size:
            return
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = self._loop.after(LINGER, self._dismiss)
        self.crew.size = size
        for number in range(size):
            self.crew.fill(number)

    def _dismiss(self) -> None:
        """End those that are too many: they have answered what came to them."""
        for member in self.crew.members:
            if member.number >= self.crew.size:
                member.tell(messages.End())

    def _tidy(self) -> None:
        """Close what nobody uses, and steer queries: to new workers when they serve, no more to those that leave."""
        if self.program is None:
            return
        # Fewer at once, but more only when all serve: what is steered to a socket without a reader waits.
        self.sharing = min(self.sharing, self.crew.size)
        if all(member.serving is not None for member in self.crew.members):
            if self._change is None:  # else there are sockets that will be used
                self.sockets.keep({address for member in self.crew.members for address in member.serving or ()})
            self.sharing = self.crew.size
        by_time = all(member.are_brief for member in self.crew.members)
        loyal = {address for member in self.crew.members for address in member.loyal}
        self.sockets.steer(loyal, self.sharing, by_time=by_time)

    # -- what workers say

    def ask(self, question: Callable[[int], object], done: Done) -> None:
        """Ask all workers; `done` gets those that have not answered in time."""
        self._surveys.ask(self.crew.members, question, done)

    def _hear(self, member: Member, message: object) -> None:
        if isinstance(message, messages.Want):
            self._give(member, message.address)
        elif isinstance(message, messages.Counts):
            member.families.update((seen.name, seen) for seen in message.families)
            member.process = message.process or member.process
            self._surveys.answered(member, message.survey)
        elif isinstance(message, messages.WorkerReadiness):
            member.ready = message.plugins
            self._surveys.answered(member, message.survey)
        elif isinstance(message, messages.Brief):
            member.are_brief = message.are_brief
            # Later: the other workers often change in the same round, and each steering is a system call per port.
            self._loop.later(self._tidy)
        elif isinstance(message, messages.Quit):
            self._ending = True
            self._fail()
        elif isinstance(message, messages.Wanted):
            self._feeds.want(member, message)
        elif isinstance(message, messages.Unwanted):
            self._feeds.unwant(member, message)
        elif isinstance(message, messages.Published):
            self._feeds.publish(member, message)
        else:
            self._hear_of_change(member, message)

    def _hear_of_change(self, member: Member, message: object) -> None:
        if isinstance(message, messages.Serving):
            member.serving, member.loyal = message.addresses, message.loyal
            self._loop.later(self._tidy)
        elif isinstance(message, messages.Failed):
            member.error = message.error
        elif isinstance(message, messages.Ready) and not message.change and not message.error:
            member.tell(messages.Commit())  # it begins with the program in force
        if self._change is not None:
            self._change.hear(member, message)

    def _give(self, member: Member, address: messages.Address) -> None:
        try:
            opened = self.sockets.give(address, member.number)
        except OSError as error:
            member.tell(messages.Given(address, error.errno or 0, error.strerror or str(error)))
        else:
            member.tell(messages.Given(address), (opened.fileno(),))

    # -- what becomes of workers

    def _begin_with(self) -> tuple[int, Program] | None:
        if self._ending:
            return None
        if self.program is None and self._change is not None:
            return self._change.number, self._change.program
        return (0, self.program) if self.program is not None else None

    def _lost(self, member: Member) -> None:
        self._feeds.lost(member)
        self._surveys.lost(member)
        if self._change is not None:
            self._change.lose(member)

    def _left(self) -> None:
        crew = self.crew
        # Sockets are found by their place in the kernel's list, so only those at its end can go.
        self.sockets.cut(max([crew.size, *(member.number + 1 for member in crew.members)]))

    def end(self) -> None:
        """End all workers, gracefully if they can: the process ends, or its start has failed. This waits for them."""
        self.abandon()
        self._ending = True
        self.crew.end()
        self.sockets.keep(())
