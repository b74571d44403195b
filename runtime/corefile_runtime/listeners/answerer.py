"""The interface of what answers a listener's queries."""

from __future__ import annotations

from typing import Protocol

from corefile_runtime.replay.client_classes import ClientClasses
from corefile_runtime.replay.store import Store
from corefile_runtime.sockets.encryption import Encryption
from corefile_runtime.sockets.interception import Interceptor
from corefile_runtime.sockets.proxy_trust import Trust
from corefile_runtime.wire.question import Transport


class Answerer(Protocol):
    """Answers queries; one for each address, another one after a reload.

    `stores` keep answers by transport, `waiting` counts the queries under way. With `client_classes`, the marks of
    clients stand before the keys of entries. `timeouts` are the settings of connections that are not the usual ones.
    `trust` says whose PROXY headers count, `shed` drops datagrams when there are too many, `tls` encrypts connections.
    """

    stores: dict[str, Store]
    waiting: int
    client_classes: ClientClasses | None
    timeouts: dict[str, float]
    trust: Trust | None
    shed: Interceptor | None
    tls: Encryption | None

    def ask(self, wire: bytes, via: Transport, peer: bytes, start: float) -> bytes | None:
        """The reply, or None when there is none or it comes later."""
        ...
