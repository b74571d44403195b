"""The process that serves nothing itself: it owns sockets, signals, endpoints and reloads of some workers.

It is an engine too. Of a program it takes what concerns the process as a whole, and leaves the rest to the workers,
who all change to another program or stay, all of them, with the one that they have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from corefile.ir.program import Block, Program
from corefile_runtime.metrics.process import Process, read_process, render_process
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.process.engine import Engine, Prepared
from corefile_runtime.process.instance import Instance
from corefile_runtime.process.reloads import Load
from corefile_runtime.workers import messages
from corefile_runtime.workers.aggregation import add_all, read_all
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.fleet import Fleet
from corefile_runtime.workers.output import SharedOutput
from corefile_runtime.workers.worker import Worker, become_worker

# What the supervisor does alone, and what it does too.
ALONE = frozenset(("health", "multisocket", "on", "ready", "reload"))
TOO = frozenset(("debug", "prometheus"))
EVERY = 1.0


class Supervisor(Engine):
    """Serves programs with several processes, as `Engine` does with one.

    There are `workers` of them at first; with `count`, each program says how many.
    """

    compiles_aside = False

    def __init__(
        self,
        load: Load,
        workers: int,
        *,
        replay: bool = True,
        output: SharedOutput | None = None,
        count: Callable[[Program], int] | None = None,
    ) -> None:
        self._lines = output or SharedOutput()
        super().__init__(load, replay=replay, output=self._lines)
        self.processes = workers
        self._replay = replay
        self._count = count
        self._fleet = Fleet(workers, self.loop, self._lines, self.metrics, self._become, self.fail)
        self.loop.after(EVERY, self._watch)

    def _become(self, channel: Channel, number: int, program: Program, kept: list[int]) -> None:
        """In a process that was just forked: what was the supervisor is a worker now."""
        self.loop.close()
        output = SharedOutput(self._lines.descriptor)
        worker = Worker(channel, number, self.processes, replay=self._replay, output=output)
        become_worker(worker, program, {0, 1, 2, output.descriptor, worker.loop.fileno(), *kept})

    # -- changes

    def prepare(self, program: Program) -> Prepared:
        """Its own part first, then that of the workers."""
        prepared = super().prepare(_part(program, lambda name: name in ALONE or name in TOO, listens=False))
        try:
            self._fleet.prepare(_workers_part(program))
        except BaseException:
            super().abandon(prepared)
            raise
        prepared.instance.program = program
        return prepared

    def commit(self, prepared: Prepared) -> None:
        """All workers change, then the endpoints."""
        program = prepared.instance.program
        if self._count is not None:
            self.processes = self._count(program)
        self._fleet.commit(_workers_part(program), self.processes)
        super().commit(prepared)

    def abandon(self, prepared: Prepared) -> None:
        """Give up a change."""
        self._fleet.abandon()
        super().abandon(prepared)

    def _watch(self) -> None:
        self.loop.after(EVERY, self._watch)
        self._fleet.watch()

    # -- the whole

    def exposition(self) -> str:
        """The metrics of all workers, those that are gone included."""
        self._fleet.ask(messages.Report(), messages.Counts)
        whole = Registry()
        add_all(whole, read_all(self.metrics))
        add_all(whole, read_all(self._fleet.gone))
        processes = [read_process()]
        for member in self._fleet.members:
            add_all(whole, member.families.values())
            processes.append(member.process)
        cpu = sum(one.cpu for one in processes) + self._fleet.gone_cpu
        sums = (sum(numbers) for numbers in zip(*(one[1:] for one in processes), strict=True))
        return whole.render() + render_process(Process(cpu, *sums))

    def readiness(self, instance: Instance) -> list[tuple[Block, str, Callable[[], bool]]]:
        """A plugin is ready when it is in all workers; a worker that does not answer is not ready either."""
        answers = self._fleet.ask(messages.AskReadiness(), messages.Readiness)
        found: dict[tuple[int, str], bool] = {}
        for answer in answers:
            for number, name, is_ready in answer.plugins:
                found[number, name] = found.get((number, name), True) and is_ready
        blocks = _part(instance.program, lambda name: name in ALONE or name in TOO, listens=False).blocks
        told: list[tuple[Block, str, Callable[[], bool]]] = [
            (blocks[number], name, partial(bool, ready)) for (number, name), ready in found.items()
        ]
        if len(answers) < self.processes:
            told += [(block, "workers", partial(bool, False)) for block in instance.watched]
        return told

    def close(self) -> None:
        """End the workers, then everything else."""
        self._fleet.end()
        super().close()

    def addresses(self) -> list[tuple[str, int]]:
        """Where the workers listen."""
        return self._fleet.sockets.addresses()


def _workers_part(program: Program) -> Program:
    return _part(program, lambda name: name not in ALONE, listens=True)


def _part(program: Program, wants: Callable[[str], bool], *, listens: bool) -> Program:
    blocks = tuple(
        replace(block, plugins=tuple(use for use in block.plugins if wants(use.name))) for block in program.blocks
    )
    return replace(program, blocks=blocks, listeners=program.listeners if listens else ())
