"""Listeners for queries over UDP, which take many at a time."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import TYPE_CHECKING

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.addresses import read_sockaddr
from corefile_runtime.sockets.batch import (
    AVAILABLE,
    CONTROL,
    COUNT,
    FLAGS,
    LENGTH,
    MSG_TRUNC,
    NAME,
    STRIDE,
    WORDS,
    Batch,
)
from corefile_runtime.sockets.coalescing import Coalescer
from corefile_runtime.sockets.reply_queue import ReplyQueue

if TYPE_CHECKING:
    from corefile_runtime.listeners.answerer import Answerer
    from corefile_runtime.sockets.interception import Interceptor

FEW, MANY = 3, 32
"""Queries in a batch that is worth waiting for. Fewer come from clients that ask one thing after the other."""
SOON = 0.00025
"""Seconds between two batches in which the second one comes so soon that the first one was small."""
MOMENT = 0.000001
"""Seconds; the system makes the shortest of it that it has, 50 to 80 microseconds."""

# Without an interface in the packet information the kernel routes a reply by its address, and keeps the source.
LATEST, PAUSE = 10.0, 0.05
"""Seconds for which a socket that reads no more waits for late replies, and between two looks."""

_NO_INTERFACE = bytes(4)
_IP_PKTINFO, _IPV6_RECVPKTINFO = 8, 49


_SLOTS = tuple((slot, slot * STRIDE, slot * STRIDE + 2, slot * WORDS + LENGTH, 2 * slot + 1) for slot in range(COUNT))
"""Of each slot of a batch: its number, where its datagram begins, where the ID ends, and where its lengths stand."""


class UdpListener:
    """A UDP socket. `server` answers what its store does not know; it changes with a reload, the socket stays.

    A peer is the client's socket address, followed by packet information on wildcard sockets: there the reply must
    leave from the address that was asked. `send` is for late replies. `taken` counts the datagrams that have come.
    """

    over = "udp"

    def __init__(self, loop: Loop, opened: socket.socket, server: Answerer) -> None:
        self.socket = opened
        self.taken = 0
        self._drained = 0.0
        self._until = 0.0  # the time at which it is closed, once it has stopped reading
        self.serve(server)
        self._loop = loop
        self._descriptor = opened.fileno()
        self._family = opened.family
        self._wildcard = opened.getsockname()[0] in ("::", "0.0.0.0")  # noqa: S104 - a comparison
        self._namelen = NAME if opened.family == socket.AF_INET6 else 16
        self._address = slice(8, 24) if opened.family == socket.AF_INET6 else slice(4, 8)
        # Room for what arrives while a reload or a long answer holds the loop; the kernel may allow less (rmem_max).
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.send = self._send_plain
        self._answer_all: Callable[[], object] = self._drain_plain
        if AVAILABLE:
            # Blocking: receiving says MSG_DONTWAIT, and sending may wait for room.
            opened.setblocking(True)
            space = 0 if not self._wildcard else 40 if opened.family == socket.AF_INET6 else 32
            self._in = Batch(namelen=self._namelen, control=CONTROL if space else 0, answers=space)
            self._coalescer = Coalescer(self._in, self._namelen, space)
            self._interface = self._ask_for_destination() if self._wildcard else slice(0, 0)
            self._queue = ReplyQueue(loop, self._descriptor, self._namelen, space, self._interface)
            self.send = self._queue.send
            self._answer_all = self._drain
        else:
            opened.setblocking(False)
        loop.read(self._descriptor, self._on_data, urgent=True)

    def serve(self, server: Answerer) -> None:
        """From now on another server answers."""
        self.server = server
        self.store = server.stores["udp"]
        self._interceptors: list[Interceptor] = [server.shed] if server.shed is not None else []
        if server.trust is not None:
            # Only here: few servers stand behind a load balancer, and each module makes a start longer.
            from corefile_runtime.listeners.proxied import ProxiedUdp

            self._interceptors.append(ProxiedUdp(self, server, server.trust))

    def _ask_for_destination(self) -> slice:
        """Have the kernel tell where each datagram went; the place of the interface in what it tells."""
        if self._family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
            return slice(32, 36)
        self.socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        return slice(16, 20)

    def _on_data(self) -> None:
        for intercept in self._interceptors:
            if intercept(self):
                return
        self._answer_all()

    def _drain(self) -> None:
        """Answer what has arrived. A reply takes the slot of its query; runs of answered slots go out together."""
        batch = self._in
        got = batch.receive(self._descriptor)
        if got <= 0:
            return
        self.taken += got
        now = monotonic()
        # `Store.replay`, inlined: fifty nanoseconds for a call count here. A property test holds both to the same
        # answers (tests/runtime/listeners/test_replayed.py).
        memory, sizes, lengths = batch.memory, batch.sizes, batch.lengths
        store, client_classes = self.store, self.server.client_classes
        find, recall = store.entries.get, store.recall
        mark = client_classes.mark if client_classes is not None else None
        names, from_octet, to_octet = batch.names, self._address.start, self._address.stop
        first = 0
        for slot, base, start, length_at, size_at in _SLOTS[:got]:
            end = base + lengths[length_at]
            key = memory[start:end]
            if mark is not None:
                at = slot * NAME
                key = mark(names[at + from_octet : at + to_octet]) + key
            entry = find(key)
            if store.older if entry is None else now >= entry.fresh:
                entry = recall(key, now)
            if entry is not None:
                entry.hits += 1
                if entry.per_use:  # before its bytes are taken: they may be put into another order
                    peer = batch.names[slot * NAME : slot * NAME + self._namelen]
                    for call in entry.per_use:
                        call(memory[base:start], peer, now)
                reply = entry.wire
                size = len(reply)
                # An entry has no ID: that of the query stays where it is.
                memory[start : start + size] = reply
                sizes[size_at] = size + 2
            elif not self._answer(slot, base, end, now):
                if first < slot:
                    self._send_run(first, slot)
                first = slot + 1
        if first < got:
            self._send_run(first, got)
        if FEW <= got <= MANY and not first and now - self._drained < SOON:
            # So many come that a moment later there will be more of them: being woken costs more than answering.
            sleep(MOMENT)
        self._drained = now

    def _answer(self, slot: int, base: int, end: int, now: float) -> bool:
        """Ask the chain about the query that lies between two offsets; whether a reply is in the slot."""
        batch = self._in
        memory = batch.memory
        if batch.lengths[slot * WORDS + FLAGS] & MSG_TRUNC:
            return False
        at = slot * NAME
        peer = batch.names[at : at + self._namelen]
        if self._wildcard:
            at = slot * CONTROL
            peer += batch.controls[at : at + CONTROL]
        wire, server, store = memory[base:end], self.server, self.store
        reply: bytes | None = None
        # Resolvers mix the case of letters against forgery (draft-vixie-dnsext-dns0x20), and clients send cookies
        # (RFC 7873), in a record behind the question: such queries are in no key as they stand.
        if (store.folded and not wire.islower()) or (store.cookies and wire[11:12] == b"\1"):
            mark = server.client_classes.mark(peer[self._address]) if server.client_classes is not None else b""
            reply = store.replay_alike(wire, mark, peer[: self._namelen], now)
        if reply is None:
            reply = server.ask(wire, self, peer, now)
        if reply is None:
            return False
        size = len(reply)
        memory[base : base + size] = reply
        batch.sizes[2 * slot + 1] = size
        return True

    def _send_run(self, first: int, end: int) -> None:
        if self._wildcard:
            interface, controls = self._interface, self._in.controls
            for at in range(first * CONTROL, end * CONTROL, CONTROL):
                controls[at + interface.start : at + interface.stop] = _NO_INTERFACE
        self._loop.announce()
        self._coalescer.send(self._descriptor, first, end)

    def _drain_plain(self) -> None:
        """The same where there is no recvmmsg: datagram by datagram."""
        # As many as a batch holds: timers and other sockets have their turn then.
        for _ in range(64):
            try:
                wire, address = self.socket.recvfrom(65535)
            except OSError:
                return
            now = monotonic()
            peer = self._pack(address)
            client_classes = self.server.client_classes
            mark = client_classes.mark(peer[self._address]) if client_classes is not None else b""
            reply = self.store.replay(wire, mark, peer, now) or self.server.ask(wire, self, peer, now)
            if reply is not None:
                self._loop.announce()
                with contextlib.suppress(OSError):
                    self.socket.sendto(reply, address)

    def take(self) -> list[tuple[bytes, bytes]]:
        """What has arrived, each with its peer, for those who intercept it."""
        if not AVAILABLE:
            return self._take_plain()
        batch, found = self._in, list[tuple[bytes, bytes]]()
        for slot in range(batch.receive(self._descriptor)):
            if batch.lengths[slot * WORDS + FLAGS] & MSG_TRUNC:
                continue
            peer = batch.names[slot * NAME : slot * NAME + self._namelen]
            if self._wildcard:
                peer += batch.controls[slot * CONTROL : (slot + 1) * CONTROL]
            base = slot * STRIDE
            found.append((batch.memory[base : base + batch.lengths[slot * WORDS + LENGTH]], peer))
        return found

    def _take_plain(self) -> list[tuple[bytes, bytes]]:
        found: list[tuple[bytes, bytes]] = []
        with contextlib.suppress(OSError):
            while len(found) < 64:
                wire, address = self.socket.recvfrom(65535)
                found.append((wire, self._pack(address)))
        return found

    def _pack(self, address: tuple[str, int]) -> bytes:
        port = address[1].to_bytes(2, "big")
        if self._family == socket.AF_INET6:
            return (
                b"\x0a\0" + port + bytes(4) + socket.inet_pton(socket.AF_INET6, address[0].partition("%")[0]) + bytes(4)
            )
        return b"\x02\0" + port + socket.inet_aton(address[0]) + bytes(8)

    def _send_plain(self, wire: bytes, peer: bytes) -> None:
        with contextlib.suppress(OSError):
            self.socket.sendto(wire, self.client(peer))

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        """A datagram holds one message."""
        first = next(messages, None)
        if first is not None:
            self.send(first, peer)

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of the client."""
        return read_sockaddr(peer, self._family)

    def local(self) -> str:
        """The address that the socket is bound to: on a wildcard socket CoreDNS shows `::` too."""
        host: str = self.socket.getsockname()[0]
        return host

    def stop_accepting(self) -> None:
        """Answer what is there and read no more. Replies that are still waited for leave from this socket."""
        if self._until:
            return
        if AVAILABLE:
            self._loop.guard(self._on_data)
        self._loop.forget(self._descriptor)
        self._until = self._loop.now + LATEST
        self._leave()

    def _leave(self) -> None:
        if self.socket.fileno() >= 0 and self.server.waiting and self._loop.now < self._until:
            self._loop.after(PAUSE, self._leave)
        else:
            self.close()

    def close(self) -> None:
        """Answer what is there, then stop listening; what comes later is answered by nobody."""
        if self.socket.fileno() < 0:
            return
        if AVAILABLE:
            if not self._until:
                self._loop.guard(self._on_data)
            self._loop.guard(self._queue.flush)
            # Before the number is given to another socket: on a stream the kernel would not look at the address.
            self._queue.close()
        self._loop.forget(self._descriptor)
        self.socket.close()
