"""Taking up another configuration: when a signal says so, or when the Corefile has changed.

Whatever fails is logged and counted, and the configuration in force stays.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, time
from typing import TYPE_CHECKING, TypeAlias

from corefile.ir.program import Program
from corefile_runtime.chain.build import StartError
from corefile_runtime.events.threads import run_aside

if TYPE_CHECKING:
    from corefile_runtime.process.engine import Engine

Load: TypeAlias = Callable[[], Program]
"""Gives the program of the configuration as it is now; raises LoadError or OSError."""


class LoadError(Exception):
    """The configuration cannot be read or is refused.

    `digest` tells refused texts apart; it is empty for what is no Corefile.
    """

    def __init__(self, text: str, *, digest: str = "") -> None:
        super().__init__(text)
        self.digest = digest


class Reloads:
    """The reloads of one process, one after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._output = engine.output
        self._metrics = engine.metrics
        self._loading = self._load_again = False

    def now(self) -> None:
        """Take up the configuration as it is now."""
        self._announce()
        self._take_up(self._try_load())

    def soon(self) -> None:
        """The same, but queries are answered while the configuration is compiled."""
        if self._loading:
            self._load_again = True
            return
        self._announce()
        self._load_aside(self._take_up)

    def look(self, seen: str, then: Callable[[str], object]) -> None:
        """Take up the configuration if it is another one than that of a hash; tell the hash of what there is now.

        What has failed is not tried again before it changes.
        """
        if self._loading:
            then(seen)
        else:
            self._load_aside(lambda loaded: then(self._judge(loaded, seen)))

    def _try_load(self) -> Program | Exception:
        try:
            return self._engine.load()
        except (LoadError, StartError, OSError) as error:
            return error

    def _load_aside(self, then: Callable[[Program | Exception], object]) -> None:
        def loaded(outcome: Program | Exception) -> None:
            try:
                then(outcome)
            finally:
                self._loading = False
            if self._load_again:
                self._load_again = False
                self.soon()

        self._loading = True
        if self._engine.compiles_aside:
            run_aside(self._engine.loop, self._engine.load, loaded)
        else:
            loaded(self._try_load())

    def _announce(self) -> None:
        self._output.log("INFO", "SIGUSR1: Reloading")
        self._output.log("INFO", "Reloading")

    def _take_up(self, loaded: Program | Exception) -> None:
        try:
            if isinstance(loaded, Exception):
                raise loaded
            self._change(loaded)
        except (LoadError, StartError, OSError) as error:
            self._note_failure(error)
            self._output.log("ERROR", f"SIGUSR1: {error}")

    def _judge(self, loaded: Program | Exception, seen: str) -> str:
        if isinstance(loaded, LoadError):
            if loaded.digest in ("", seen):
                if not loaded.digest:
                    self._output.log("WARNING", f"Corefile parse failed: {loaded}", "reload")
                return seen
            self._report_look(loaded)
            return loaded.digest
        if isinstance(loaded, OSError):
            self._output.log("WARNING", f"Corefile cannot be read: {loaded}", "reload")
            return seen
        if isinstance(loaded, Exception):
            self._engine.failed(loaded)
            return seen
        if loaded.hash != seen:
            self._output.log("INFO", "Reloading")
            try:
                self._change(loaded)
            except (StartError, OSError) as error:
                self._report_look(error)
        return loaded.hash

    def _report_look(self, error: Exception) -> None:
        self._note_failure(error)
        self._output.log("ERROR", f"Corefile changed but reload failed: {error}", "reload")
        self._metrics.counter(
            "coredns_reload_failed_total", "Counter of the number of failed reload attempts."
        ).cell().add()

    def _change(self, program: Program) -> None:
        started = monotonic()
        self._engine.reload(program)
        self._output.log("INFO", "Reloading complete")
        self._output.log("DEBUG", f"Reload took {monotonic() - started:.3f}s")
        info = self._metrics.gauge(
            "coredns_reload_version_info",
            "A metric with a constant '1' value labeled by hash, and value which type of hash generated.",
            "hash", "value",
        )  # fmt: skip
        info.clear()
        info.cell("sha512", program.hash).value = 1
        self._note(1)

    def _note_failure(self, error: Exception) -> None:
        self._output.log("ERROR", f"Restart failed: {error}")
        self._note(0)

    def _note(self, successful: int) -> None:
        self._metrics.gauge(
            "corefile_config_last_reload_successful", "Whether the last reload of the configuration succeeded."
        ).cell().value = successful
        if successful:
            self._metrics.gauge(
                "corefile_config_last_reload_success_timestamp_seconds", "When the configuration was last taken up."
            ).cell().value = time()
