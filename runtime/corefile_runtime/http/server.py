"""A small HTTP server on the loop, for health checks and metrics: exact paths, short answers, any method.

What it says to whom is what Go's server says, as far as a probe or a scraper sees it.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple, Protocol, TypeAlias

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.http.connection import Connection, Session
from corefile_runtime.http.request import Request, clean_path, escape_path

MAX_CONNECTIONS = 512
MAX_HELD = 32 << 20
"""Octets of requests that are kept while they are not whole, of all connections together."""


class Answer(NamedTuple):
    """What an endpoint says. `fields` are further lines of its head, each with its line end."""

    status: int
    body: str | bytes
    content: str = "text/plain; charset=utf-8"
    fields: str = ""


Respond: TypeAlias = Callable[[], Answer]
Done: TypeAlias = Callable[[Answer], object]
NOT_FOUND = Answer(404, "404 page not found\n", fields="X-Content-Type-Options: nosniff\r\n")


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

    def session(self) -> Session | None:
        """How a new connection is encrypted, None for not at all; raises OSError when that cannot be told."""
        ...

    def admit(self, request: Request, serve: Callable[[Done], object], done: Done) -> None:
        """Have a request served, or answer it otherwise."""
        ...


class HttpServer:
    """Serves some paths at one address. `paths` and `guard` may be changed while it runs."""

    def __init__(self, loop: Loop, made: socket.socket, paths: dict[str, Respond]) -> None:
        self.socket = made
        self.paths = paths
        self.guard: Guard | None = None
        self.loop = loop
        self.connections: set[Connection] = set()
        self.held = 0
        made.setblocking(False)
        made.listen(128)
        loop.read(made.fileno(), self._accept)
        self._sweeper = loop.after(1, self._sweep)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            made, _ = self.socket.accept()
            if len(self.connections) >= MAX_CONNECTIONS:
                made.close()
                return
            made.setblocking(False)
            try:
                session = self.guard.session() if self.guard is not None else None
            except OSError:
                made.close()
                return
            self.connections.add(Connection(self, made, session))

    def _sweep(self) -> None:
        now = monotonic()
        for connection in [c for c in self.connections if c.deadline <= now]:
            connection.close()
        self._sweeper = self.loop.after(1, self._sweep)

    def hold(self, octets: int) -> bool:
        """Count octets that are kept, or no more; whether there is room for them."""
        self.held += octets
        return self.held <= MAX_HELD

    def answer(self, request: Request, done: Done) -> None:
        """Have a request answered."""
        if self.guard is None:
            self._serve(request, done)
        else:
            self.guard.admit(request, lambda answered: self._serve(request, answered), done)

    def _serve(self, request: Request, done: Done) -> None:
        path = request.path
        if path == "*":
            done(Answer(200, "") if request.method == "OPTIONS" else Answer(400, "", fields="Connection: close\r\n"))
            return
        respond = self.paths.get(path)
        if respond is None:
            done(_elsewhere(request))
        elif isinstance(respond, Inquiry):
            respond.begin(request.query, done)
        else:
            done(respond())

    def close(self) -> None:
        """Close the endpoint and its connections."""
        self._sweeper.cancel()
        self.loop.forget(self.socket.fileno())
        self.socket.close()
        for connection in list(self.connections):
            connection.close()


def _elsewhere(request: Request) -> Answer:
    """For a path that nobody has: the way to the one that is meant, or none."""
    clean = clean_path(request.path)
    if clean == request.path or request.method == "CONNECT":
        return NOT_FOUND
    place = escape_path(clean) + ("?" + request.query if request.query else "")
    text = f'<a href="{place.replace("&", "&amp;")}">Temporary Redirect</a>.\n\n' if request.method == "GET" else ""
    return Answer(307, text, "text/html; charset=utf-8", f"Location: {place}\r\n")
