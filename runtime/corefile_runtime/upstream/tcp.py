"""TCP to one upstream: a question at a time on each connection, connections kept for the next one."""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.upstream.asker import IDS, Asker
from corefile_runtime.upstream.udp import Lifetime
from corefile_runtime.upstream.udp_socket import explain

DIAL_TIMEOUT = 5.0


class TcpPool:
    """The connections to one upstream. `hit` and `miss` count whether a question found one open."""

    def __init__(
        self, loop: Loop, host: str, port: int, life: Lifetime, hit: Callable[[], object], miss: Callable[[], object]
    ) -> None:
        self.loop = loop
        self.life = life
        self.target = host, port
        self._hit, self._miss = hit, miss
        self.idle: deque[Connection] = deque()
        self.open: set[Connection] = set()
        self.stopped = False

    def ask(self, asker: Asker) -> str:
        """Send a question; what went wrong, empty when it is under way."""
        while self.idle:
            chosen = self.idle.popleft()
            if self._too_old(chosen):
                chosen.close()
                continue
            self._hit()
            chosen.ask(asker)
            return ""
        return self.dial(asker)

    def dial(self, asker: Asker) -> str:
        """Ask on a new connection."""
        self._miss()
        try:
            Connection(self, asker)
        except OSError as error:
            return f"dial tcp {join_host_port(*self.target)}: connect: {explain(error.errno or 0)}"
        return ""

    def release(self, free: Connection) -> None:
        """A connection has done its work."""
        if self.stopped or (self.life.max_idle and len(self.idle) >= self.life.max_idle):
            free.close()
        else:
            self.idle.append(free)

    def _too_old(self, one: Connection) -> bool:
        now, life = self.loop.now, self.life
        return now - one.used > life.expire or bool(life.max_age and now - one.created > life.max_age)

    def expire(self) -> None:
        """Close what has been idle for too long."""
        for one in [one for one in self.idle if self._too_old(one)]:
            self.idle.remove(one)
            one.close()

    def stop(self) -> None:
        """Close what is idle now, and the rest when it is."""
        self.stopped = True
        while self.idle:
            self.idle.popleft().close()

    def close(self) -> None:
        """Close all connections; who waits on them learns nothing."""
        self.stop()
        for one in list(self.open):
            one.close()


class Connection:
    """One connection. Its first question is sent when it stands."""

    def __init__(self, pool: TcpPool, asker: Asker) -> None:
        self._pool = pool
        self._asker: Asker | None = asker
        self._number = b""
        self._input = b""
        self._output = b""
        self._fresh = True
        self._timer: Timer | None = None
        self.created = self.used = pool.loop.now
        self._socket = socket.socket(socket.AF_INET6 if ":" in pool.target[0] else socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if pool.life.source:
                self._socket.bind((pool.life.source, 0))
            number = self._socket.connect_ex(pool.target)
            if number not in (0, errno.EINPROGRESS):
                raise OSError(number, "connect")
        except OSError:
            self._socket.close()
            raise
        pool.open.add(self)
        self._timer = pool.loop.after(DIAL_TIMEOUT, self._dial_timed_out)
        pool.loop.write(self._socket.fileno(), self._connected)

    def _connected(self) -> None:
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._fail(f"dial tcp {join_host_port(*self._pool.target)}: connect: {explain(number)}")
            return
        self._pool.loop.write(self._socket.fileno(), None)
        self._pool.loop.read(self._socket.fileno(), self._read)
        asker, self._asker = self._asker, None
        if asker is not None:
            self.ask(asker, fresh=True)

    def ask(self, asker: Asker, *, fresh: bool = False) -> None:
        """Send a question on an open connection."""
        self._cancel()
        self._asker, self._fresh = asker, fresh
        self._number = next(IDS)
        self._timer = self._pool.loop.after(self._pool.life.read_timeout, self._timed_out)
        wire = asker.wire
        self._output = len(wire).to_bytes(2, "big") + self._number + wire[2:]
        self._flush()

    def _flush(self) -> None:
        try:
            self._output = self._output[self._socket.send(self._output) :]
        except BlockingIOError:
            pass
        except OSError as error:
            self._ended(error.errno or 0)
            return
        self._pool.loop.write(self._socket.fileno(), self._flush if self._output else None)

    def _read(self) -> None:
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self._ended(error.errno or 0)
            return
        if not data:
            self._ended(0)
            return
        self._input += data
        while len(self._input) >= 2:
            end = 2 + (self._input[0] << 8 | self._input[1])
            if len(self._input) < end:
                return
            wire, self._input = self._input[2:end], self._input[end:]
            if wire[:2] == self._number and len(wire) >= 12 and self._asker is not None:
                self._deliver(self._asker, wire)

    def _deliver(self, asker: Asker, wire: bytes) -> None:
        self._cancel()
        self._asker = None
        self.used = self._pool.loop.now
        self._pool.release(self)
        asker.arrived(wire, "tcp")

    def _ended(self, number: int) -> None:
        """The upstream closed the connection. A question on a kept connection is asked again on a new one."""
        asker, fresh = self._asker, self._fresh
        if self in self._pool.idle:
            self._pool.idle.remove(self)
        if asker is None or fresh:
            self._fail(self._describe("read", explain(number)) if number else "EOF")
            return
        self.close()
        if error := self._pool.dial(asker):
            asker.failed(error)

    def _timed_out(self) -> None:
        self._fail(self._describe("read", "i/o timeout"))

    def _dial_timed_out(self) -> None:
        self._fail(f"dial tcp {join_host_port(*self._pool.target)}: i/o timeout")

    def _describe(self, verb: str, what: str) -> str:
        here, there = self._socket.getsockname(), self._pool.target
        call = "" if what == "i/o timeout" else f"{verb}: "
        return f"{verb} tcp {join_host_port(*here[:2])}->{join_host_port(*there)}: {call}{what}"

    def _fail(self, error: str) -> None:
        asker, self._asker = self._asker, None
        self.close()
        if asker is not None:
            asker.failed(error)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Close the connection without a word to who waits on it."""
        self._cancel()
        self._pool.open.discard(self)
        if self._socket.fileno() >= 0:
            self._pool.loop.forget(self._socket.fileno())
            self._socket.close()
