"""The open sockets of a process. They outlive configurations: a reload opens what is new and closes what is gone."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from corefile_runtime.chain.server import Server
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.transport import Listening, TransportKind, find_transport
from corefile_runtime.process.instance import Key
from corefile_runtime.sockets.addresses import Bind, bind_socket

Opened = dict[Key, tuple[socket.socket, ...]]


class Listeners:
    """The listeners by their transport, address and port. `bind` makes sockets."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.bind: Bind = bind_socket
        self._open: dict[Key, Listening] = {}

    def open(self, servers: Mapping[Key, Server]) -> Opened:
        """Bind what is not bound yet; all or nothing. Raises OSError."""
        opened: Opened = {}
        try:
            for transport, host, port in servers:
                if (transport, host, port) not in self._open:
                    opened[transport, host, port] = _kind(transport).bind(self.bind, host, port)
        except BaseException:
            self.give_up(opened)
            raise
        return opened

    @staticmethod
    def give_up(opened: Opened) -> None:
        """Close what was opened and is not wanted."""
        for sockets in opened.values():
            for one in sockets:
                one.close()

    def serve(self, servers: Mapping[Key, Server], opened: Opened) -> None:
        """From now on these servers answer, at no other addresses."""
        for key, sockets in opened.items():
            self._open[key] = _kind(key[0]).listen(self._loop, sockets, servers[key])
        for key, server in servers.items():
            if key not in opened:
                self._open[key].serve(server)
        for key in [key for key in self._open if key not in servers]:
            self._open.pop(key).stop_accepting()

    def close(self) -> None:
        """Close everything."""
        for listening in self._open.values():
            self._loop.guard(listening.close)
        self._open.clear()

    def addresses(self) -> list[tuple[str, int]]:
        """Where the server listens, with the ports that the system chose for port 0."""
        return [(host, listening.port) for (_, host, _), listening in self._open.items()]

    def find(self, transport: str) -> list[Listening]:
        """The listeners of a transport."""
        return [listening for key, listening in self._open.items() if key[0] == transport]

    @property
    def taken(self) -> int:
        """How many datagrams have come."""
        return sum(listening.taken for listening in self._open.values())


def _kind(transport: str) -> TransportKind:
    kind = find_transport(transport)
    if kind is None:
        raise OSError(f"transport {transport}:// is not served")
    return kind
