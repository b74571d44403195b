"""The process: what it listens on, the configuration in force and its change, its signals, and its end."""

from __future__ import annotations

import contextlib
import gc
import resource
import signal
from collections.abc import Callable, Sequence
from time import monotonic
from traceback import format_exception

from corefile.ir.program import Program
from corefile_runtime.chain.build import find_handler
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.chain.services import Offer, Readiness, Services, Shared
from corefile_runtime.chain.topics import Topics
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.lifetime import Cancellable, Lifetime
from corefile_runtime.events.log_output import Output
from corefile_runtime.events.threads import Threads
from corefile_runtime.http.endpoints import Endpoints
from corefile_runtime.metrics.process import read_process, render_process
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.process.change import Change
from corefile_runtime.process.instance import Instance
from corefile_runtime.process.listening import Listeners, Opened
from corefile_runtime.process.reloads import Load, Reloads
from corefile_runtime.process.signals import Signals, limit_end
from corefile_runtime.process.waiting import Waiting
from corefile_runtime.replay.store import ENTRIES

# Seconds for which the making of a configuration keeps queries waiting.
PENDING = 0.004

FINISH = 2.0
"""Seconds for which the end of the process waits for queries under way."""

FAREWELLS: dict[int, str] = {
    signal.SIGTERM: "SIGTERM: Shutting down servers then terminating",
    signal.SIGINT: "SIGINT: Shutting down",
}
"""What is logged when a signal ends the server."""


class Engine:
    """Serves programs. `load` gives the present one; `replay` false has every query go through its chain.

    `processes` is how many serve together, of which one `leads`: it does what is to be done once. Without `listens` it
    has others do that.
    """

    listens = True

    def __init__(self, load: Load, *, replay: bool = True, output: Output | None = None) -> None:
        self.load = load
        self.entries = ENTRIES if replay else 0
        self.output = output or Output()
        self.metrics = Registry()
        self.loop = Loop(self.failed)
        self.threads = Threads(self.loop)
        self.topics = Topics(self.loop, self.threads, self.failed)
        self.shared = Shared()
        self.instance: Instance | None = None
        self._coming: Instance | None = None
        self.processes = 1
        self.leads = True
        self.listeners = Listeners(self.loop)
        self.endpoints = Endpoints(self.loop, self.output, self.metrics)
        self.status = 0
        self._signals: Signals | None = None
        self._ending = False
        self._change: Change | None = None
        self._reloads = Reloads(self)
        self._served_pending = 0.0
        self._dropped = self.metrics.counter(
            "corefile_log_lines_dropped_total", "Counter of lines of the log that were dropped: nobody read them."
        ).cell()
        self.metrics.flushes.append(self._flush_counts)

    def failed(self, error: BaseException) -> None:
        """Report an exception that nobody expected; the server goes on."""
        where = format_exception(error)[-2:]
        self.output.log(
            "ERROR", f"Recovered from {type(error).__name__}: {error} ({' '.join(' '.join(where).split())})"
        )

    def _flush_counts(self) -> None:
        self._dropped.add(self.output.dropped - self._dropped.value)
        if self.instance is not None:
            self.instance.flush_counts()

    def load_off_loop(self, then: Callable[[Program | Exception], object]) -> None:
        """Have `load` called in a thread; `then` gets what it gives or raises."""
        self.threads.run(self._load_whole, then)

    def _load_whole(self) -> Program:
        """In the thread. Plugins that are new are imported here too: in the loop that would take 20 ms."""
        program = self.load()
        self.import_handlers(program)
        return program

    @staticmethod
    def import_handlers(program: Program, between: Callable[[], object] = lambda: None) -> None:
        """Import what the program's plugins are made of, with a call of `between` after each."""
        for name in sorted({use.name for block in program.blocks for use in block.plugins}):
            with contextlib.suppress(Exception):  # it is raised again where it is refused, with file and line
                find_handler(name)
            between()

    # -- a configuration takes over

    def start(self, program: Program | None = None) -> None:
        """Take up a program, without one what `load` gives; raises StartError, LoadError or OSError.

        Signals that end the process are heeded while it waits; then there is nothing in force when it returns.
        """
        self.output.attach(self.loop)
        _allow_many_files()
        self.reload(self.load() if program is None else program)

    def reload(self, program: Program) -> None:
        """Change to another program without losing a query; on any exception, which is raised, the old one goes on."""
        outcome: list[Exception | None] = []
        self.change(program, outcome.append)
        while not outcome and not self._ending:
            self.loop.round()
        if outcome and outcome[0] is not None:
            raise outcome[0]

    def change(self, program: Program, told: Callable[[Exception | None], object]) -> None:
        """The same, in the loop: `told` gets the error, or None when the change has been made. One at a time."""
        if self._change is not None:
            told(StartError("another change is under way"))
            return
        for warning in program.warnings:
            self.output.log("WARNING", warning)
        change = self._change = Change(self, program)

        def prepared(error: Exception | None) -> None:
            if error is not None:
                ended(error)
                return
            try:
                change.commit(lambda: ended(None))
            except Exception as failure:  # it cannot fail; if it does all the same, the next one shall be tried
                ended(failure)

        def ended(error: Exception | None) -> None:
            if self._change is change:
                self._change = None
                told(error)

        change.prepare(prepared)

    def build(self, program: Program) -> Instance:
        """Prepare and link all plugins of a program; raises StartError."""
        services = Services(
            self.loop,
            Lifetime(self.loop, self.threads),
            self.metrics,
            self.output,
            self.topics,
            self.shared,
            self.failed,
            self.entries,
        )
        services.offers.append(Offer(None, "", self))
        return Instance(program, services, self.serve_pending)

    def serve_pending(self) -> None:
        """Between two pieces of the making of a configuration: now and then answer from the one in force."""
        now = monotonic()
        if now - self._served_pending > PENDING:
            if self.instance is not None:
                self.loop.serve_pending()
            self._served_pending = monotonic()

    def wait_until_ready(self, instance: Instance, done: Callable[[StartError | None], object]) -> Cancellable:
        """Wait for what takes its time. At the first start HTTP is up meanwhile, DNS is not."""
        self._coming = instance
        if self.instance is None:
            self.endpoints.open(instance.endpoints)
            self.endpoints.serve(instance.endpoints)
        waiting = Waiting(self.loop, instance.services.waits, done)
        instance.services.refuse = waiting.refuse
        return waiting

    def open(self, instance: Instance) -> Opened:
        """Open the sockets that are new; raises StartError and OSError."""
        if self.listens and not instance.servers:
            raise StartError("no server block has an address to listen on")
        opened = self.listeners.open(instance.servers, instance.refuse_listening)
        try:
            self.endpoints.open(instance.endpoints)
        except BaseException:
            self.listeners.give_up(opened)
            raise
        return opened

    def give_up(self, instance: Instance, opened: Opened) -> None:
        """Take down what was prepared."""
        self._coming = None
        self.listeners.give_up(opened)
        if self.instance is None:
            self.endpoints.close_all()
        else:
            self.endpoints.keep(self.instance.endpoints)
        instance.close()

    def take_over(self, instance: Instance, opened: Opened, done: Callable[[], object]) -> None:
        """Let everything point to the new configuration. The old one stops when the new one has started."""
        previous, self.instance, self._coming = self.instance, instance, None
        self._flush_previous(previous)
        self.listeners.serve(instance.servers, opened)
        self.endpoints.serve(instance.endpoints)
        instance.start()
        if previous is not None:
            previous.stop()
        done()

    @staticmethod
    def _flush_previous(previous: Instance | None) -> None:
        if previous is not None:
            previous.flush_counts()

    # -- what is offered to plugins

    def exposition(self) -> str:
        """All metrics in Prometheus's text format."""
        return self.metrics.render() + render_process(read_process())

    def expose(self, done: Callable[[str], object]) -> None:
        """The same, told at once or later: several processes are asked for their numbers of now."""
        done(self.exposition())

    def read_readiness(self) -> list[Readiness]:
        """The plugins that know whether they are ready, of the configuration in force or about to be the first."""
        instance = self.instance or self._coming
        return instance.readiness if instance is not None else []

    def gather_readiness(self, done: Callable[[Sequence[Readiness]], object]) -> None:
        """The same, told at once or later: several processes are asked."""
        done(self.read_readiness())

    def close_endpoint(self, address: str) -> None:
        """Close the HTTP server of an address before its time."""
        self.endpoints.close(address)

    @property
    def running_hash(self) -> str:
        """The hash of the configuration that was taken up last."""
        return self.instance.program.hash if self.instance is not None else ""

    def addresses(self) -> list[tuple[str, int]]:
        """Where the server listens, with the ports that the system chose for port 0."""
        return self.listeners.addresses()

    # -- the life of the process

    def run(self) -> None:
        """Serve until a signal ends it."""
        self.catch_signals()
        self._run_loop()

    def _run_loop(self) -> None:
        # What is there now stays: the collector need not look at it, nor at each entry again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        try:
            if self.instance is not None:
                self.loop.run()
        finally:
            self.close()

    def catch_signals(self) -> None:
        """From now on signals wait for the loop: who does it before `start` loses none that comes while it starts."""
        if self._signals is None:
            self._signals = Signals(self.loop, self._on_signal)

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGUSR1:
            self.reload_soon()
        elif number == signal.SIGUSR2:
            self.output.log("WARNING", "SIGUSR2: handing over to another binary is not supported")
        elif number == signal.SIGQUIT:
            self.output.log("INFO", "SIGQUIT: Quitting process immediately")
            self._ending = True  # also where it waits for its first configuration
            self.loop.stop()
        elif number in FAREWELLS:
            self.output.log("INFO", FAREWELLS[number])
            self.end()

    def reload_now(self) -> None:
        """Take up the configuration as it is now."""
        self._reloads.now()

    def reload_soon(self) -> None:
        """SIGUSR1: the same, but queries are answered while the configuration is compiled."""
        self._reloads.soon()

    def look(self, seen: str, then: Callable[[str], object], plugin: str = "") -> None:
        """Take up the configuration if it is another one than that of a hash; tell the hash of what there is now.

        The log names the plugin that looks.
        """
        self._reloads.look(seen, then, plugin)

    def end(self) -> None:
        """Finish what is under way, for plugins that ask for time (`lameduck`) too, then leave the loop."""
        if self._ending:
            return
        self._ending = True
        if self.instance is None:  # it waits for its first configuration
            self.loop.stop()
            return
        seconds = self.instance.ask_to_end()
        if self._signals is not None:
            limit_end(seconds)
        self.loop.after(seconds, self._finish)

    def _finish(self) -> None:
        """Take nothing new, and leave when what is under way has been answered, or has taken too long."""
        self.listeners.stop_accepting()
        self._wait_for_answers(self.loop.now + FINISH)

    def _wait_for_answers(self, until: float) -> None:
        if self.instance is not None and self.instance.waiting and self.loop.now < until:
            self.loop.after(0.02, self._wait_for_answers, until)
        else:
            self.loop.stop()

    def fail(self) -> None:
        """Leave the loop at once, with exit status 1; why has been logged."""
        self.status = 1
        self.loop.stop()

    def close(self) -> None:
        """Close everything that is open."""
        if self._change is not None:
            self._change.abandon()
        if self.instance is not None:
            self.instance.stop()
        self.listeners.close()
        if self.instance is not None:
            self.instance.close()
        self.topics.close()
        self.endpoints.close_all()
        self.threads.close()
        self.output.close()
        self.loop.close()


def _allow_many_files() -> None:
    """Have as many sockets as the system lets a process have, which is what Go asks for at its start."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
