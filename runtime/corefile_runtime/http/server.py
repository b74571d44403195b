"""A small HTTP server on the loop, for health checks and metrics: exact paths, short answers, any method.

What it says to whom is what Go's server says, as far as a probe or a scraper sees it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.http.connection import Connection
from corefile_runtime.http.go_request import clean_path, escape_path
from corefile_runtime.http.messages import Answer, Request, error_answer
from corefile_runtime.http.protocol import load_protocols
from corefile_runtime.sockets.acceptor import RESERVE, Acceptor
from corefile_runtime.sockets.deadlines import Deadlines
from corefile_runtime.sockets.stream import Stream

MAX_CONNECTIONS = 512
MAX_HELD = 32 << 20
"""Octets of requests that are kept while they are not whole, of all connections together."""

Respond: TypeAlias = Callable[[], Answer]
Done: TypeAlias = Callable[[Answer], object]
NOT_FOUND = error_answer(404, "404 page not found")


class Inquiry:
    """An endpoint that looks at what stands behind the `?`, and may take its time.

    `begin` is called with that and with a function that takes the answer. Without a request it has nothing to say.
    """

    def __call__(self) -> Answer:
        """What it says to nobody in particular."""
        return Answer(200, "")

    def begin(self, query: str, done: Done) -> None:
        """Answer at once or later."""
        raise NotImplementedError


class Guard(Protocol):
    """What stands between clients and the endpoints at an address."""

    def open(self, loop: Loop, opened: socket.socket, connection: Connection, /) -> Stream:
        """The stream of a new connection, encrypted or not; raises OSError when that cannot be told."""
        ...

    def admit(self, request: Request, serve: Callable[[Done], object], done: Done, /) -> None:
        """Have a request served, or answer it otherwise."""
        ...


class HttpServer:
    """Serves some paths at one address. `paths` and `guard` may be changed while it runs.

    `log` is told of exceptions, and what was being done. Raises OSError when the socket cannot listen.
    """

    def __init__(self, loop: Loop, opened: socket.socket, log: Callable[[Exception, str], object]) -> None:
        self.socket = opened
        self.paths: dict[str, Respond] = {}
        self.guard: Guard | None = None
        self.protocols = load_protocols()
        self.failed = log
        self.held = 0
        self.loop = loop
        opened.listen(128)
        self.connections: Deadlines[Stream] = Deadlines(loop)
        try:
            self._acceptor = Acceptor(
                loop, opened, self.connections, MAX_CONNECTIONS, self._accept, reserve=RESERVE // 2
            )
        except BaseException:
            self.connections.close()  # which has a timer
            raise

    def _accept(self, opened: socket.socket, _address: tuple[str, int]) -> None:
        connection = Connection(self)
        try:
            stream = self._open(opened, connection)
        except OSError:
            opened.close()
            return
        connection.attach(stream)
        self.connections.add(stream)

    def _open(self, opened: socket.socket, connection: Connection) -> Stream:
        if self.guard is None:
            return Stream(self.loop, opened, connection)
        return self.guard.open(self.loop, opened, connection)

    def hold(self, octets: int, /) -> bool:
        """Count octets that are kept, or no more; whether there is room for them."""
        self.held += octets
        return self.held <= MAX_HELD

    def closed(self, connection: Connection, /) -> None:
        """One connection less."""
        self.connections.discard(connection.stream)

    def asked(self, connection: Connection, /) -> None:
        """A connection has brought a request."""
        self.connections.brought(connection.stream)

    def answer(self, request: Request, done: Done, /) -> None:
        """Have a request answered. Whatever goes wrong, the client is told so, and the log why."""
        guard = self.guard
        if guard is None:
            self._serve(request, done)
        else:
            self._guarded(request, done, lambda: guard.admit(request, partial(self._serve, request), done))

    def _guarded(self, request: Request, done: Done, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            self.failed(error, f"answering {escape_path(request.path)}")
            done(error_answer(500))

    def _serve(self, request: Request, done: Done) -> None:
        path = request.path
        if path == "*":
            done(Answer(200, "") if request.method == "OPTIONS" else Answer(400, "", last=True))
            return
        # A tunnel ends nowhere: to CONNECT there is no answer of 2xx with a body (RFC 9110, 9.3.6). Go has one.
        respond = self.paths.get(path) if request.method != "CONNECT" else None
        if respond is None:
            done(_elsewhere(request))
        elif isinstance(respond, Inquiry):
            self._guarded(request, done, partial(respond.begin, request.query, done))
        else:
            self._guarded(request, done, lambda: done(respond()))

    def close(self) -> None:
        """Close the endpoint and its connections."""
        self._acceptor.close()
        self.connections.close()


def _elsewhere(request: Request) -> Answer:
    """For a path that nobody has: the way to the one that is meant, or none."""
    clean = clean_path(request.path)
    if clean == request.path or request.method == "CONNECT":
        return NOT_FOUND
    place = escape_path(clean) + ("?" + request.query if request.query else "")
    text = f'<a href="{place.replace("&", "&amp;")}">Temporary Redirect</a>.\n\n' if request.method == "GET" else ""
    return Answer(307, text, "text/html; charset=utf-8", (("Location", place),))
