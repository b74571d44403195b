"""The place of a handler in one chain: its server, its zone, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from corefile_runtime.chain.reply import Outcome, Pending, Serve, depend

if TYPE_CHECKING:
    from corefile_runtime.chain.inner_query import Ask
    from corefile_runtime.replay.eras import Era
    from corefile_runtime.wire.question import Query

Around: TypeAlias = "Callable[[str, Serve], Serve]"
"""(a plugin's name, its function) → a function that does more."""

Link: TypeAlias = "Callable[[Site], Serve]"
"""Puts a plugin that has been prepared into one chain."""


class Linked(NamedTuple):
    """One plugin of a block, prepared."""

    name: str
    link: Link
    replays: bool = False


class Site(NamedTuple):
    """Where a handler stands in one chain: the zone and listener it answers for, and what is behind it.

    `server` is the listener's label in metrics, `view` the block's view. `next` always can be called: behind the last
    plugin it fails as CoreDNS does. `next_name` is empty there. `names` are those of the whole chain, `behind` what
    `next` was built of. `ask` asks the listener for another name, from inside. `around` is for plugins that stand in
    one place several times.
    """

    zone: str
    server: str
    view: str
    next: Serve
    next_name: str
    ask: Ask
    names: tuple[str, ...] = ()
    behind: Sequence[Linked] = ()
    around: Around = lambda _name, serve: serve

    def pass_on(self, query: Query, *asked: Era) -> Outcome:
        """Have the plugins behind answer, for the state that was asked had nothing: the answer hangs on it too.

        The eras are those in which it was asked.
        """
        outcome = self.next(query)
        if isinstance(outcome, Pending):
            return outcome.then(depend, asked)
        return depend(outcome, asked)
