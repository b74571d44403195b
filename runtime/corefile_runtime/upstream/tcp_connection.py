"""One connection to an upstream, and the question that is under way on it."""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.sockets.stream import Stream
from corefile_runtime.upstream.asker import IDS, Asker, end_crashed, tell_failure
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.network_errors import describe, explain

DIAL_TIMEOUT = 5.0
"""Seconds until a connection stands, with the handshake of TLS."""
HEADER = 12
LARGEST = 65535


class Keeps(Protocol):
    """The pool of a connection: `idle` ones wait for a question, `open` are all."""

    loop: Loop
    limits: Limits
    target: tuple[str, int]
    idle: deque[Connection]
    open: set[Connection]

    def dial(self, asker: Asker, /) -> str:
        """Ask on a new connection; what went wrong."""
        ...

    def release(self, free: Connection, /) -> None:
        """It has done its work."""
        ...

    def connect(self, opened: socket.socket, one: Connection, /) -> None:
        """A connection stands: give it its stream, and have it told when that may be used. Raises OSError."""
        ...

    def explain(self, error: OSError, stream: Stream | None, /) -> str:
        """What a connection broke off with, where that is not the system's business; empty otherwise."""
        ...


class Connection:
    """One connection. Its first question is sent when it stands. Making one raises OSError."""

    def __init__(self, pool: Keeps, asker: Asker) -> None:
        self._pool = pool
        self._loop = pool.loop
        self._asker: Asker | None = asker
        self._number = b""
        self._input = b""
        self.first = True  # whether the question under way is the first one here
        self._asking = False
        self.stream: Stream | None = None
        self.created = self.used = pool.loop.now
        self._socket = socket.socket(socket.AF_INET6 if ":" in pool.target[0] else socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            # A question is written as a whole; Go sets this on every connection.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if pool.limits.source:
                self._socket.bind((pool.limits.source, 0))
            number = self._socket.connect_ex(pool.target)
            if number not in (0, errno.EINPROGRESS):
                raise OSError(number, "connect")
            self._loop.write(self._socket.fileno(), partial(self._run, self._connected))
        except BaseException:
            self._socket.close()
            raise
        pool.open.add(self)
        self._timer: Timer | None = self._loop.after(DIAL_TIMEOUT, self._run, self._dial_timed_out)

    def _run(self, step: Callable[[], object]) -> None:
        """A step of the connection. Should an exception come up in it, the question ends, and with it the connection.

        A connection from which one question has gone wrong in the middle is of no use to the next.
        """
        if self not in self._pool.open:
            return
        try:
            step()
        except Exception as error:
            self._crash(error)
            raise

    def _crash(self, error: Exception) -> None:
        asker = self._take()
        self.close()
        if asker is not None:
            asker.crashed(error)

    def _take(self) -> Asker | None:
        asker, self._asker = self._asker, None
        return asker

    # -- asking

    def _connected(self) -> None:
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._fail(f"dial tcp {join_host_port(*self._pool.target)}: connect: {explain(number)}")
            return
        self._loop.forget(self._socket.fileno())
        try:
            self._pool.connect(self._socket, self)
        except OSError as error:
            self._fail(str(error))

    def on_open(self) -> None:
        """It may be used."""
        asker = self._take()
        if asker is not None:
            self.ask(asker, first=True)

    def ask(self, asker: Asker, *, first: bool = False) -> None:
        """Send a question on an open connection; whatever comes of that, the asker is told later."""
        self._cancel()
        self._asker, self.first = asker, first
        self._number = number = next(IDS)
        self._timer = self._loop.after(self._pool.limits.read_timeout, self._run, self._timed_out)
        wire = asker.wire
        if len(wire) > LARGEST:  # a plugin added to a query that was full
            self._loop.later(partial(self._run, partial(self._fail, "dns: message too large")))
            return
        if self.stream is not None:
            self._asking = True
            try:
                self.stream.write(len(wire).to_bytes(2, "big") + number + wire[2:])
            finally:
                self._asking = False

    # -- what comes back

    def on_data(self, data: bytes) -> None:
        """Replies, or parts of them."""
        if self._input:
            data = self._input + data
        while len(data) >= 2:
            end = 2 + (data[0] << 8 | data[1])
            if len(data) < end:
                break
            wire, data = data[2:end], data[end:]
            asker = self._asker
            if asker is None:
                continue
            if len(wire) < HEADER:  # to CoreDNS no message but an error of the connection
                self._fail("dns: short read")
                return
            # Another ID is the reply to a question that was given up (CoreDNS: "drop out-of-order responses").
            if wire[:2] == self._number:
                self._input = data
                self._deliver(asker, wire)
                data = self._input
        self._input = data

    def _deliver(self, asker: Asker, wire: bytes) -> None:
        self._cancel()
        self._asker = None
        self.used = self._loop.now
        # First: what comes of the reply may ask again, and finds this connection idle.
        self._pool.release(self)
        try:
            asker.arrived(wire, "tcp")
        except Exception as error:
            self._loop.guard(end_crashed, asker, error)

    def on_sent(self) -> None:
        """A large question has left."""

    def on_end(self) -> None:
        """The upstream says no more."""
        self._over("EOF")

    def on_close(self, error: Exception | None) -> None:
        """The connection has been broken off, or closed here, which concerns nobody any more."""
        if error is None or self not in self._pool.open:
            return
        if not isinstance(error, OSError):
            self._crash(error)
            return
        what = self._pool.explain(error, self.stream) or self._describe("read", explain(error.errno or 0))
        # Not within `ask`: whoever asks is never told before that returns.
        if self._asking:
            self._loop.later(partial(self._run, partial(self._over, what)))
        else:
            self._over(what)

    def _over(self, what: str) -> None:
        """The upstream closed the connection. A question on a kept connection is asked again on a new one.

        CoreDNS does that without counting a failure too (ErrCachedClosed).
        """
        if self in self._pool.idle:
            self._pool.idle.remove(self)
        if self._asker is None or self.first:
            self._fail(what)
            return
        asker = self._asker
        self._asker = None
        self.close()
        if error := self._pool.dial(asker):
            tell_failure(asker, error)

    # -- ends

    def _timed_out(self) -> None:
        self._fail(self._describe("read", "i/o timeout"))

    def _dial_timed_out(self) -> None:
        what = f"dial tcp {join_host_port(*self._pool.target)}: i/o timeout"
        self._fail("context deadline exceeded" if self.stream is not None else what)  # Go's word for a late handshake

    def _describe(self, verb: str, what: str) -> str:
        return describe(self._socket, "tcp", self._pool.target, verb, what)

    def _fail(self, error: str) -> None:
        asker = self._take()
        self.close()
        if asker is not None:
            tell_failure(asker, error)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Close the connection without a word to who waits on it."""
        self._cancel()
        self._pool.open.discard(self)
        if self.stream is not None:
            self.stream.close()
        elif self._socket.fileno() >= 0:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
