"""errors: writes the errors that the plugins behind it return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.golang.regexp import compile_regexp
from corefile.plugins.errors import Consolidate
from corefile.plugins.errors import Errors as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import render_type

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.events.event_loop import Timer
    from corefile_runtime.events.log_output import Level

_LEVELS: dict[str, Level] = {"warning": "WARNING", "error": "ERROR", "info": "INFO", "debug": "DEBUG"}


def prepare(config: Config, home: Home) -> Link:
    """The patterns of a block are counted once, whatever chain an error comes from."""
    patterns = [Pattern(one, home) for one in config.consolidate]
    for pattern in patterns:
        home.on_stop(pattern.tell)

    def link(site: Site) -> Serve:
        behind = site.next

        def finish(reply: Reply, query: Query) -> Reply:
            if reply.error:
                reply.terms = None
                _tell(patterns, home, reply, query)
            return reply

        def serve(query: Query) -> Outcome:
            outcome = behind(query)
            if isinstance(outcome, Pending):
                return outcome.then(finish, query)
            return finish(outcome, query) if outcome.error else outcome

        return serve

    return link


def _tell(patterns: list[Pattern], home: Home, reply: Reply, query: Query) -> None:
    level: Level = "ERROR"
    for pattern in patterns:
        if pattern.matches(reply.error):
            if pattern.takes():
                return
            level = pattern.level
            break
    seen = query.final
    home.log(level, f"{reply.rcode} {seen.text} {render_type(seen.qtype)}: {reply.error}")


class Pattern:
    """Errors that are told together once in a period."""

    def __init__(self, config: Consolidate, home: Home) -> None:
        self.matches = compile_regexp(config.pattern).matches
        self.level: Level = _LEVELS[config.level]
        self._config = config
        self._home = home
        self._count = 0
        self._timer: Timer | None = None

    def takes(self) -> bool:
        """Count an error; false when it is to be told at once as well.

        A query may end when another configuration has taken over: nothing would tell of its error later.
        """
        if not self._home.in_force:
            return False
        self._count += 1
        if self._count == 1:
            self._timer = self._home.after(self._config.period.seconds, self.tell)
            return not self._config.show_first
        return True

    def tell(self) -> None:
        """Tell what has been counted and not told; the next error begins another period."""
        if self._timer is not None:
            self._timer.cancel()
        count, self._count, self._timer = self._count, 0, None
        if count > 1 or (count and not self._config.show_first):
            text = f"{count} errors like '{self._config.pattern}' occurred in last {self._config.period}"
            self._home.log(self.level, text)


HANDLER = Handler(one(Config, prepare), replays=True)
