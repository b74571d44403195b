"""The supervisor: owns sockets, signals, endpoints and reloads of the workers, and serves no query itself.

It is an engine too. Of a program it takes what concerns the process as a whole, and leaves the rest to the workers,
who all change to another program or stay, all of them, with the one that they have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from corefile.ir.program import Block, Program
from corefile_runtime.chain.build import find_handler
from corefile_runtime.chain.handler import Runs
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.chain.services import Readiness
from corefile_runtime.events.lifetime import Cancellable
from corefile_runtime.process.engine import Engine
from corefile_runtime.process.instance import Instance
from corefile_runtime.process.listening import Opened
from corefile_runtime.process.reloads import Load
from corefile_runtime.workers import messages
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.crew import Crew
from corefile_runtime.workers.fleet import Fleet
from corefile_runtime.workers.forking import run_forked
from corefile_runtime.workers.loading import load_in_child
from corefile_runtime.workers.member import Member
from corefile_runtime.workers.output import SharedOutput
from corefile_runtime.workers.whole import read_readiness, render_whole
from corefile_runtime.workers.worker import Worker

EVERY = 1.0


class Supervisor(Engine):
    """Serves programs with several processes, as `Engine` does with one.

    There are `workers` of them at first; with `count`, each program says how many.
    """

    listens = False

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
        crew = Crew(workers, self.loop, self._lines, self.metrics, self._become)
        self._fleet = Fleet(crew, self.loop, self.fail)
        self._own_blocks: WeakKeyDictionary[Instance, tuple[Block, ...]] = WeakKeyDictionary()
        self._loading: Callable[[], object] | None = None
        self.loop.after(EVERY, self._watch)

    def _become(self, channel: Channel, number: int, change: int, program: Program, kept: list[int]) -> None:
        """In a process that was just forked: what was the supervisor is a worker now.

        Its loop must not even be closed: it would take descriptors out of what the supervisor waits with.
        """
        output = SharedOutput(self._lines.descriptor)

        def serve() -> None:
            Worker(channel, number, self.processes, replay=self._replay, output=output).serve(program, change)

        run_forked(serve, {0, 1, 2, output.descriptor, *kept})

    def _watch(self) -> None:
        self.loop.after(EVERY, self._watch)
        self._fleet.crew.watch()

    # -- changes: its own part first, then that of the workers

    def start(self, program: Program | None = None) -> None:
        """Take up a program; raises StartError, LoadError or OSError, and then no worker is left."""
        try:
            super().start(program)
        except BaseException:
            self._fleet.end()
            raise

    def load_off_loop(self, then: Callable[[Program | Exception], object]) -> None:
        """Have `load` called in a process of its own; `then` gets what it gives or raises."""
        self._lines.flush()

        def take(outcome: Program | Exception) -> None:
            self._loading = None
            self.loop.after(0, then, outcome)  # in a round of its own, after what waits

        try:
            self._loading = load_in_child(self.loop, self.load, take, self._fleet.crew.spend, self.serve_pending)
        except OSError as error:  # too many processes, for now
            then(error)

    def build(self, program: Program) -> Instance:
        """What concerns the process as a whole."""
        self.import_handlers(program, self.serve_pending)
        part = self._part(program, {"once", "both"}, listens=False)
        instance = super().build(part)
        instance.program = program
        self._own_blocks[instance] = part.blocks
        return instance

    def wait_until_ready(self, instance: Instance, done: Callable[[StartError | None], object]) -> Cancellable:
        """When it is ready itself, have the workers prepare their part."""
        waits = _Waits()

        def go_on(error: StartError | None) -> None:
            if error is not None:
                done(error)
            else:  # in a round of its own: to tell workers of 200 blocks takes some 10 ms
                waits.under_way = self.loop.after(0, prepare)

        def prepare() -> None:
            try:
                part = self._part(instance.program, {"everywhere", "both"}, listens=True)
                wanted = self._wanted(instance.program)
                waits.under_way = self._fleet.prepare(part, wanted, done, self.serve_pending)
            except OSError as failure:
                done(StartError(f"workers cannot be started: {failure.strerror}"))
            except StartError as refusal:
                done(refusal)

        waiting = super().wait_until_ready(instance, go_on)
        waits.under_way = waits.under_way or waiting
        return waits

    def take_over(self, instance: Instance, opened: Opened, done: Callable[[], object]) -> None:
        """All workers change, then the endpoints."""
        self.processes = self._wanted(instance.program)
        # An endpoint that tells of the new program answers only when all workers serve that.
        self._fleet.commit(self.processes, lambda: super(Supervisor, self).take_over(instance, opened, done))

    def _part(self, program: Program, runs: set[Runs], *, listens: bool) -> Program:
        """The same blocks with those of their plugins that run there."""
        names = {use.name for block in program.blocks for use in block.plugins}
        wanted = {name for name in names if _runs(name) in runs}
        blocks: list[Block] = []
        for block in program.blocks:
            plugins = tuple(use for use in block.plugins if use.name in wanted)
            blocks.append(replace(block, plugins=plugins))
            self.serve_pending()
        return replace(program, blocks=tuple(blocks), listeners=program.listeners if listens else ())

    def _wanted(self, program: Program) -> int:
        return self.processes if self._count is None else self._count(program)

    def give_up(self, instance: Instance, opened: Opened) -> None:
        """Take down what was prepared."""
        self._fleet.abandon()
        super().give_up(instance, opened)

    # -- the whole

    def exposition(self) -> str:
        """The metrics of all workers as they have told last, those that are gone included."""
        return render_whole(self.metrics, self._fleet.crew)

    def expose(self, done: Callable[[str], object]) -> None:
        """The same when all workers have told, or those that do so in time."""
        self._fleet.ask(messages.Report, lambda _silent: done(self.exposition()))

    def read_readiness(self) -> list[Readiness]:
        """A plugin is ready when it was in all workers when they were asked last."""
        return self._readiness(set())

    def gather_readiness(self, done: Callable[[Sequence[Readiness]], object]) -> None:
        """A plugin is ready when it is in all workers; one that does not answer in time is not ready either."""
        self._fleet.ask(messages.AskReadiness, lambda silent: done(self._readiness(silent)))

    def _readiness(self, silent: set[Member]) -> list[Readiness]:
        if self.instance is None:
            return []
        return read_readiness(self._own_blocks[self.instance], self._fleet, silent)

    def close(self) -> None:
        """End the workers, then everything else."""
        if self._loading is not None:
            self._loading()
        if self._change is not None:
            self._change.abandon()
        self._fleet.end()
        super().close()

    def addresses(self) -> list[tuple[str, int]]:
        """Where the workers listen."""
        return self._fleet.sockets.addresses()


class _Waits:
    """What is waited for now."""

    def __init__(self) -> None:
        self.under_way: Cancellable | None = None

    def cancel(self) -> None:
        """Wait no more."""
        if self.under_way is not None:
            self.under_way.cancel()


def _runs(name: str) -> Runs:
    """Where a plugin runs; what has no handler is refused by the workers, with file and line."""
    try:
        handler = find_handler(name)
    except StartError:
        handler = None
    return handler.runs if handler is not None else "everywhere"
