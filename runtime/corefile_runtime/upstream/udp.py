"""UDP to one upstream: a few connected sockets with ports of the system's choice, shared by all questions.

CoreDNS has one question on a socket at a time. Here questions that come up in one round of the loop leave together, up
to TOGETHER of them on one socket, and there are SHARED sockets at most: one system call then takes many replies. An ID
is drawn for each question, and a reply must have it, come from the upstream's address to the port that asked, and
repeat the question; a socket goes when it has been idle for `expire`, when it is older than `max_age`, and when a
question on it timed out.
"""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from collections.abc import Callable
from functools import partial

from corefile_runtime.listeners.addresses import join_host_port
from corefile_runtime.listeners.batch import AVAILABLE, FLAGS, LENGTH, MSG_TRUNC, STRIDE, WORDS, Batch
from corefile_runtime.loop import Loop, Timer
from corefile_runtime.upstream.asker import IDS, Asker

SHARED = 4
TOGETHER = 32
_draw = IDS.draw
_REFUSED = {errno.ECONNREFUSED: "connection refused", errno.EHOSTUNREACH: "no route to host",
            errno.ENETUNREACH: "network is unreachable"}  # fmt: skip


def explain(number: int) -> str:
    """An error number in the words of the system, lower case as Go has them."""
    return _REFUSED.get(number) or os.strerror(number).lower()


class Lifetime:
    """How long sockets live and replies may take, in seconds; 0 for `max_age` and `max_idle` means no bound."""

    __slots__ = ("expire", "max_age", "max_idle", "read_timeout", "source")

    def __init__(self, expire: float, max_age: float, max_idle: int, read_timeout: float, source: str) -> None:
        self.expire = expire
        self.max_age = max_age
        self.max_idle = max_idle
        self.read_timeout = read_timeout
        self.source = source


class UdpPool:
    """The sockets to one upstream. `hit` and `miss` count whether a question found one open."""

    def __init__(
        self, loop: Loop, host: str, port: int, life: Lifetime, hit: Callable[[], object], miss: Callable[[], object]
    ) -> None:
        self.loop = loop
        self.life = life
        self._target = host, port
        self._hit, self._miss = hit, miss
        self._sockets: list[_Socket] = []
        self._leaving: list[_Socket] = []  # not used any more, but something still waits on them
        self._turn = 0
        self._filling: _Socket | None = None
        self._timer: Timer | None = None
        self.idle: deque[_Socket] = deque()
        self.stopped = False

    def ask(self, asker: Asker) -> str:
        """Send a question; what went wrong, empty when it is under way."""
        chosen = self._filling
        if chosen is not None and 0 < len(chosen.outbox) < TOGETHER and not chosen.retired:
            self._hit()
        else:
            try:
                self._filling = chosen = self._choose()
            except OSError as error:
                return f"dial udp {join_host_port(*self._target)}: {explain(error.errno or 0)}"
        chosen.used = now = self.loop.now
        asker.until = now + self.life.read_timeout
        if self._timer is None:
            self._timer = self.loop.after(self.life.read_timeout, self._sweep)
        waiting = chosen.waiting
        number = _draw()
        while number in waiting:
            number = _draw()
        waiting[number] = asker
        outbox = chosen.outbox
        if not outbox:
            self.loop.later(chosen.flush)
        outbox.append(number + asker.wire[2:])
        return ""

    def _choose(self) -> _Socket:
        idle, life = self.idle, self.life
        while idle:
            chosen = idle.popleft()
            now = self.loop.now
            if now - chosen.used > life.expire or (life.max_age and now - chosen.created > life.max_age):
                self.discard(chosen)
                continue
            self._hit()
            return chosen
        sockets = self._sockets
        if len(sockets) < SHARED:
            self._miss()
            made = _Socket(self, self._target)
            sockets.append(made)
            return made
        self._hit()
        self._turn = turn = (self._turn + 1) % len(sockets)
        return sockets[turn]

    def discard(self, gone: _Socket) -> None:
        """Use a socket no more; it is closed when nothing waits on it."""
        if gone in self._sockets:
            self._sockets.remove(gone)
        if not gone.waiting:
            gone.close()
        elif not gone.retired:
            self._leaving.append(gone)
        gone.retired = True

    def _sweep(self) -> None:
        """Give up what has waited too long. Questions wait in the order of their sending."""
        now, earliest = self.loop.now, 0.0
        late: list[tuple[_Socket, list[bytes]]] = []
        self._leaving = [one for one in self._leaving if one.waiting]
        for one in (*self._sockets, *self._leaving):
            numbers: list[bytes] = []
            for number, asker in one.waiting.items():
                if asker.until > now:
                    earliest = min(earliest, asker.until) if earliest else asker.until
                    break
                numbers.append(number)
            if numbers:
                late.append((one, numbers))
        self._timer = self.loop.after(max(earliest - now, 0.001), self._sweep) if earliest else None
        # Only now: who has waited in vain may ask again at once.
        for one, numbers in late:
            self.discard(one)
            one.give_up(numbers)

    def release(self, free: _Socket) -> None:
        """Nothing waits on a socket any more."""
        if free.retired or self.stopped or (self.life.max_idle and len(self.idle) >= self.life.max_idle):
            self.discard(free)
        else:
            self.idle.append(free)

    def expire(self) -> None:
        """Close what has been idle for too long."""
        now, life = self.loop.now, self.life
        for one in list(self.idle):
            if now - one.used > life.expire or (life.max_age and now - one.created > life.max_age):
                self.idle.remove(one)
                self.discard(one)

    def stop(self) -> None:
        """Close each socket as soon as nothing waits on it."""
        self.stopped = True
        self.idle.clear()
        for one in list(self._sockets):
            if not one.waiting:
                self.discard(one)

    def close(self) -> None:
        """Close all sockets; who waits on them learns nothing."""
        self.stop()
        for one in (*self._sockets, *self._leaving):
            one.waiting.clear()
            self.discard(one)
        if self._timer is not None:
            self._timer.cancel()


class _Socket:
    __slots__ = ("_pool", "_socket", "created", "descriptor", "outbox", "retired", "used", "waiting")

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
        self.outbox: list[bytes] = []
        self.created = self.used = pool.loop.now
        self.retired = False
        pool.loop.read(self.descriptor, self._read, urgent=True)

    def flush(self) -> None:
        """Send the questions in `outbox`: all that came up in one round of the loop leave together."""
        outbox, self.outbox = self.outbox, []
        if self._socket.fileno() < 0:
            return
        error = 0
        if self._out is None or len(outbox) == 1:
            try:
                for wire in outbox:
                    self._socket.send(wire)
            except OSError as failure:
                error = failure.errno or 0
        else:
            for at in range(0, len(outbox), self._out.count):
                error = error or self._out.send_all(self.descriptor, outbox[at : at + self._out.count])
        if error:
            # An error of an earlier datagram is told here too: what was sent to nobody will not be answered.
            self._broken(error, "write")

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
        base = 0
        # Everything is copied out first: what is done with a reply may read from another socket.
        replies: list[tuple[Asker, bytes]] = []
        for slot in range(got):
            wire = memory[base : base + lengths[slot * WORDS + LENGTH]]
            base += STRIDE
            asker = waiting.pop(wire[:2], None) if len(wire) >= 12 else None
            if asker is not None:
                whole = not lengths[slot * WORDS + FLAGS] & MSG_TRUNC
                replies.append((asker, wire if whole else wire + bytes(65536)))
        self._deliver(replies)

    def _read_plain(self) -> None:
        replies: list[tuple[Asker, bytes]] = []
        for _ in range(64):
            try:
                wire = self._socket.recv(65535)
            except BlockingIOError:
                break
            except OSError as error:
                self._broken(error.errno or 0)
                return
            if len(wire) >= 12 and (asker := self.waiting.pop(wire[:2], None)) is not None:
                replies.append((asker, wire))
        self._deliver(replies)

    def _deliver(self, replies: list[tuple[Asker, bytes]]) -> None:
        if replies and not self.waiting:
            self._pool.release(self)
        at = 0
        try:
            for asker, wire in replies:
                at += 1
                asker.arrived(wire, "udp")
        except Exception:  # one's trouble is not that of the others
            self._pool.loop.later(partial(self._deliver, replies[at:]))
            raise

    def _broken(self, number: int, verb: str = "read") -> None:
        """The network says that nobody is there: that goes for everything that waits here."""
        if number in (errno.EAGAIN, errno.EINTR):
            return
        failure = self._describe(verb, explain(number))
        waiting = list(self.waiting.values())
        self.waiting.clear()
        if self in self._pool.idle:
            self._pool.idle.remove(self)
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
