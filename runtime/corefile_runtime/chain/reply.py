"""Outcomes of handlers: a reply, or one that is pending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from corefile_runtime.replay.eras import Era
    from corefile_runtime.replay.terms import Terms
    from corefile_runtime.wire.question import Query
    from corefile_runtime.wire.records import Place

C = TypeVar("C")


class Reply:
    """The outcome of a query.

    `rcode` is what CoreDNS's handler returns, `wire` the message it wrote: the query's ID and question in it, no OPT
    but one that belongs there, any length. Without `wire` the server writes an error reply when `rcode` is SERVFAIL,
    REFUSED, FORMERR or NOTIMP, and nothing otherwise. `error` is the text for the `errors` plugin, empty for none.
    `terms` tell how the answer may be replayed; None: it may not. `places` are the records of `wire` when whoever made
    the reply has looked for them, None otherwise. `more` are the messages that follow `wire`, None for nearly all.
    """

    __slots__ = ("error", "places", "rcode", "terms", "wire")

    more: ClassVar[Iterator[bytes] | None] = None

    def __init__(
        self,
        rcode: int,
        wire: bytes | None = None,
        error: str = "",
        terms: Terms | None = None,
        places: list[Place] | None = None,
    ) -> None:
        self.rcode = rcode
        self.wire = wire
        self.error = error
        self.terms = terms
        self.places = places


class Stream(Reply):
    """A reply of several messages (AXFR): `wire` is the first, `more` gives the others as the client reads them.

    Each is a whole message, as `wire` is. Nothing asks for the next one before there is room to send it. A plugin that
    changes replies changes every message, with `with_messages`.
    """

    __slots__ = ("more",)

    # Of an instance here, of the class there: one object of each reply is made for each query, this is none of them.
    more: Iterator[bytes]  # type: ignore[misc]

    def __init__(self, rcode: int, wire: bytes, more: Iterator[bytes]) -> None:
        super().__init__(rcode, wire)
        self.more = more  # pyright: ignore[reportIncompatibleVariableOverride]


def with_messages(reply: Reply, change: Callable[[bytes], bytes]) -> Reply:
    """A reply all of whose messages have been changed; its error and terms stay."""
    if reply.wire is None:
        return reply
    changed = change(reply.wire)
    if reply.more is None:
        return Reply(reply.rcode, changed, reply.error, reply.terms)
    return Stream(reply.rcode, changed, map(change, reply.more))


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
        """Call `step(reply)`, or `step(reply, context)` where there is one; what it returns goes to the next step."""
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


def depend(reply: Reply, eras: tuple[Era, ...]) -> Reply:
    """The reply hangs on more state."""
    if reply.terms is not None:
        reply.terms.eras += eras
    return reply


def join(reply: Reply, *others: Reply) -> Reply:
    """A reply that was put together from itself and others: it may be replayed as long as all of them may."""
    for other in others:
        if reply.terms is not None:
            reply.terms = reply.terms.join(other.terms, monotonic()) if other.terms is not None else None
    return reply
