"""One UDP socket to an upstream: the questions that it sends, and the queries that get its replies.

What is wrong with one datagram ends one question; only what the network says of the upstream ends all that wait here.
"""

from __future__ import annotations

import os
import socket
from typing import Protocol

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.batch import AVAILABLE, COUNT, FLAGS, LENGTH, MSG_TRUNC, STRIDE, WORDS, Batch
from corefile_runtime.sockets.segments import OF_ONE, Segments
from corefile_runtime.upstream.asker import Asker, end_crashed, tell_failure
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.network_errors import AGAIN, describe, explain

STRAYS = 16
"""Replies to nobody's question after which a socket is used no more."""
_SLOTS = tuple((slot * STRIDE, slot * WORDS + LENGTH, slot * WORDS + FLAGS) for slot in range(COUNT))
"""Of each slot of a batch: where its datagram begins, and where its length and flags stand."""


class Shares(Protocol):
    """The pool of a socket."""

    loop: Loop
    limits: Limits
    target: tuple[str, int]
    segments: Segments

    def left(self, gone: UdpSocket, /) -> None:
        """What it had to send is under way."""
        ...

    def release(self, free: UdpSocket, /) -> None:
        """Nothing waits on it any more."""
        ...

    def discard(self, gone: UdpSocket, /) -> None:
        """Use it no more."""
        ...


class UdpSocket:
    """A connected socket. `names` are those that `waiting`, by their IDs, have asked for.

    Making one raises OSError.
    """

    __slots__ = (
        "_pool", "_socket", "created", "descriptor", "names", "outbox", "retired", "strays", "used", "waiting",
    )  # fmt: skip

    # One socket is read or written at a time.
    _batch: Batch | None = Batch() if AVAILABLE else None
    _out: Batch | None = Batch() if AVAILABLE else None

    def __init__(self, pool: Shares) -> None:
        self._pool = pool
        family = socket.AF_INET6 if ":" in pool.target[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if pool.limits.source:
                self._socket.bind((pool.limits.source, 0))
            self._socket.connect(pool.target)
            self.descriptor = self._socket.fileno()
            pool.loop.read(self.descriptor, self._read, urgent=True)
        except BaseException:
            self._socket.close()
            raise
        self.waiting: dict[bytes, Asker] = {}
        self.names: set[bytes] = set()
        self.strays = 0
        self.outbox: list[bytes] = []
        self.created = self.used = pool.loop.now
        self.retired = False

    # -- sending

    def flush(self) -> None:
        """Send the questions in `outbox`: all that came up in one round of the loop leave together."""
        outbox, self.outbox = self.outbox, []
        self._pool.left(self)
        if self._socket.fileno() < 0:
            return
        try:
            self._send(self._pool.segments.send(self._socket, outbox) if len(outbox) > 1 else outbox)
        except OSError as error:
            # An error of an earlier datagram is told here too: what was sent to nobody will not be answered.
            self._broken(error.errno or 0, "write")
        except Exception as error:
            self._crash(error)
            raise

    def _send(self, wires: list[bytes]) -> None:
        """Send those that do not go together as segments. Raises OSError for what the network says of the upstream."""
        if self._out is None or len(wires) == 1:
            for wire in wires:
                try:
                    self._socket.send(wire)
                except OSError as error:
                    self._reject(wire, error.errno or 0)
            return
        at = 0
        while at < len(wires):
            part = wires[at : at + self._out.count]
            sent = self._out.send_all(self.descriptor, part)
            at += sent
            if sent < len(part):
                self._reject(wires[at], self._out.error())
                at += 1

    def _reject(self, wire: bytes, number: int) -> None:
        """A question could not be sent. Raises OSError when that is not because of the datagram itself.

        For one that found no room nothing is done, as if it were lost on its way.
        """
        if number in AGAIN:
            return
        if number not in OF_ONE:
            raise OSError(number, os.strerror(number))
        asker = self.waiting.pop(wire[:2], None)
        if asker is not None:
            self.names.discard(asker.name)
            self._pool.loop.guard(tell_failure, asker, self._describe("write", explain(number)))
            if not self.waiting:  # else it asked again, here
                self._pool.release(self)

    # -- receiving

    def _read(self) -> None:
        if self._batch is None:
            self._read_plain()
            return
        batch = self._batch
        try:
            got = batch.receive(self.descriptor)
            if got < 0:
                self._broken(batch.error())
                return
            memory, lengths, waiting = batch.memory, batch.lengths, self.waiting
            # Everything is copied out first: what is done with a reply may read from another socket.
            replies: list[tuple[Asker, bytes]] = []
            names, strays = self.names, 0
            for base, length_at, flags_at in _SLOTS[:got]:
                size = lengths[length_at]
                wire = memory[base : base + size]
                asker = waiting.pop(wire[:2], None) if size >= 12 else None
                if asker is None:
                    strays += 1
                    continue
                if lengths[flags_at] & MSG_TRUNC:
                    wire += bytes(65536)
                names.discard(asker.name)
                replies.append((asker, wire))
        except Exception as error:
            self._crash(error)
            raise
        self._deliver(replies)
        if strays:
            self._suspect(strays)

    def _read_plain(self) -> None:
        """The same on systems without `recvmmsg`."""
        replies: list[tuple[Asker, bytes]] = []
        strays = 0
        for _ in range(COUNT):
            try:
                wire = self._socket.recv(65535)
            except BlockingIOError:
                break
            except OSError as error:
                self._broken(error.errno or 0)
                break
            if len(wire) >= 12 and (asker := self.waiting.pop(wire[:2], None)) is not None:
                self.names.discard(asker.name)
                replies.append((asker, wire))
            else:
                strays += 1
        self._deliver(replies)
        if strays:
            self._suspect(strays)

    def _deliver(self, replies: list[tuple[Asker, bytes]]) -> None:
        if replies and not self.waiting:
            self._pool.release(self)
        for asker, wire in replies:
            try:
                if not asker.arrived(wire, "udp"):
                    self._suspect(1)
            except Exception as error:  # one's trouble is not that of the others
                self._pool.loop.guard(end_crashed, asker, error)

    def _suspect(self, strays: int) -> None:
        """Somebody may be guessing: a port to which too much comes that nobody waits for is given up."""
        self.strays += strays
        if self.strays >= STRAYS and not self.retired:
            self._pool.discard(self)

    # -- ends

    def _broken(self, number: int, verb: str = "read") -> None:
        """The network says that nobody is there: that goes for everything that waits here.

        What it says of one datagram that is on its way already, such as that it is too large for a link (RFC 1191),
        does not tell which one it was.
        """
        if number in AGAIN or (verb == "read" and number in OF_ONE):
            return
        self._end_all(self._describe(verb, explain(number)))

    def _end_all(self, failure: str) -> None:
        for asker in self._take_all():
            self._pool.loop.guard(tell_failure, asker, failure)

    def _crash(self, error: Exception) -> None:
        for asker in self._take_all():
            self._pool.loop.guard(asker.crashed, error)

    def _take_all(self) -> list[Asker]:
        """All that wait here: they are told when the socket is used no more, for they may ask again at once."""
        waiting = list(self.waiting.values())
        self.waiting.clear()
        self._pool.discard(self)
        return waiting

    def give_up(self, numbers: list[bytes]) -> None:
        """For these there has been no reply in time."""
        failure = self._describe("read", "i/o timeout")
        late = [self.waiting.pop(number) for number in numbers if number in self.waiting]
        if not self.waiting:
            self.close()
        for asker in late:
            self._pool.loop.guard(tell_failure, asker, failure)

    def _describe(self, verb: str, what: str) -> str:
        return describe(self._socket, "udp", self._pool.target, verb, what)

    def close(self) -> None:
        """Nobody is told."""
        if self._socket.fileno() >= 0:
            self._pool.loop.forget(self.descriptor)
            self._socket.close()
