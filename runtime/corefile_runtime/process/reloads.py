"""Reloads: taking up another configuration when a signal says so, or when the Corefile has changed.

Whatever fails is logged and counted, and the configuration in force stays.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, time
from typing import Protocol, TypeAlias

from corefile.ir.program import Program
from corefile_runtime.chain.refusal import StartError, explain, explain_system
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.log_output import Output
from corefile_runtime.metrics.registry import Registry

Load: TypeAlias = Callable[[], Program]
"""Gives the program of the configuration as it is now; raises LoadError or OSError."""
Told: TypeAlias = Callable[[Exception | None], object]

LOADING = 30.0
"""Seconds after which a Corefile on a file system that is gone keeps nobody from taking up the next one."""


class LoadError(Exception):
    """The configuration cannot be read or is refused.

    `digest` tells refused texts apart; it is empty for what is no Corefile.
    """

    def __init__(self, text: str, *, digest: str = "") -> None:
        super().__init__(text)
        self.digest = digest


class Changing(Protocol):
    """The process, as far as it matters here."""

    load: Load
    loop: Loop
    output: Output
    metrics: Registry

    @property
    def running_hash(self) -> str:
        """The hash of the configuration in force."""
        ...

    def load_off_loop(self, then: Callable[[Program | Exception], object]) -> object:
        """Have `load` called without keeping the loop waiting; `then` gets what it gives or raises."""
        ...

    def reload(self, program: Program) -> None:
        """Change, and wait for it; raises what refuses."""
        ...

    def change(self, program: Program, told: Told) -> None:
        """Change in the loop."""
        ...


class Reloads:
    """The reloads of one process, one after the other."""

    def __init__(self, process: Changing) -> None:
        self._process = process
        self._output = process.output
        self._metrics = process.metrics
        self._busy = self._again = False

    def now(self) -> None:
        """Take up the configuration as it is now, and wait for it."""
        self._announce()
        started = monotonic()
        try:
            self._process.reload(self._process.load())
        except Exception as error:
            self._refused_by_signal(error)
        else:
            self._made(started)

    def soon(self) -> None:
        """The same, but queries are answered while the configuration is compiled and made ready."""
        if self._busy:
            self._again = True
            return
        self._announce()
        self._load(lambda loaded: self._take_up(loaded, self._refused_by_signal))

    def look(self, seen: str, then: Callable[[str], object], plugin: str = "") -> None:
        """Take up the configuration if it is another one than that of a hash; tell the hash of what there is now.

        The log names the plugin that looks. What has failed is not tried again before it changes.
        """
        if self._busy:
            then(seen)
        else:
            self._load(lambda loaded: self._judge(loaded, seen, then, plugin))

    # -- one after the other

    def _load(self, then: Callable[[Program | Exception], object]) -> None:
        """Have it loaded. That there is no thread for it is a failure as any other: the next one shall be tried."""
        self._busy = is_open = True

        def told(loaded: Program | Exception) -> None:
            nonlocal is_open
            if is_open:  # else it has taken too long, and another one is under way
                is_open = False
                timer.cancel()
                then(loaded)

        timer = self._process.loop.after(LOADING, told, OSError(f"not read in time ({LOADING:g} s)"))
        try:
            self._process.load_off_loop(told)
        except Exception as error:
            told(error)

    def _ended(self) -> None:
        self._busy = False
        if self._again:
            self._again = False
            self.soon()

    def _announce(self) -> None:
        self._output.log("INFO", "SIGUSR1: Reloading")
        self._output.log("INFO", "Reloading")

    def _take_up(self, loaded: Program | Exception, refused: Callable[[Exception], object]) -> None:
        started = monotonic()

        def told(error: Exception | None) -> None:
            if error is not None:
                refused(error)
            else:
                self._made(started)
            self._ended()

        if isinstance(loaded, Exception):
            told(loaded)
        else:
            self._process.change(loaded, told)

    def _judge(self, loaded: Program | Exception, seen: str, then: Callable[[str], object], plugin: str) -> None:
        """A configuration that cannot be read counts as failed each time; one that is refused once."""
        if isinstance(loaded, Exception):
            digest = loaded.digest if isinstance(loaded, LoadError) else ""
            if not digest:
                what = "parse failed" if isinstance(loaded, LoadError) else "cannot be read"
                self._output.log("WARNING", f"Corefile {what}: {describe(loaded)}", plugin)
                self._count_failure()
                self._note(0)
            elif digest != seen:
                self._output.log("INFO", "Reloading")
                self._refused_by_look(loaded, plugin)
            then(digest or seen)
            self._ended()
            return
        if loaded.hash == seen:
            then(seen)
            self._ended()
            return
        self._output.log("INFO", "Reloading")

        def refused(error: Exception) -> None:
            self._refused_by_look(error, plugin)

        digest = loaded.hash
        then(digest)
        self._take_up(loaded, refused)

    # -- what came of it

    def _made(self, started: float) -> None:
        self._output.log("INFO", "Reloading complete")
        self._output.log("DEBUG", f"Reload took {monotonic() - started:.3f}s")
        self._note(1)
        info = self._metrics.gauge(
            "coredns_reload_version_info",
            "A metric with a constant '1' value labeled by hash, and value which type of hash generated.",
            "hash", "value",
        )  # fmt: skip
        info.clear()
        info.cell("sha512", self._process.running_hash).value = 1

    def _refused_by_signal(self, error: Exception) -> None:
        self._output.log("ERROR", f"Restart failed: {describe(error)}")
        self._output.log("ERROR", f"SIGUSR1: {describe(error)}")
        self._note(0)

    def _refused_by_look(self, error: Exception, plugin: str) -> None:
        self._output.log("ERROR", f"Restart failed: {describe(error)}")
        self._output.log("ERROR", f"Corefile changed but reload failed: {describe(error)}", plugin)
        self._note(0)
        self._count_failure()

    def _count_failure(self) -> None:
        self._metrics.counter(
            "coredns_reload_failed_total", "Counter of the number of failed reload attempts."
        ).cell().add()

    def _note(self, successful: int) -> None:
        self._metrics.gauge(
            "corefile_config_last_reload_successful", "Whether the last reload of the configuration succeeded."
        ).cell().value = successful
        if successful:
            self._metrics.gauge(
                "corefile_config_last_reload_success_timestamp_seconds", "When the configuration was last taken up."
            ).cell().value = time()


def describe(error: Exception) -> str:
    """An error for the log: what was meant for people as it is, anything else with its kind."""
    if isinstance(error, OSError):
        return explain_system(error)
    return str(error) if isinstance(error, LoadError | StartError) else explain(error)
