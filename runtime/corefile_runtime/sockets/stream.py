"""A connection: bytes come in, bytes go out as fast as the other side takes them, and it is closed once.

DNS over TCP, DNS over TLS and HTTP stand on it, for clients and for upstreams. `tls_stream.py` has the encrypted one.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from math import inf
from time import monotonic
from typing import Protocol, TypeAlias

from corefile_runtime.events.event_loop import Loop

CHUNK = 1 << 16
"""Octets that are read at once, and of a long reply made at once."""
FULL = 1 << 16
"""Octets that wait to be sent from which on nothing is read: who does not read replies is given no more to read."""
ROOM = 1 << 20
"""Octets that wait to be sent at which the connection is given up: replies may come late, in spite of `FULL`."""
SLICE = 0.002
"""Seconds for which a long reply is made while all others wait."""
# Well below the system's limit for one call (IOV_MAX, 1024 on Linux).
_VECTORS = 64

Hold: TypeAlias = Callable[[int], object]


def hold_nothing(_octets: int) -> None:
    """Nobody counts."""


class User(Protocol):
    """The user of a connection, which is told what happens on it."""

    def on_data(self, data: bytes, /) -> object:
        """Something has come."""
        ...

    def on_end(self) -> object:
        """The other side has said all that it will say; it may still read."""
        ...

    def on_sent(self) -> object:
        """Nothing waits to be sent any more."""
        ...

    def on_close(self, error: Exception | None, /) -> object:
        """The connection is closed, by either side; `error` where nobody here asked for that. Called once, and last.

        What is no OSError is an exception that came up in the user, and has been reported.
        """
        ...


class Stream:
    """A connected, non-blocking socket.

    `deadline` is the monotonic time at which `Deadlines` close it; it is put off by `patience`, in seconds, when the
    other side takes a part of what waits. `hold` is told how many octets more, or less, wait.
    """

    def __init__(
        self, loop: Loop, opened: socket.socket, user: User, *, patience: float = 0.0, hold: Hold = hold_nothing
    ) -> None:
        self.socket = opened
        self.deadline = inf
        self.patience = patience
        self.closed = False
        self.waiting = 0  # octets that are to be sent
        self._loop = loop
        self._hold = hold
        self._user = user
        self._descriptor = opened.fileno()
        self._receive, self._send = opened.recv, opened.send
        self._take: Callable[[bytes], object] = user.on_data
        self._output: deque[bytes | memoryview] = deque()
        self._sources: deque[Iterator[bytes]] = deque()
        self._paused = self._ended = self._closing = False
        self._watched = True, False
        loop.read(self._descriptor, self._read, urgent=True)

    def expect_head(self, head: Callable[[bytes], bytes | None]) -> None:
        """Something stands before what is for the user: `head` is called with all that has come, from the beginning.

        It gives what stands behind, None as long as that has not come, and raises ValueError to close the connection.
        """
        behind, seen = self._take, b""

        def take(data: bytes) -> None:
            nonlocal seen
            seen += data
            try:
                rest = head(seen)
            except ValueError as error:
                self.close(OSError(str(error)))
                return
            if rest is not None:
                self._take = behind
                if rest:
                    behind(rest)

        self._take = take

    def _read(self) -> None:
        try:
            data = self._receive(CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self.close(error)
            return
        try:
            if data:
                self._take(data)
            else:
                self._end()
        except Exception as error:
            # Where it stands among its messages nobody knows any more.
            self.close(error)
            raise

    def _end(self) -> None:
        # Not watched any more: from now on it can be read at any time, without anything in it.
        self._ended = True
        self._watch()
        self._user.on_end()

    # -- what goes out

    @property
    def sent(self) -> bool:
        """Whether nothing is to be sent any more, nor to be made."""
        return not self._output and not self._sources

    def write(self, data: bytes) -> bool:
        """Send; whether all of it has left. What has not leaves when there is room, and `on_sent` tells."""
        # Mostly nothing waits and there is room: then neither the queue nor the loop is touched.
        if self._output or self.closed:
            self._queue(data)
            return False
        self._loop.announce()
        try:
            gone = self._send(data)
        except BlockingIOError:
            gone = 0
        except OSError as error:
            self.close(error)
            return False
        if gone == len(data):
            return True
        self._queue(memoryview(data)[gone:])
        return False

    def _queue(self, data: bytes | memoryview) -> None:
        if self.closed:
            return
        self._output.append(data)
        self.waiting += len(data)
        self._hold(len(data))
        if self.waiting > ROOM:
            self.close(OSError("the other side does not read what it is sent"))
        else:
            self._watch()

    def write_all(self, pieces: Iterator[bytes]) -> None:
        """Send many pieces. Each is asked for when there is room for it: a long reply is never there as a whole.

        What is written meanwhile may stand between two pieces. An exception of the iterator closes the connection.
        """
        if not self.closed:
            self._sources.append(pieces)
            self._loop.guard(self._go_on)

    def _go_on(self) -> None:
        """There is room: send what waits; when it has left make more, for the time of a slice."""
        if self._flush() and self._sources:
            self._make()
        self._watch()
        if not self.closed and self.sent:
            self._user.on_sent()
            if self._closing and self.sent:
                self.close()

    def _flush(self) -> bool:
        """Send what waits; whether all of it has left."""
        output = self._output
        if not output:
            return True
        self._loop.announce()
        try:
            gone = self.socket.sendmsg(list(islice(output, _VECTORS)))
        except BlockingIOError:
            return False
        except OSError as error:
            self.close(error)
            return False
        self._put_off()
        self.waiting -= gone
        self._hold(-gone)
        while gone:
            size = len(output[0])
            if gone < size:
                output[0] = memoryview(output[0])[gone:]
                break
            output.popleft()
            gone -= size
        return not output

    def _make(self) -> None:
        made: list[bytes] = []
        size, until = 0, monotonic() + SLICE
        try:
            for piece in self._sources[0]:
                made.append(piece)
                size += len(piece)
                if size >= CHUNK or monotonic() >= until:
                    break
            else:
                self._sources.popleft()
        except Exception as error:
            self.close(error)
            raise
        if made and self.write(b"".join(made)):
            self._put_off()

    def _put_off(self) -> None:
        self.deadline = max(self.deadline, monotonic() + self.patience)

    # -- what is watched

    def pause(self) -> None:
        """Read nothing for now."""
        self._paused = True
        self._watch()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        self._watch()

    def _watch(self) -> None:
        """Where more is to be made, the loop tells next round that there is room: all others have their turn before."""
        if self.closed:
            return
        reads = not (self._paused or self._ended or self.waiting >= FULL)
        writes = bool(self._output or self._sources)
        if self._watched != (reads, writes):
            if self._watched[0] != reads:
                self._loop.read(self._descriptor, self._read if reads else None)
            if self._watched[1] != writes:
                self._loop.write(self._descriptor, self._go_on if writes else None)
            self._watched = reads, writes

    # -- its end

    def finish(self) -> None:
        """Close when all that waits has left."""
        self._closing = True
        if self.sent:
            self.close()

    def shut(self) -> None:
        """Say that this was all; the other side may go on."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.close(error)

    def close(self, error: Exception | None = None) -> None:
        """Close, whatever is under way."""
        if self.closed:
            return
        self.closed = True
        self._loop.forget(self._descriptor)
        self.socket.close()
        self._output.clear()
        self._hold(-self.waiting)
        self.waiting = 0
        while self._sources:
            source = self._sources.popleft()
            # A generator has something open perhaps, which its `finally` closes.
            if isinstance(source, Generator):
                self._loop.guard(source.close)
        self._user.on_close(error)
