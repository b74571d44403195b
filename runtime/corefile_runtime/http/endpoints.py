"""What the process serves over HTTP: the endpoints of all plugins, those at one address by one server."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, NamedTuple

from corefile_runtime.http.server import Guard, HttpServer, Respond
from corefile_runtime.sockets.addresses import bind_socket, split_host_port

if TYPE_CHECKING:
    from corefile_runtime.events.event_loop import Loop
    from corefile_runtime.process.instance import Instance


class Endpoint(NamedTuple):
    """An HTTP endpoint that a plugin wants: where, which path, and what answers.

    The guard of the first at an address is that of all there.
    """

    address: str
    path: str
    respond: Respond
    guard: Guard | None = None


class Endpoints:
    """The HTTP servers, by their address. They outlive configurations, as the sockets of DNS do."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.servers: dict[str, HttpServer] = {}

    def open(self, instance: Instance) -> None:
        """Listen at the addresses that are new; raises OSError."""
        for address in _addresses(instance) - set(self.servers):
            self.servers[address] = HttpServer(self._loop, _bind(address), {})

    def serve(self, instance: Instance) -> None:
        """From now on answer as this configuration does, and at no other address."""
        for server in self.servers.values():
            server.paths = {}
        for endpoint in reversed(instance.endpoints):
            server = self.servers[endpoint.address]
            server.paths[endpoint.path] = endpoint.respond
            server.guard = endpoint.guard
        self.keep(instance)

    def keep(self, instance: Instance | None) -> None:
        """Close what this configuration does not have; without one everything."""
        for address in set(self.servers) - (_addresses(instance) if instance is not None else set()):
            self.close(address)

    def close(self, address: str) -> None:
        """Close one server before its time, if it is there."""
        if address in self.servers:
            self.servers.pop(address).close()

    def find(self, address: str) -> tuple[str, int]:
        """Where the server of an address listens, with the port that the system chose for port 0."""
        host, port, *_ = self.servers[address].socket.getsockname()
        return host, port


def _addresses(instance: Instance) -> set[str]:
    return {endpoint.address for endpoint in instance.endpoints}


def _bind(address: str) -> socket.socket:
    host, port = split_host_port(address)
    return bind_socket(socket.SOCK_STREAM, "127.0.0.1" if host == "localhost" else host, port)
