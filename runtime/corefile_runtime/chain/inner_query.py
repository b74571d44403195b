"""Questions that a plugin asks the server itself, to follow a name to wherever it is served (CoreDNS: pkg/upstream)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Reply
from corefile_runtime.wire.question import Query, Transport
from corefile_runtime.wire.rcodes import NOERROR

if TYPE_CHECKING:
    from corefile_runtime.process.instance import Instance

MAX_DEPTH = 8


class Silent:
    """The transport of a query for whose reply no client waits: that of the query which caused it, but for sending."""

    def __init__(self, via: Transport, over: str) -> None:
        self._via = via
        self.over = over

    def send(self, wire: bytes, peer: bytes) -> None:
        """Nobody waits for bytes."""
        del wire, peer

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of the client that caused it."""
        return self._via.client(peer)

    def local(self) -> str:
        """The address that the client asked."""
        return self._via.local()


class Inward(Silent):
    """The transport of a question asked inside.

    `depth` counts questions that were asked to answer such a question; past `MAX_DEPTH` names lead in a circle.
    """

    def __init__(self, via: Transport) -> None:
        super().__init__(via, via.over)
        self.depth: int = via.depth + 1 if isinstance(via, Inward) else 1


def asker(instance: Instance, label: str) -> Callable[[Query, bytes, int], Outcome]:
    """A function that asks the listener of this label for a name and type, class IN, on behalf of a query.

    The reply has no wire when there is none, or when names lead in a circle.
    """

    def ask(query: Query, name: bytes, qtype: int) -> Outcome:
        via = Inward(query.via)
        if via.depth > MAX_DEPTH:
            return Reply(NOERROR)
        asked = query.with_question(name, qtype, 1)
        asked.via = via
        server = next(server for server in instance.servers.values() if server.label == label)
        return server.look_up(asked)

    return ask
