"""A small HTTP server on the loop, for health checks and metrics: GET, exact paths, short answers."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple, TypeAlias

from corefile_runtime.loop import Loop

_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}
_TIMEOUT = 5.0
_MAX_HEAD = 16384


class Answer(NamedTuple):
    """What an endpoint says."""

    status: int
    body: str
    content: str = "text/plain; charset=utf-8"


Respond: TypeAlias = Callable[[], Answer]


class HttpServer:
    """Serves some paths at one address. `paths` may be changed while it runs."""

    def __init__(self, loop: Loop, made: socket.socket, paths: dict[str, Respond]) -> None:
        self.socket = made
        self.paths = paths
        self.loop = loop
        self.connections: set[_Connection] = set()
        made.setblocking(False)
        made.listen(128)
        loop.read(made.fileno(), self._accept)
        self._sweeper = loop.after(1, self._sweep)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            made, _ = self.socket.accept()
            made.setblocking(False)
            self.connections.add(_Connection(self, made))

    def _sweep(self) -> None:
        now = monotonic()
        for connection in [c for c in self.connections if c.deadline <= now]:
            connection.close()
        self._sweeper = self.loop.after(1, self._sweep)

    def answer(self, line: str) -> Answer:
        """The answer to a request line."""
        method, _, rest = line.partition(" ")
        target = rest.rpartition(" ")[0].partition("?")[0]
        respond = self.paths.get(target)
        if respond is None:
            return Answer(404, "404 page not found\n")
        if method not in ("GET", "HEAD"):
            return Answer(405, "")
        return respond()

    def close(self) -> None:
        """Close the endpoint and its connections."""
        self._sweeper.cancel()
        self.loop.forget(self.socket.fileno())
        self.socket.close()
        for connection in list(self.connections):
            connection.close()


class _Connection:
    def __init__(self, server: HttpServer, made: socket.socket) -> None:
        self._server = server
        self._socket = made
        self._input = b""
        self._output = b""
        self._keep = True
        self.deadline = monotonic() + _TIMEOUT
        server.loop.read(made.fileno(), self._read)

    def _read(self) -> None:
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._input += data
        if not data or len(self._input) > _MAX_HEAD:
            self.close()
            return
        while b"\r\n\r\n" in self._input and self._keep:
            request, _, self._input = self._input.partition(b"\r\n\r\n")
            self._respond(request.decode("latin-1"))

    def _respond(self, request: str) -> None:
        line, *fields = request.split("\r\n")
        answer = self._server.answer(line)
        closes = any(field.lower().replace(" ", "") == "connection:close" for field in fields)
        self._keep = line.endswith("HTTP/1.1") and not closes
        body = answer.body.encode()
        head = (
            f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}\r\nContent-Type: {answer.content}\r\n"
            f"Content-Length: {len(body)}\r\n{'' if self._keep else 'Connection: close' + chr(13) + chr(10)}\r\n"
        )
        self._output += head.encode() + (b"" if line.startswith("HEAD ") else body)
        self.deadline = monotonic() + _TIMEOUT
        self._flush()

    def _flush(self) -> None:
        try:
            self._output = self._output[self._socket.send(self._output) :]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if self._output:
            self._server.loop.write(self._socket.fileno(), self._flush)
        elif self._keep:
            self._server.loop.write(self._socket.fileno(), None)
        else:
            self.close()

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._server.loop.forget(self._socket.fileno())
            self._socket.close()
        self._server.connections.discard(self)
