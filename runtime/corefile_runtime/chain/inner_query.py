"""Questions that a plugin asks the server itself, to follow a name to wherever it is served (CoreDNS: pkg/upstream)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeAlias

from corefile_runtime.chain.reply import Outcome, Pending, Reply, join
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import Query, Transport
from corefile_runtime.wire.rcodes import CNAME, NOERROR, SERVFAIL
from corefile_runtime.wire.records import Record, question_end, read_sections

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH = 8


class Dropped(Reply):
    """An inner query has no reply: a plugin dropped it."""

    __slots__ = ()


class Circular(Reply):
    """An inner query has no reply: names lead in a circle. CoreDNS answers SERVFAIL, with the CNAMEs so far."""

    __slots__ = ()


Ask: TypeAlias = Callable[[Query, bytes, int], Outcome]
"""(on behalf of which query, name, type) → what the server says: a reply with a message, `Dropped` or `Circular`."""


class Silent:
    """The transport of a query for whose reply no client waits: that of the query which caused it, but for sending."""

    def __init__(self, via: Transport, over: str) -> None:
        self._via = via
        self.over = over

    def send(self, wire: bytes, peer: bytes) -> None:
        """Nobody waits for bytes."""
        del wire, peer

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        """Nor for several messages."""
        del messages, peer

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of the client that caused it."""
        return self._via.client(peer)

    def local(self) -> str:
        """The address that the client asked."""
        return self._via.local()


class Inner(Silent):
    """The transport of a question asked inside.

    `depth` counts questions that were asked to answer such a question; past `MAX_DEPTH` names lead in a circle.
    """

    def __init__(self, via: Transport) -> None:
        super().__init__(via, via.over)
        self.depth: int = via.depth + 1 if isinstance(via, Inner) else 1


class Lookup(Protocol):
    """The listener that is asked."""

    def look_up(self, query: Query) -> Outcome:
        """Ask the chains from inside."""
        ...


def asker(server: Lookup) -> Ask:
    """A function that asks a listener for a name and type, class IN, on behalf of a query."""

    def ask(query: Query, name: bytes, qtype: int) -> Outcome:
        via = Inner(query.via)
        if via.depth > MAX_DEPTH:
            return Circular(SERVFAIL)
        asked = query.with_question(name, qtype, 1)
        asked.via = via
        outcome = server.look_up(asked)
        return outcome.then(_written) if isinstance(outcome, Pending) else _written(outcome)

    return ask


def _written(reply: Reply) -> Reply:
    if reply.wire is None and not isinstance(reply, Circular) and reply.rcode == NOERROR:
        return Dropped(NOERROR)
    return reply


class Followed:
    """What came of following CNAMEs: the records behind them, whether TC was set, and the replies they are from."""

    __slots__ = ("circular", "records", "replies", "truncated")

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.replies: list[Reply] = []
        self.truncated = False
        self.circular = False

    def join(self, reply: Reply) -> Reply:
        """A reply with the records behind it: replayed as long as all parts may be."""
        return join(reply, *self.replies)


def follow(ask: Ask, query: Query, answer: Sequence[Record], done: Callable[[Followed], Outcome]) -> Outcome:
    """Ask for the target of the last CNAME of an answer, on behalf of a query, and tell what is behind it.

    The server follows further CNAMEs itself, as each plugin that finds one does.
    """
    followed = Followed()
    last = next((record for record in reversed(answer) if record.rtype == CNAME), None)
    if last is None:
        return done(followed)

    def take(reply: Reply) -> Outcome:
        followed.replies.append(reply)
        followed.circular = isinstance(reply, Circular)
        wire = reply.wire
        if wire is not None:
            try:
                followed.records += read_sections(wire, question_end(wire)).answer
                followed.truncated = bool(wire[2] & 2)
            except (Malformed, IndexError):
                pass
        return done(followed)

    outcome = ask(query, last.rdata, query.qtype)
    return outcome.then(take) if isinstance(outcome, Pending) else take(outcome)
