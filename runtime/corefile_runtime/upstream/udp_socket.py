"""One UDP socket to an upstream: what goes out on it, and who gets what comes back."""

from __future__ import annotations

import errno
import os
import socket
from functools import partial
from typing import TYPE_CHECKING

from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.sockets.batch import AVAILABLE, COUNT, FLAGS, LENGTH, MSG_TRUNC, STRIDE, WORDS, Batch
from corefile_runtime.upstream.asker import Asker

if TYPE_CHECKING:
    from corefile_runtime.upstream.udp import UdpPool

STRAYS = 16
"""Replies to nobody's question after which a socket is used no more."""
_REFUSED = {errno.ECONNREFUSED: "connection refused", errno.EHOSTUNREACH: "no route to host",
            errno.ENETUNREACH: "network is unreachable"}  # fmt: skip


def explain(number: int) -> str:
    """An error number in the words of the system, lower case as Go has them."""
    return _REFUSED.get(number) or os.strerror(number).lower()


_SLOTS = tuple((slot * STRIDE, slot * WORDS + LENGTH, slot * WORDS + FLAGS) for slot in range(COUNT))
"""Of each slot of a batch: where its datagram begins, and where its length and flags stand."""


class UdpSocket:
    """A connected socket. `names` are those that `waiting`, by their IDs, have asked for."""

    __slots__ = (
        "_pool", "_socket", "created", "descriptor", "names", "outbox", "retired", "strays", "used", "waiting",
    )  # fmt: skip

    # One socket is read or written at a time.
    _batch: Batch | None = Batch() if AVAILABLE else None
    _out: Batch | None = Batch() if AVAILABLE else None

    def __init__(self, pool: UdpPool, target: tuple[str, int]) -> None:
        self._pool = pool
        family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if pool.life.source:
                self._socket.bind((pool.life.source, 0))
            self._socket.connect(target)
        except OSError:
            self._socket.close()
            raise
        self.descriptor = self._socket.fileno()
        self.waiting: dict[bytes, Asker] = {}
        self.names: set[bytes] = set()
        self.strays = 0
        self.outbox: list[bytes] = []
        self.created = self.used = pool.loop.now
        self.retired = False
        pool.loop.read(self.descriptor, self._read, urgent=True)

    def flush(self) -> None:
        """Send the questions in `outbox`: all that came up in one round of the loop leave together."""
        outbox, self.outbox = self.outbox, []
        self._pool.left(self)
        if self._socket.fileno() < 0:
            return
        try:
            left = self._pool.segments.send(self._socket, outbox) if len(outbox) > 1 else outbox
            error = self._send(left)
        except OSError as failure:
            error = failure.errno or 0
        if error:
            # An error of an earlier datagram is told here too: what was sent to nobody will not be answered.
            self._broken(error, "write")

    def _send(self, wires: list[bytes]) -> int:
        """Send one by one; an error number, 0 for none. Raises OSError."""
        if self._out is None or len(wires) == 1:
            for wire in wires:
                self._socket.send(wire)
            return 0
        error = 0
        for at in range(0, len(wires), self._out.count):
            error = error or self._out.send_all(self.descriptor, wires[at : at + self._out.count])
        return error

    def _describe(self, verb: str, what: str) -> str:
        here, there = self._socket.getsockname(), self._socket.getpeername()
        call = "" if what == "i/o timeout" else f"{verb}: "
        return f"{verb} udp {join_host_port(*here[:2])}->{join_host_port(*there[:2])}: {call}{what}"

    def _read(self) -> None:
        if self._batch is None:
            self._read_plain()
            return
        batch = self._batch
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
        self._deliver(replies)
        if strays:
            self._suspect(strays)

    def _read_plain(self) -> None:
        replies: list[tuple[Asker, bytes]] = []
        strays = 0
        for _ in range(64):
            try:
                wire = self._socket.recv(65535)
            except BlockingIOError:
                break
            except OSError as error:
                self._broken(error.errno or 0)
                return
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
        left = iter(replies)
        try:
            for asker, wire in left:
                if not asker.arrived(wire, "udp"):
                    self._suspect(1)
        except Exception:  # one's trouble is not that of the others
            self._pool.loop.later(partial(self._deliver, list(left)))
            raise

    def _suspect(self, strays: int) -> None:
        """Somebody may be guessing: a port to which too much comes that nobody waits for is given up."""
        self.strays += strays
        if self.strays >= STRAYS and not self.retired:
            self._pool.discard(self)

    def _broken(self, number: int, verb: str = "read") -> None:
        """The network says that nobody is there: that goes for everything that waits here."""
        if number in (errno.EAGAIN, errno.EINTR):
            return
        failure = self._describe(verb, explain(number))
        waiting = list(self.waiting.values())
        self.waiting.clear()
        self._pool.discard(self)
        for asker in waiting:
            asker.failed(failure)

    def give_up(self, numbers: list[bytes]) -> None:
        failure = self._describe("read", "i/o timeout")
        late = [self.waiting.pop(number) for number in numbers]
        if not self.waiting:
            self.close()
        for asker in late:
            asker.failed(failure)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._pool.loop.forget(self.descriptor)
            self._socket.close()
