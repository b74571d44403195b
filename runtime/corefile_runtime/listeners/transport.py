"""Transports of DNS by their name in a Corefile: one module of this folder for each, found by that name."""

from __future__ import annotations

import socket
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple, Protocol

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.addresses import Bind

if TYPE_CHECKING:
    from corefile_runtime.listeners.answerer import Answerer


class Listening(Protocol):
    """The open sockets of one address and transport. They outlive configurations."""

    def serve(self, server: Answerer) -> None:
        """From now on another server answers."""
        ...

    def stop_accepting(self) -> None:
        """Take nothing new; what is open goes on."""
        ...

    def close(self) -> None:
        """Close everything, answered or not."""
        ...

    @property
    def port(self) -> int:
        """The port, also where the system chose it."""
        ...

    @property
    def taken(self) -> int:
        """How many datagrams have come."""
        ...


class TransportKind(NamedTuple):
    """How one transport is served. `bind` opens its sockets, all or none; `listen` has a server answer on them."""

    bind: Callable[[Bind, str, int], tuple[socket.socket, ...]]
    listen: Callable[[Loop, tuple[socket.socket, ...], Answerer], Listening]


def find_transport(name: str) -> TransportKind | None:
    """The transport of a name, None for one that is not served yet."""
    path = f"corefile_runtime.listeners.{name}"
    if not name.isidentifier() or find_spec(path) is None:
        return None
    # Other modules of this folder are no transports.
    found: TransportKind | None = getattr(import_module(path), "TRANSPORT", None)
    return found
