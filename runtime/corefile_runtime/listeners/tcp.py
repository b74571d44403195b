"""Listeners for queries over TCP (RFC 7766): any number on one connection, answered as they get ready."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator, Iterator
from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.acceptor import Acceptor
from corefile_runtime.sockets.addresses import pack_address, plain_address
from corefile_runtime.sockets.deadlines import Deadlines
from corefile_runtime.sockets.stream import FULL, Stream

if TYPE_CHECKING:
    from corefile_runtime.listeners.answerer import Answerer
    from corefile_runtime.listeners.proxied import StreamHead
    from corefile_runtime.sockets.proxy_trust import Trust

# Seconds, as in CoreDNS (dnsserver.NewServer): until the first query, and between two queries.
READ_TIMEOUT, IDLE_TIMEOUT = 3.0, 10.0
# Of queries that are dropped nobody says so: what has waited for so long will not be answered.
LATEST = 30.0
# CoreDNS has no bound for connections; here clients cannot take all descriptors of the process.
BACKLOG, MAX_CONNECTIONS = 1024, 10000
MAX_HELD = 128 << 20
"""Octets of queries that are not whole and of replies that are not read, of all connections of a listener together."""


class TcpListener:
    """A listening TCP socket and its connections. The server's `timeouts` take the place of the usual ones."""

    def __init__(self, loop: Loop, opened: socket.socket, server: Answerer) -> None:
        self.socket = opened
        self.loop = loop
        self.connections: Deadlines[Stream] = Deadlines(loop)
        self.held = 0
        self._relieving = False
        self.serve(server)
        opened.listen(BACKLOG)
        self.acceptor = Acceptor(loop, opened, self.connections, MAX_CONNECTIONS, self._accept)

    def serve(self, server: Answerer) -> None:
        """From now on another server answers. That is a change of timeouts too, also for connections that are open."""
        self.server = server
        self.store = server.stores["tcp"]
        self.read_timeout = server.timeouts.get("read", READ_TIMEOUT)
        self.idle_timeout = server.timeouts.get("idle", IDLE_TIMEOUT)
        self.max_queries = server.timeouts.get("maxtcpqueries", -1)

    def _accept(self, opened: socket.socket, address: tuple[str, int]) -> None:
        # A reply is whole when it is written: waiting for more of it (RFC 896) only delays. Go sets this too.
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Connection(self, opened, plain_address(address[0]), address[1])

    def connect(self, opened: socket.socket, user: Connection) -> Stream:
        """The stream of a new connection."""
        return Stream(self.loop, opened, user, patience=self.idle_timeout, hold=self.hold)

    def hold(self, octets: int) -> None:
        """Count octets that are kept, or no more."""
        self.held += octets
        if octets > 0 and self.held > MAX_HELD and not self._relieving:
            self._relieving = True
            self.loop.later(self._relieve)  # nothing is closed in the middle of its work

    def _relieve(self) -> None:
        """Close those that keep most, until a part is free: to look for them each time would cost too much."""
        self._relieving = False
        for stream in sorted(self.connections, key=lambda one: one.waiting, reverse=True):
            if self.held <= MAX_HELD // 4 * 3:
                break
            stream.close(OSError("the other side does not read what it is sent"))

    def stop_accepting(self) -> None:
        """Take no new connections; those that are open go on."""
        self.acceptor.close()
        self.connections.leave()

    def close(self) -> None:
        """Close everything, answered or not."""
        self.stop_accepting()
        self.connections.close()


def _expect_head(trust: Trust | None, host: str) -> StreamHead | None:
    """What takes a PROXY header off a connection; None when nobody is to look for one."""
    if trust is None:
        return None
    from corefile_runtime.listeners.proxied import StreamHead

    policy = trust.policy(host)
    return None if policy == "skip" else StreamHead(policy)


class Connection:
    """One client. It is closed when it has brought no message for too long."""

    over = "tcp"

    def __init__(self, listener: TcpListener, opened: socket.socket, host: str, port: int) -> None:
        self._listener = listener
        self._client = host, port
        self._target: tuple[str, int] | None = None
        self._address = pack_address(host)
        self._input = b""
        self._served = 0
        self._waiting = 0  # queries whose replies come later
        self._full = self._ending = False
        self._stream = stream = listener.connect(opened, self)
        stream.deadline = monotonic() + listener.read_timeout
        listener.connections.add(stream)
        head = _expect_head(listener.server.trust, host)
        if head is not None:
            stream.expect_head(lambda data: self._strip(head, data))

    def _strip(self, head: StreamHead, data: bytes) -> bytes | None:
        """What follows the PROXY header, None as long as that is not whole."""
        rest = head.strip(data)
        if rest is not None:
            self._client = head.client or self._client
            self._address = pack_address(self._client[0])
            self._target = head.target
        return rest

    def on_data(self, data: bytes) -> None:
        """Answer the queries in it, with one write for all that are answered at once."""
        now = monotonic()
        stream, listener = self._stream, self._listener
        most = listener.max_queries
        if self._input:
            data = self._input + data
        out: list[bytes] = []
        at, size, made = 0, len(data), 0
        while at + 2 <= size and made < FULL and self._served != most:
            end = at + 2 + (data[at] << 8 | data[at + 1])
            if end > size:
                break
            reply = self._serve(data[at + 2 : end], now)
            if reply is not None:
                out.append(len(reply).to_bytes(2, "big") + reply)
                made += len(reply)
            at = end
        # Enough replies for now; the rest is answered when these have left, or one client would fill the memory.
        self._full = made >= FULL
        before = len(self._input)
        self._input = data[at:] if self._served != most and not stream.closed else b""
        if before or self._input:
            listener.hold(len(self._input) - before)
        if at:  # a part of a message puts nothing off: an octet now and then would keep the connection for days
            stream.deadline = now + listener.idle_timeout + (LATEST if self._waiting else 0)
            listener.connections.brought(stream)
        if out and stream.write(out[0] if len(out) == 1 else b"".join(out)) and self._full:
            listener.loop.later(self.on_sent)
        # `maxtcpqueries`: the connection is closed behind the last one (miekg/dns: MaxTCPQueries).
        if self._ending or self._served == most:
            self._end()

    def _serve(self, wire: bytes, now: float) -> bytes | None:
        self._served += 1
        if len(wire) < 12:  # no header: nothing to reply to
            return None
        listener = self._listener
        client_classes = listener.server.client_classes
        mark = client_classes.mark(self._address) if client_classes is not None else b""
        reply = listener.store.replay(wire, mark, b"", now)
        if reply is None:
            self._waiting += 1
            reply = listener.server.ask(wire, self, b"", now)
            # A message that is itself a reply is never answered, so nothing is to be waited for.
            if reply is not None or wire[2] & 128:
                self._waiting -= 1
        return reply

    def on_sent(self) -> None:
        """There is room again: go on with what the client asked when there was none."""
        if self._full and not self._stream.closed:
            self.on_data(b"")

    def on_end(self) -> None:
        """The client has said all it will."""
        self._end()

    def _end(self) -> None:
        """Nothing more is taken; what is still under way is answered first."""
        self._ending = True
        if not self._waiting and not self._full:
            self._stream.finish()

    def on_close(self, error: Exception | None) -> None:
        """Late replies have no way any more."""
        del error
        self._listener.hold(-len(self._input))
        self._input = b""
        self._listener.connections.discard(self._stream)

    # -- late replies, whose peer is the connection

    def send(self, wire: bytes, peer: bytes) -> None:
        """Write a late reply."""
        del peer
        self._stream.write(len(wire).to_bytes(2, "big") + wire)
        self._answered()

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        """Write several messages, each made when there is room for it."""
        del peer
        self._stream.write_all(self._frame_all(messages))

    def _frame_all(self, messages: Iterator[bytes]) -> Generator[bytes]:
        try:
            for wire in messages:
                yield len(wire).to_bytes(2, "big") + wire
        finally:
            self._answered()

    def _answered(self) -> None:
        self._waiting = max(0, self._waiting - 1)
        self._stream.deadline = monotonic() + self._listener.idle_timeout + (LATEST if self._waiting else 0)
        if self._ending:
            self._end()

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of the client."""
        del peer
        return self._client

    def local(self) -> str:
        """The address that the client connected to."""
        if self._target is not None:
            return self._target[0]
        return plain_address(self._stream.socket.getsockname()[0])
