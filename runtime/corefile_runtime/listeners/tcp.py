"""Queries over TCP: framed by their length, any number on one connection, answered as they get ready (RFC 7766)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.udp import Answerer
from corefile_runtime.replay.store import Store
from corefile_runtime.sockets.addresses import pack_address, plain_address
from corefile_runtime.sockets.streams import receive

if TYPE_CHECKING:
    from corefile_runtime.listeners.proxied import StreamHead, Trust

READ_TIMEOUT, IDLE_TIMEOUT = 3.0, 10.0
# Of queries that are dropped nobody says so: what has waited for so long will not be answered.
LATEST = 30.0
BACKLOG, MAX_CONNECTIONS = 1024, 10000
_ROOM = 1 << 20


class TcpListener:
    """A listening TCP socket and its connections. The server's `timeouts` take the place of the usual ones."""

    def __init__(self, loop: Loop, made: socket.socket, server: Answerer, store: Store) -> None:
        self.socket = made
        self.server = server
        self.store = store
        self.loop = loop
        self.connections: set[Connection] = set()
        made.setblocking(False)
        made.listen(BACKLOG)
        loop.read(made.fileno(), self._accept)
        self._sweeper = loop.after(1, self._sweep)

    @property
    def server(self) -> Answerer:
        """What answers. A change of it is a change of timeouts too, also for connections that are open."""
        return self._server

    @server.setter
    def server(self, server: Answerer) -> None:
        self._server = server
        self.read_timeout = server.timeouts.get("read", READ_TIMEOUT)
        self.idle_timeout = server.timeouts.get("idle", IDLE_TIMEOUT)
        self.max_queries = server.timeouts.get("maxtcpqueries", -1)

    def _accept(self) -> None:
        for _ in range(64):
            try:
                made, address = self.socket.accept()
            except OSError:
                return
            if len(self.connections) >= MAX_CONNECTIONS:
                made.close()
                continue
            made.setblocking(False)
            with contextlib.suppress(OSError):
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.add(Connection(self, made, plain_address(address[0]), address[1]))

    def _sweep(self) -> None:
        now = monotonic()
        for connection in [c for c in self.connections if c.deadline + (LATEST if c.waiting else 0) <= now]:
            connection.close()
        self._sweeper = self.loop.after(1, self._sweep)

    def stop_accepting(self) -> None:
        """Take no new connections; those that are open go on."""
        self._sweeper.cancel()
        self.loop.forget(self.socket.fileno())
        self.socket.close()

    def close(self) -> None:
        """Close everything, answered or not."""
        self.stop_accepting()
        for connection in list(self.connections):
            connection.close()


def _expect_head(trust: Trust | None, host: str) -> StreamHead | None:
    """What takes a PROXY header off a connection; None when nobody is to look for one."""
    if trust is None:
        return None
    from corefile_runtime.listeners.proxied import StreamHead

    policy = trust.policy(host)
    return None if policy == "skip" else StreamHead(policy)


class Connection:
    """One client. It is closed when it has been silent for too long, and when it sends what cannot be read."""

    over = "tcp"

    def __init__(self, listener: TcpListener, made: socket.socket, host: str, port: int) -> None:
        self._listener = listener
        self._socket = made
        self._client = host, port
        self._target: tuple[str, int] | None = None
        self._loop = listener.loop
        self._input = b""
        self._output = b""
        self._served = 0
        self._ending = False
        self._head = _expect_head(listener.server.trust, host)
        self.waiting = 0
        self._address = pack_address(host)
        self.deadline = monotonic() + listener.read_timeout
        self._loop.read(made.fileno(), self._read)

    def _read(self) -> None:
        data = receive(self._socket)
        if data is None:
            return
        if not data:
            self._end()
            return
        now = monotonic()
        self.deadline = now + self._listener.idle_timeout
        data = self._input + data if self._input else data
        if self._head is not None:
            rest = self._behind_head(self._head, data)
            if rest is None:
                return
            data = rest
        out: list[bytes] = []
        at, size = 0, len(data)
        while at + 2 <= size and not self._ending:
            end = at + 2 + (data[at] << 8 | data[at + 1])
            if end > size:
                break
            self._serve(data[at + 2 : end], now, out.append)
            at = end
        self._input = data[at:]
        if out:
            self._write(b"".join(out))
        elif self._ending and not self.waiting and not self._output:
            self.close()

    def _behind_head(self, head: StreamHead, data: bytes) -> bytes | None:
        """What follows the PROXY header, None as long as that is not whole."""
        try:
            rest = head.strip(data)
        except ValueError:
            self.close()
            return None
        if rest is None:
            self._input = data
            return None
        self._head = None
        self._client = head.client or self._client
        self._address = pack_address(self._client[0])
        self._target = head.target
        return rest

    def _serve(self, wire: bytes, now: float, emit: Callable[[bytes], object]) -> None:
        listener = self._listener
        self._served += 1
        if self._served == listener.max_queries:
            self._ending = True
        if len(wire) < 12:  # no header: nothing to reply to
            return
        clients = listener.server.clients
        key = wire[2:] if clients is None else clients.mark(self._address) + wire[2:]
        kept = listener.store.entries.get(key)
        if kept is None or now >= kept.fresh:
            kept = listener.store.recall(key, now)
        if kept is not None:
            kept.hits += 1
            for each in kept.each:
                each(wire[:2], self.peer, now)
            emit((len(kept.wire) + 2).to_bytes(2, "big") + wire[:2] + kept.wire)
            return
        self.waiting += 1
        reply = listener.server.ask(wire, self, self.peer, now)
        if reply is not None:
            self.waiting -= 1
            emit(len(reply).to_bytes(2, "big") + reply)
        elif wire[2] & 128:
            self.waiting -= 1

    @property
    def peer(self) -> bytes:
        """The connection is the peer."""
        return b""

    def send(self, wire: bytes, peer: bytes) -> None:
        """Write a late reply."""
        del peer
        self.waiting = max(0, self.waiting - 1)
        if self._socket.fileno() >= 0:
            self.deadline = monotonic() + self._listener.idle_timeout
            self._write(len(wire).to_bytes(2, "big") + wire)

    def _write(self, data: bytes) -> None:
        if self._output:
            self._output += data
            if len(self._output) > _ROOM:  # the client does not read what it asks for
                self.close()
            return
        self._loop.announce()
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        self._output = data[sent:]
        if self._output:
            self._loop.write(self._socket.fileno(), self._flush)
        elif self._ending and not self.waiting:
            self.close()

    def _flush(self) -> None:
        try:
            self._output = self._output[self._socket.send(self._output) :]
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if not self._output:
            self._loop.write(self._socket.fileno(), None)
            if self._ending and not self.waiting:
                self.close()

    def _end(self) -> None:
        """The client has said all it will; what is still under way is answered first."""
        if self.waiting:
            self._ending = True
            self._loop.forget(self._socket.fileno())
            return
        self.close()

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of the client."""
        del peer
        return self._client

    def local(self) -> str:
        """The address that the client connected to."""
        if self._target is not None:
            return self._target[0]
        return plain_address(self._socket.getsockname()[0])

    def close(self) -> None:
        """Close the connection, whatever is under way."""
        if self._socket.fileno() >= 0:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
        self._listener.connections.discard(self)
