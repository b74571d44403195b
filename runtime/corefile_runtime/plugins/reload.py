"""reload: looks at the Corefile now and then, and takes it up when it has changed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, cast

from corefile.plugins.reload import Reload as Config

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home
    from corefile_runtime.events.event_loop import Timer
    from corefile_runtime.process.engine import Engine
    from corefile_runtime.process.instance import Instance


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """Start a watch over the whole process; of several blocks the last decides how often it looks."""
    config = cast("Config", configs[0])
    instance = home.instance
    if instance.end_watch is not None:
        instance.end_watch()
    instance.end_watch = Watch(config, instance).retire


class Watch:
    """Looks at the configuration as long as its instance is in force."""

    def __init__(self, config: Config, instance: Instance) -> None:
        self._engine: Engine = instance.engine
        self._instance = instance
        jitter = config.jitter.seconds
        self._every = config.interval.seconds + random.uniform(-jitter / 2, jitter / 2)  # noqa: S311 - spreads load
        self._seen = ""
        self._timer: Timer | None = None
        self._retired = False
        instance.on_start.append(self._start)
        instance.on_stop.append(self.retire)

    def _start(self) -> None:
        if self._retired:
            return
        self._seen = self._instance.program.hash
        self._instance.output.log("INFO", f"Running configuration SHA512 = {self._seen}", "reload")
        self._again()

    def _again(self) -> None:
        self._timer = self._instance.loop.after(self._every, self._look)

    def _look(self) -> None:
        if not self._retired:
            self._engine.look(self._seen, self._note)

    def _note(self, seen: str) -> None:
        self._seen = seen
        if not self._retired:
            self._again()

    def retire(self) -> None:
        """Look no more."""
        self._retired = True
        if self._timer is not None:
            self._timer.cancel()
