"""One change of the configuration: prepared, made ready, and made; or given up, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from corefile.ir.program import Program
from corefile_runtime.chain.refusal import StartError, explain
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.lifetime import Cancellable
from corefile_runtime.process.instance import Instance
from corefile_runtime.process.listening import Opened

Told: TypeAlias = Callable[[Exception | None], object]


class Steps(Protocol):
    """What a process does at each step. The first three may raise anything; then nothing of the change is left."""

    loop: Loop

    def build(self, program: Program) -> Instance:
        """Prepare and link all plugins."""
        ...

    def wait_until_ready(self, instance: Instance, done: Callable[[StartError | None], object]) -> Cancellable:
        """Wait for what takes its time."""
        ...

    def open(self, instance: Instance) -> Opened:
        """Open the sockets that are new."""
        ...

    def take_over(self, instance: Instance, opened: Opened, done: Callable[[], object]) -> None:
        """Let everything point to the new configuration. This cannot fail any more."""
        ...

    def give_up(self, instance: Instance, opened: Opened) -> None:
        """Take down what was prepared."""
        ...


class Change:
    """A change under way. `prepare` tells once what came of it; then `commit` or `abandon`."""

    def __init__(self, steps: Steps, program: Program) -> None:
        self._steps = steps
        self.program = program
        self._instance: Instance | None = None
        self._opened: Opened = {}
        self._waiting: Cancellable | None = None
        self._told: Told | None = None

    def prepare(self, told: Told) -> None:
        """Do all of the change that may fail; `told` gets the error, or None."""
        self._told = told
        try:
            self._instance = self._steps.build(self.program)
            self._waiting = self._steps.wait_until_ready(self._instance, self._on_ready)
        except Exception as error:
            self._fail(error)

    def _on_ready(self, error: StartError | None) -> None:
        if self._told is None or self._instance is None:
            return
        if error is not None:
            self._fail(error)
            return
        try:
            self._opened = self._steps.open(self._instance)
        except Exception as failure:
            self._fail(failure)
            return
        told, self._told = self._told, None
        told(None)

    def _fail(self, error: Exception) -> None:
        told, self._told = self._told, None
        self.abandon()
        if not isinstance(error, StartError | OSError):
            error = StartError(explain(error))
        if told is not None:
            told(error)

    def commit(self, done: Callable[[], object] = lambda: None) -> None:
        """Make the change; it has been prepared."""
        instance, opened = self._instance, self._opened
        assert instance is not None
        self._instance, self._opened = None, {}
        self._steps.take_over(instance, opened, done)

    def abandon(self) -> None:
        """Give it up, wherever it stands."""
        self._told = None
        if self._waiting is not None:
            self._waiting.cancel()
        instance, opened = self._instance, self._opened
        self._instance, self._opened = None, {}
        if instance is not None:
            self._steps.give_up(instance, opened)
