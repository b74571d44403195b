"""The HTTP endpoints of all plugins; those at one address have one server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from corefile_runtime.http.server import Guard, HttpServer, Respond
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.sockets.bind_errors import ListenError
from corefile_runtime.sockets.listen_address import listen_tcp

if TYPE_CHECKING:
    from corefile.ir.source import Span
    from corefile_runtime.events.event_loop import Loop, Timer
    from corefile_runtime.events.log_output import Output
    from corefile_runtime.metrics.registry import Registry

AGAIN = 10.0
"""Seconds after which an endpoint that could not listen, and need not, tries again."""


class Endpoint(NamedTuple):
    """An HTTP endpoint that a plugin wants: where, which path, and what answers.

    The guard of the first at an address is that of all there. `span` is where the Corefile asks for it. One that is not
    `required` keeps no configuration from being served; `failing` is then what the log says, in CoreDNS's words where
    it has some, before the reason.
    """

    address: str
    path: str
    respond: Respond
    guard: Guard | None = None
    plugin: str = ""
    span: Span | None = None
    required: bool = True
    failing: str = ""


class Endpoints:
    """The HTTP servers, by their address. They outlive configurations, as the sockets of DNS do."""

    def __init__(self, loop: Loop, output: Output, metrics: Registry) -> None:
        self._loop = loop
        self._output = output
        self._up = metrics.gauge(
            "corefile_endpoint_listening", "Whether the HTTP endpoint of a plugin listens.", "plugin", "address"
        )
        self.servers: dict[str, HttpServer] = {}
        self._serving: Sequence[Endpoint] = ()
        self._again: Timer | None = None
        self._told: dict[str, str] = {}  # why those that are tried again failed, by address, as the log has it

    def open(self, endpoints: Iterable[Endpoint]) -> None:
        """Listen at the addresses that are new; raises OSError where one that is required cannot be had."""
        for endpoint in endpoints:
            if endpoint.required and endpoint.address not in self.servers:
                try:
                    self._listen(endpoint.address)
                except ListenError as error:
                    where = f"{endpoint.span.path}:{endpoint.span.line}: " if endpoint.span is not None else ""
                    raise ListenError(f"{where}plugin/{endpoint.plugin}: {error}") from error

    def _listen(self, address: str) -> None:
        opened = listen_tcp(address)
        try:
            self.servers[address] = HttpServer(self._loop, opened, self._failed)
        except BaseException as error:  # two may bind a port, and the second that listens fails
            where = join_host_port(*opened.getsockname()[:2])
            opened.close()
            if not isinstance(error, OSError):
                raise
            raise ListenError(f"listen tcp {where}: listen: {(error.strerror or str(error)).lower()}") from error

    def _failed(self, error: Exception, doing: str) -> None:
        self._output.log("ERROR", f"http: {doing}: {type(error).__name__}: {' '.join(str(error).split())}")

    def serve(self, endpoints: Sequence[Endpoint]) -> None:
        """From now on answer as this configuration does, and at no other address."""
        self._serving = endpoints
        for server in self.servers.values():
            server.paths = {}
        self._up.clear()
        wanted = {endpoint.address for endpoint in endpoints}
        self._told = {address: why for address, why in self._told.items() if address in wanted}
        self._try()
        self.keep(endpoints)

    def _try(self) -> None:
        """Have all answer; those that cannot listen, and need not, are tried again."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        failed: dict[str, ListenError] = {}
        for endpoint in reversed(self._serving):
            server = self._find_server(endpoint, failed)
            self._up.cell(endpoint.plugin, endpoint.address).value = int(server is not None)
            if server is not None:
                server.paths[endpoint.path] = endpoint.respond
                server.guard = endpoint.guard
        if failed:
            self._again = self._loop.after(AGAIN, self._try)

    def _find_server(self, endpoint: Endpoint, failed: dict[str, ListenError]) -> HttpServer | None:
        """The server of an endpoint, opened if need be. The log has once why not, and that it listens after all."""
        address = endpoint.address
        if address not in self.servers and address not in failed:
            try:
                self._listen(address)
            except ListenError as error:
                failed[address] = error
                if self._told.get(address) != str(error):
                    self._tell(endpoint, error)
            else:
                if self._told.pop(address, None) is not None:
                    self._output.log("INFO", f"Endpoint listens on {address}", endpoint.plugin)
        return self.servers.get(address)

    def _tell(self, endpoint: Endpoint, error: ListenError) -> None:
        self._told[endpoint.address] = str(error)
        if endpoint.failing:
            self._output.log("ERROR", f"{endpoint.failing}: {error}")
        else:
            self._output.log("ERROR", f"Failed to start endpoint: {error}; will try again", endpoint.plugin)

    def keep(self, endpoints: Iterable[Endpoint]) -> None:
        """Close the servers of addresses that these endpoints do not have."""
        for address in set(self.servers) - {endpoint.address for endpoint in endpoints}:
            self.servers.pop(address).close()

    def close(self, address: str) -> None:
        """Close one server before its time, if it is there."""
        for endpoint in self._serving:
            if endpoint.address == address:
                self._up.cell(endpoint.plugin, address).value = 0
        self._serving = [endpoint for endpoint in self._serving if endpoint.address != address]
        if address in self.servers:
            self.servers.pop(address).close()

    def close_all(self) -> None:
        """The process ends."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        self._serving = ()
        self.keep(())

    def find(self, address: str) -> tuple[str, int]:
        """Where the server of an address listens, with the port that the system chose for port 0."""
        host, port, *_ = self.servers[address].socket.getsockname()
        return host, port
