"""A small HTTP server on the loop, for health checks and metrics: GET, exact paths, short answers."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from functools import partial
from math import inf
from time import monotonic
from typing import NamedTuple, TypeAlias

from corefile_runtime.loop import Loop

_REASONS = {
    200: "OK",
    302: "Found",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}
_TIMEOUT = 5.0
_MAX_HEAD = 16384


class Answer(NamedTuple):
    """What an endpoint says. `fields` are further lines of its head, each with its line end."""

    status: int
    body: str | bytes
    content: str = "text/plain; charset=utf-8"
    fields: str = ""


Respond: TypeAlias = Callable[[], Answer]


class Inquiry:
    """An endpoint that looks at what stands behind the `?`, and may take its time.

    `begin` is called with that and with a function that takes the answer. Without a request it has nothing to say.
    """

    def __call__(self) -> Answer:
        """What it says to nobody in particular."""
        return Answer(200, "")

    def begin(self, query: str, done: Callable[[Answer], object]) -> None:
        """Answer at once or later."""
        raise NotImplementedError


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

    def answer(self, line: str, done: Callable[[Answer], object]) -> None:
        """Have a request line answered."""
        method, _, rest = line.partition(" ")
        target, _, query = rest.rpartition(" ")[0].partition("?")
        respond = self.paths.get(target)
        if respond is None:
            done(Answer(404, "404 page not found\n"))
        elif method not in ("GET", "HEAD"):
            done(Answer(405, ""))
        elif isinstance(respond, Inquiry):
            respond.begin(query, done)
        else:
            done(respond())

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
        self._waiting = False
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
        self._take()

    def _take(self) -> None:
        """Answer the requests that are there, one after the other."""
        while b"\r\n\r\n" in self._input and self._keep and not self._waiting:
            request, _, self._input = self._input.partition(b"\r\n\r\n")
            line, *fields = request.decode("latin-1").split("\r\n")
            closes = any(field.lower().replace(" ", "") == "connection:close" for field in fields)
            self._keep = line.endswith("HTTP/1.1") and not closes
            self._waiting, self.deadline = True, inf
            self._server.answer(line, partial(self._respond, line))

    def _respond(self, line: str, answer: Answer) -> None:
        self._waiting = False
        if self._socket.fileno() < 0:
            return
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        last = "" if self._keep else "Connection: close\r\n"
        head = (
            f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}\r\nContent-Type: {answer.content}\r\n"
            f"Content-Length: {len(body)}\r\n{answer.fields}{last}\r\n"
        )
        self._output += head.encode() + (b"" if line.startswith("HEAD ") else body)
        self.deadline = monotonic() + _TIMEOUT
        self._flush()
        self._take()

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
