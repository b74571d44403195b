"""What a handler gives back: a reply, or the promise of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from corefile_runtime.replay.store import Facts
    from corefile_runtime.wire.question import Query
    from corefile_runtime.wire.records import Place

C = TypeVar("C")


class Reply:
    """The outcome of a query.

    `rcode` is what CoreDNS's handler returns, `wire` the message it wrote: the query's ID and question in it, no OPT
    but one that belongs there, any length. Without `wire` the server writes an error reply when `rcode` is SERVFAIL,
    REFUSED, FORMERR or NOTIMP, and nothing otherwise. `error` is the text for the `errors` plugin, empty for none.
    `facts` tell how the answer may be replayed; None: it may not. `places` are the records of `wire` when whoever made
    the reply has looked for them, None otherwise.
    """

    __slots__ = ("error", "facts", "places", "rcode", "wire")

    def __init__(
        self,
        rcode: int,
        wire: bytes | None = None,
        error: str = "",
        facts: Facts | None = None,
        places: list[Place] | None = None,
    ) -> None:
        self.rcode = rcode
        self.wire = wire
        self.error = error
        self.facts = facts
        self.places = places


class Pending:
    """A reply that must be waited for. What is to happen with it is added from the inside out with `then`.

    Whoever made it calls `resolve` once, with the reply; a step that must wait itself returns another Pending, which
    takes over the steps that are left. A step that fails ends it: the rescue given to `end` is told, so that somebody
    is answered.
    """

    __slots__ = ("_rescue", "_steps")

    def __init__(self) -> None:
        self._steps: list[tuple[Callable[..., Outcome | None], object]] = []
        self._rescue: Callable[..., object] | None = None

    @overload
    def then(self, step: Callable[[Reply], Outcome | None]) -> Pending: ...
    @overload
    def then(self, step: Callable[[Reply, C], Outcome | None], context: C) -> Pending: ...
    def then(self, step: Callable[..., Outcome | None], context: object = None) -> Pending:
        """Call `step(reply)`, or `step(reply, context)`, with the reply; what it returns goes to the next step."""
        self._steps.append((step, context))
        return self

    def end(self, step: Callable[[Reply, C], None], rescue: Callable[[Exception, C], object], context: C) -> None:
        """Add the last step of all. If one fails, `rescue(error, context)` is called instead."""
        self._steps.append((step, context))
        self._rescue = rescue

    def resolve(self, reply: Reply) -> None:
        """The reply is here: run the steps."""
        outcome: Outcome | None = reply
        steps = iter(self._steps)
        try:
            for step, context in steps:
                outcome = step(outcome) if context is None else step(outcome, context)
                if isinstance(outcome, Pending):
                    outcome._steps += steps
                    outcome._rescue = outcome._rescue or self._rescue
                    break
        except Exception as error:
            if self._rescue is None:
                raise
            self._rescue(error, self._steps[-1][1])


Outcome: TypeAlias = Reply | Pending
Serve: TypeAlias = "Callable[[Query], Outcome]"
