"""The open sockets of a process. They outlive configurations: a reload opens what is new and closes what is gone."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping

from corefile_runtime.chain.server import Server
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.tcp import BACKLOG
from corefile_runtime.listeners.transport import Listening, TransportKind, find_transport
from corefile_runtime.process.instance import Key
from corefile_runtime.sockets.addresses import Bind, bind_socket
from corefile_runtime.sockets.bind_errors import explain_bind

Opened = dict[Key, tuple[socket.socket, ...]]


LINGER = 30.0
"""Seconds after which a listener that was given up is forgotten."""


class Listeners:
    """The listeners by their transport, address and port. `bind` makes sockets."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.bind: Bind = self._bind
        self._open: dict[Key, Listening] = {}
        self._sockets: list[socket.socket] = []
        self._leaving: dict[Key, Listening] = {}  # they only wait for late replies

    def open(self, servers: Mapping[Key, Server], refuse: Callable[[Key, str], Exception]) -> Opened:
        """Bind what is not bound yet; all or nothing. For what the system refuses the error of `refuse` is raised."""
        opened: Opened = {}
        for key in servers:
            if key not in self._open:
                for other in [other for other in self._leaving if other[2] == key[2]]:
                    self._loop.guard(self._leaving.pop(other).close)  # it would get a part of what comes
                try:
                    opened[key] = _kind(key[0]).bind(self._explained, *key[1:])
                except OSError as error:
                    self.give_up(opened)
                    raise refuse(key, str(error)) from error
                self._sockets += opened[key]
        return opened

    def _explained(self, kind: socket.SocketKind, host: str, port: int) -> socket.socket:
        try:
            return self.bind(kind, host, port)
        except OSError as error:
            raise explain_bind(error, kind, host, port) from error

    def _bind(self, kind: socket.SocketKind, host: str, port: int) -> socket.socket:
        """A socket that nobody else shares, but for others of this process: all addresses, and one of them.

        CoreDNS shares its ports with every process of its user; two servers would then each get a part of the queries.
        """
        try:
            return _begin(bind_socket(kind, host, port))
        except OSError as error:
            ours = [one for one in self._sockets if one.fileno() >= 0 and one.type == kind and _port(one) == port]
            if error.errno != errno.EADDRINUSE or not ours:
                raise
        for one in ours:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return _begin(bind_socket(kind, host, port, shared=True))

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
            gone = self._leaving[key] = self._open.pop(key)
            gone.stop_accepting()
            self._loop.after(LINGER, self._forget, key, gone)
        self._sockets = [one for one in self._sockets if one.fileno() >= 0]

    def _forget(self, key: Key, gone: Listening) -> None:
        if self._leaving.get(key) is gone:
            del self._leaving[key]

    def stop_accepting(self) -> None:
        """Take nothing new: what is under way is answered."""
        for listening in self._open.values():
            self._loop.guard(listening.stop_accepting)

    def close(self) -> None:
        """Close everything."""
        for listening in (*self._open.values(), *self._leaving.values()):
            self._loop.guard(listening.close)
        self._open.clear()
        self._leaving.clear()

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


def _begin(bound: socket.socket) -> socket.socket:
    """Of two TCP sockets that are bound to a port the first that listens has it: better find out now."""
    if bound.type == socket.SOCK_STREAM:
        try:
            bound.listen(BACKLOG)
        except OSError:
            bound.close()
            raise
    return bound


def _port(opened: socket.socket) -> int:
    port: int = opened.getsockname()[1]
    return port


def _kind(transport: str) -> TransportKind:
    kind = find_transport(transport)
    if kind is None:
        raise OSError(f"transport {transport}:// is not served")
    return kind
