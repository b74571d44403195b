"""errors: writes the errors that the plugins behind it return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from corefile.plugins.errors import Consolidate
from corefile.plugins.errors import Errors as Config
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.events.log_output import Level, Output
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import render_type

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site
    from corefile_runtime.events.event_loop import Loop, Timer

_LEVELS: dict[str, Level] = {"warning": "WARNING", "error": "ERROR", "info": "INFO", "debug": "DEBUG"}

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """The patterns of a block are counted once, whatever chain an error comes from."""
    config = cast("Config", configs[0])
    output = home.instance.output
    patterns = [Pattern(one, home.instance.loop, output) for one in config.consolidate]
    home.instance.on_stop += [pattern.stop for pattern in patterns]

    def bind(site: Site) -> Serve:
        behind = site.next

        def finish(reply: Reply, query: Query) -> Reply:
            if reply.error:
                reply.facts = None
                _tell(patterns, output, reply, query)
            return reply

        def serve(query: Query) -> Outcome:
            outcome = behind(query)
            if isinstance(outcome, Pending):
                return outcome.then(finish, query)
            return finish(outcome, query) if outcome.error else outcome

        return serve

    return bind


def _tell(patterns: list[Pattern], output: Output, reply: Reply, query: Query) -> None:
    level: Level = "ERROR"
    for pattern in patterns:
        if pattern.matches(reply.error):
            if pattern.takes():
                return
            level = pattern.level
            break
    seen = query.final
    output.log(level, f"{reply.rcode} {seen.text} {render_type(seen.qtype)}: {reply.error}", "errors")


class Pattern:
    """Errors that are told together once in a period."""

    def __init__(self, config: Consolidate, loop: Loop, output: Output) -> None:
        import re2

        compiled = re2.compile(config.pattern)
        self.matches: Callable[[str], object] = compiled.search
        self.level: Level = _LEVELS[config.level]
        self._config = config
        self._loop = loop
        self._output = output
        self._count = 0
        self._timer: Timer | None = None
        self._stopped = False

    def takes(self) -> bool:
        """Count an error; false when it is to be told at once as well."""
        if self._stopped:
            return False
        self._count += 1
        if self._count == 1:
            self._timer = self._loop.after(self._config.period.seconds, self._tell)
            return not self._config.show_first
        return True

    def _tell(self) -> None:
        count, self._count, self._timer = self._count, 0, None
        if count > 1 or (count and not self._config.show_first):
            text = f"{count} errors like '{self._config.pattern}' occurred in last {self._config.period}"
            self._output.log(self.level, text, "errors")

    def stop(self) -> None:
        """Tell what has not been told; from now on nothing is counted."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._tell()
