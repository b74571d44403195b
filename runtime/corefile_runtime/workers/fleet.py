"""The workers as the supervisor sees them: starts them, asks them all, and replaces those that are gone."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from corefile.ir.program import Program
from corefile_runtime.chain.build import StartError
from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.workers import messages
from corefile_runtime.workers.aggregation import add_all
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.member import Member
from corefile_runtime.workers.output import SharedOutput
from corefile_runtime.workers.sockets import Sockets

START, CHANGE, ANSWER, LINGER, LEAVE, HANGS = 300.0, 300.0, 1.0, 5.0, 10.0, 30.0
_OFTEN, _WITHIN, _PAUSE = 5, 10.0, 1.0
_BLOCKED = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
T = TypeVar("T")


class Fleet:
    """Some workers, always `size` of them. `make` turns a forked process into a worker, `fail` ends everything.

    There are more for a while when the number gets smaller: those at the end get no more queries, and finish.
    """

    def __init__(
        self,
        size: int,
        loop: Loop,
        output: SharedOutput,
        metrics: Registry,
        make: Callable[[Channel, int, Program, list[int]], None],
        fail: Callable[[], object],
    ) -> None:
        self.members: list[Member] = []
        self.size = size
        self.sockets = Sockets()
        self.program: Program | None = None
        self.gone = Registry()
        self.gone_cpu = 0.0
        self._loop = loop
        self._output = output
        self._make = make
        self._quit = fail
        self._ending = False
        self._serving = size
        self._leaving: Timer | None = None
        self._deaths: dict[int, list[float]] = {}
        self._restarts = metrics.counter(
            "corefile_worker_restarts_total", "Counter of the workers that died and were replaced."
        ).cell()

    # -- changes of all

    def prepare(self, program: Program) -> None:
        """Have all workers get ready for a program; raises StartError, and then nothing has changed."""
        if self.program is None:
            self._start(program)
            return
        for _ in range(_OFTEN):
            waiting = [member for member in self.members if not member.prepared]
            self._ask(messages.Prepare(program), (messages.Ready,), CHANGE, waiting)
            for member in waiting:
                answer = member.said(messages.Ready)
                if member.alive and (answer is None or answer.error):
                    why = "a worker does not answer" if answer is None else answer.error
                    self.abandon()
                    raise StartError(why)
                member.prepared = member.alive
            if all(member.prepared for member in self.members):
                return
            self._replace_dead()
            self._await_serving()
        self.abandon()
        raise StartError("workers die while they are told about it")

    def commit(self, program: Program, size: int) -> None:
        """All workers change, and there are so many. Who cannot is replaced by one that begins with the new program."""
        is_first, self.program = self.program is None, program
        if not is_first:
            self._ask(messages.Commit(), (messages.Serving, messages.Failed), CHANGE, self.members)
            for member in self.members:
                member.prepared = False
                if member.alive and member.said(messages.Serving) is None:
                    self._kill(member)
            self._replace_dead()
            self._resize(size)
        self._tidy()

    def _resize(self, size: int) -> None:
        if size == self.size:
            return
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = self._loop.after(LINGER, self._dismiss)
        self.size = size
        for number in range(size):
            self._revive(number)

    def _dismiss(self) -> None:
        """End those that are too many: they have answered what came to them."""
        for member in self.members:
            if member.number >= self.size:
                member.channel.send(messages.End())

    def abandon(self) -> None:
        """What was prepared is not wanted."""
        for member in self.members:
            member.prepared = False
            member.channel.send(messages.Abandon())
        self._replace_dead()
        self._loop.later(self._tidy)

    def _tidy(self) -> None:
        """Close what nobody uses, and spread queries: to new workers when they serve, no more to those that leave."""
        if self.program is None:
            return
        self._serving = min(self._serving, self.size)
        if all(member.serving is not None for member in self.members):
            self.sockets.keep({address for member in self.members for address in member.serving or ()})
            self._serving = self.size
        in_turns = all(member.are_brief for member in self.members)
        self.sockets.spread(self.program, self._serving, in_turns=in_turns)

    def _start(self, program: Program) -> None:
        for number in range(self.size):
            self.members.append(self._spawn(number, program))
        try:
            self._await_serving()
            for member in self.members:
                if member.serving is None:
                    failed = member.said(messages.Failed)
                    raise StartError(failed.error if failed is not None else "a worker does not start")
        except BaseException:
            self.end()
            raise

    def _await_serving(self) -> None:
        end = monotonic() + START
        while monotonic() < end and any(m.alive and m.serving is None for m in self.members):
            self._pump(self.members, end - monotonic())

    # -- questions to all

    def ask(self, message: object, kind: type[T]) -> list[T]:
        """The answers of all workers that answer in time."""
        self._ask(message, (kind,), ANSWER, self.members)
        found = [answer for member in self.members if (answer := member.said(kind)) is not None]
        self._replace_dead()
        return found

    def _ask(self, message: object, kinds: tuple[type[object], ...], seconds: float, members: list[Member]) -> None:
        for member in members:
            for kind in kinds:
                member.answers.pop(kind, None)
            member.channel.send(message)
        end = monotonic() + seconds
        while True:
            waiting = [
                member for member in members if member.alive and not any(kind in member.answers for kind in kinds)
            ]
            left = end - monotonic()
            if not waiting or left <= 0:
                return
            self._pump(self.members, left)

    def _pump(self, members: list[Member], seconds: float) -> None:
        """Wait until something comes or can go out, and let it."""
        poll = select.poll()
        by_descriptor = {member.channel.fileno(): member for member in members if member.alive}
        for descriptor, member in by_descriptor.items():
            poll.register(descriptor, select.POLLIN | (select.POLLOUT if member.channel.pending else 0))
        for descriptor, mask in poll.poll(seconds * 1000):
            if mask & select.POLLOUT:
                by_descriptor[descriptor].channel.flush()
            if mask & ~select.POLLOUT:
                self._receive(by_descriptor[descriptor])

    def _receive(self, member: Member) -> None:
        member.seen = monotonic()
        try:
            for message, _ in member.channel.receive():
                self._take(member, message)
        except EOFError:
            member.alive = False

    def _take(self, member: Member, message: object) -> None:
        if isinstance(message, messages.Want):
            self._give(member, message.address)
        elif isinstance(message, messages.Counts):
            member.families.update((seen.name, seen) for seen in message.families)
            member.process = message.process or member.process
        elif isinstance(message, messages.Brief):
            member.are_brief = message.are_brief
            self._loop.later(self._tidy)
        elif isinstance(message, messages.Quit):
            self._ending = True
            self._quit()
        elif isinstance(message, messages.Serving):
            if member.serving is None:
                self._loop.later(self._tidy)
            member.serving = message.addresses
        member.answers[type(message)] = message

    def _give(self, member: Member, address: messages.Address) -> None:
        try:
            made = self.sockets.give(address, member.number)
        except OSError as error:
            member.channel.send(messages.Given(error.errno or 0, error.strerror or str(error)))
        else:
            member.channel.send(messages.Given(), [made.fileno()])

    # -- one worker's life

    def _spawn(self, number: int, program: Program) -> Member:
        ours, theirs = socket.socketpair()
        self._output.flush()
        sys.stdout.flush()
        # A signal that comes before the worker has its own handlers would be told to the supervisor twice.
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        try:
            pid = os.fork()
            if not pid:
                try:
                    self._make(Channel(theirs), number, program, [theirs.fileno()])
                finally:
                    os._exit(1)  # never go on as a second supervisor
        except OSError:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)
            theirs.close()
        member = Member(number, pid, Channel(ours))
        self._loop.read(ours.fileno(), lambda: self._on_readable(member))
        return member

    def _on_readable(self, member: Member) -> None:
        self._receive(member)
        if not member.alive:
            self._replace_dead()

    def _replace_dead(self) -> None:
        for member in [member for member in self.members if not member.alive]:
            self._bury(member)

    def _bury(self, member: Member) -> None:
        self._loop.forget(member.channel.fileno())
        member.channel.close()
        self._kill(member)
        _, status, usage = os.wait4(member.pid, 0)
        self.gone_cpu += usage.ru_utime + usage.ru_stime
        add_all(self.gone, member.families.values(), gauges=False)
        self.members.remove(member)
        if self._ending or self.program is None:
            return
        if member.number >= self.size:
            self.sockets.cut(max([self.size, *(other.number + 1 for other in self.members)]))
            return
        said = member.said(messages.Failed)
        failed = f": {said.error}" if said is not None else ""
        how = f"was killed by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ended"
        self._output.log("ERROR", f"Worker {member.number} (process {member.pid}) {how}{failed}")
        self._restarts.add()
        now = monotonic()
        recent = [when for when in self._deaths.get(member.number, ()) if when > now - _WITHIN]
        self._deaths[member.number] = [*recent, now]
        if len(recent) < _OFTEN:
            self._revive(member.number)
        else:
            self._loop.after(_PAUSE, self._revive, member.number)

    def _revive(self, number: int) -> None:
        if self.program is None or self._ending or number >= self.size:
            return
        if any(member.number == number for member in self.members):
            return
        try:
            self.members.append(self._spawn(number, self.program))
        except OSError as error:  # too many processes or files, for now
            self._output.log("ERROR", f"Worker {number} cannot be started: {error}")
            self._loop.after(_PAUSE, self._revive, number)
        self.members.sort(key=lambda member: member.number)

    @staticmethod
    def _kill(member: Member) -> None:
        member.alive = False
        try:
            os.kill(member.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def watch(self) -> None:
        """Replace workers that have said nothing for a long time; every second."""
        for member in self.members:
            if member.channel.pending:
                member.channel.flush()
            if monotonic() - member.seen > HANGS:
                self._output.log("ERROR", f"Worker {member.number} (process {member.pid}) hangs")
                self._kill(member)
        self._replace_dead()

    def end(self) -> None:
        """End all workers, in peace if they can."""
        self._ending = True
        for member in self.members:
            member.channel.send(messages.End())
        end = monotonic() + LEAVE
        while (left := end - monotonic()) > 0 and any(member.alive for member in self.members):
            self._pump(self.members, left)
        for member in list(self.members):
            self._bury(member)
        self.sockets.keep(())
