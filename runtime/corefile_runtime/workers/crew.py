"""The processes of the workers: each is started, and replaced when it is gone or says nothing any more.

Everything happens upon events of the loop. No worker is waited for, whatever it does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from resource import struct_rusage
from time import monotonic

from corefile.ir.program import Program
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.workers import forking, messages
from corefile_runtime.workers.aggregation import add_all
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.line import Line
from corefile_runtime.workers.member import Member
from corefile_runtime.workers.output import SharedOutput

LEAVE, REAP, STEP, HANGS = 2.5, 1.0, 0.01, 30.0
"""Seconds: for a graceful end, for the system to reap a killed process, between two looks, and of silence."""
OFTEN, WITHIN, PAUSE = 5, 10.0, 1.0
"""Who has died so often within so many seconds is replaced after a pause."""


class Crew:
    """The workers, of which there should be `size`, numbered from 0; those with other numbers are about to end.

    `become` turns a forked process into one of them, and `begin_with` tells with which program, and for which change;
    None while there shall be no new ones. `hear` is told what a worker says, `lost` of one that is gone. `gone` and
    `gone_cpu` are what processes that are no more have counted and used.
    """

    def __init__(
        self,
        size: int,
        loop: Loop,
        output: SharedOutput,
        metrics: Registry,
        become: Callable[[Channel, int, int, Program, list[int]], None],
    ) -> None:
        self.members: list[Member] = []
        self.size = size
        self.gone = Registry()
        self.gone_cpu = 0.0
        self.begin_with: Callable[[], tuple[int, Program] | None] = lambda: None
        self.hear: Callable[[Member, object], object] = lambda _member, _message: None
        self.lost: Callable[[Member], object] = lambda _member: None
        self.left: Callable[[], object] = lambda: None
        self._loop = loop
        self._output = output
        self._become = become
        self._deaths: dict[int, list[float]] = {}
        self._restarts = metrics.counter(
            "corefile_worker_restarts_total", "Counter of the workers that died and were replaced."
        ).cell()

    def start(self, number: int, change: int, program: Program) -> None:
        """Start one with a program; raises OSError."""
        # What waits in the buffer would be written by both processes.
        self._output.flush()
        pid, channel = forking.fork(lambda theirs, kept: self._become(theirs, number, change, program, kept))
        member = Member(number, pid)
        member.line = Line(self._loop, channel, partial(self._hear, member), partial(self.lose, member))
        self.members.append(member)
        self.members.sort(key=lambda one: one.number)

    def _hear(self, member: Member, message: object) -> None:
        member.seen = monotonic()
        self.hear(member, message)

    def lose(self, member: Member, why: str = "") -> None:
        """A worker is gone, or has to: it is replaced as soon as the system has taken it away."""
        if not member.alive:
            return
        if why:
            self._output.log("ERROR", f"Worker {member.number} (process {member.pid}) {why}")
        member.alive = False
        if member.line is not None:
            member.line.close()
        # Also when its channel has ended: a process that is stopped, or hangs at exit, would keep its sockets.
        forking.kill(member.pid)
        self.lost(member)
        forking.reap(self._loop, member.pid, partial(self._bury, member))

    def _bury(self, member: Member, status: int, usage: struct_rusage | None) -> None:
        self.spend(forking.cpu_of(usage))
        add_all(self.gone, member.families.values(), gauges=False)
        self.members.remove(member)
        if self.begin_with() is None:
            return
        if member.number >= self.size:
            self.left()
            return
        how = f"was killed by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ended"
        error = f": {member.error}" if member.error else ""
        self._output.log("ERROR", f"Worker {member.number} (process {member.pid}) {how}{error}")
        self._restarts.add()
        now = monotonic()
        recent = [when for when in self._deaths.get(member.number, ()) if when > now - WITHIN]
        self._deaths[member.number] = [*recent, now]
        # At once, for queries wait in its sockets; but a worker that dies at its start must not take a whole core.
        if len(recent) < OFTEN:
            self.fill(member.number)
        else:
            self._loop.after(PAUSE, self.fill, member.number)

    def fill(self, number: int) -> None:
        """Start one of a number if there is none."""
        start = self.begin_with()
        if start is None or number >= self.size or any(member.number == number for member in self.members):
            return
        try:
            self.start(number, *start)
        except OSError as error:  # too many processes or files, for now
            self._output.log("ERROR", f"Worker {number} cannot be started: {error}")
            self._loop.after(PAUSE, self.fill, number)

    def spend(self, seconds: float) -> None:
        """Count CPU time of a process that is no more."""
        self.gone_cpu += seconds

    def watch(self) -> None:
        """Replace workers that have said nothing for a long time; every second."""
        for member in [member for member in self.members if member.alive]:
            # Workers report every second (`Reports`), so silence means that the loop does not turn.
            if monotonic() - member.seen > HANGS:
                self.lose(member, "hangs")

    def end(self) -> None:
        """End all, gracefully if they can. This waits for them."""
        for member in self.members:
            member.tell(messages.End())
        for seconds in (LEAVE, REAP):
            end = monotonic() + seconds
            while self.members and monotonic() < end:
                self._loop.step(STEP)
            for member in [member for member in self.members if member.alive]:
                self.lose(member)
