"""on: runs commands when the server has started, and when it is told to end. It has no place in the chain."""

from __future__ import annotations

import subprocess
from threading import Thread
from typing import TYPE_CHECKING, cast

from corefile.plugins.on import On as Config

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home
    from corefile_runtime.events.log_output import Output


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """A reload runs the commands for `startup` again, those for `shutdown` not; `certrenew` never happens.

    Of several workers the first runs them.
    """
    instance = home.instance
    hooks = {"startup": instance.on_start, "shutdown": instance.on_final}
    for config in cast("tuple[Config, ...]", configs):
        if config.event in hooks and instance.engine.leads:
            hooks[config.event].append(_runner(config, instance.output))


def _runner(config: Config, output: Output) -> Command:
    *command, last = config.command
    waits = last != "&" or not command
    return Command([*command, last] if waits else command, config.event, output, waits=waits)


class Command:
    """A command to run. The server waits for its end, unless it is meant for the background."""

    def __init__(self, words: list[str], event: str, output: Output, *, waits: bool) -> None:
        self._words = words
        self._event = event
        self._output = output
        self._waits = waits

    def __call__(self) -> None:
        """Run it; that it fails is only said."""
        kind = "Blocking" if self._waits else "Nonblocking"
        self._output.log("INFO", f'{kind} Command "{" ".join(self._words)}"')
        self._output.flush()  # the command writes to the same place
        try:
            running = subprocess.Popen(self._words)  # noqa: S603 - that is what the Corefile asks for
        except (OSError, ValueError) as error:
            self._fail(str(error))
            return
        if not self._waits:
            Thread(target=running.wait, daemon=True, name="on").start()  # or it stays a zombie
        elif status := running.wait():
            self._fail(f"exit status {status}" if status > 0 else f"signal {-status}")

    def _fail(self, why: str) -> None:
        self._output.log("ERROR", f"error on '{self._event}' hook: {why}")
