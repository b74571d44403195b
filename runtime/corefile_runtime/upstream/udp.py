"""UDP to one upstream: a few connected sockets with ports of the system's choice, shared by all questions.

CoreDNS has one question on a socket at a time. Here questions that come up in one round of the loop leave together, up
to TOGETHER of them on one socket, and SHARED sockets will do for any number: one system call then takes many replies.
An ID is drawn for each question, and a reply must have it, come from the upstream's address to the port that asked, and
repeat the question.

So that forging is no easier than with CoreDNS, questions for one name never wait on the same socket: each gets a port
of its own, as there, as long as there are fewer than MOST. A socket goes when it has been idle for `expire`, when it is
older than `max_age` or OLDEST, when a question on it timed out, and when too much comes that nobody there waits for.
"""

from __future__ import annotations

import errno
from collections import deque

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.metrics.registry import Add
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.sockets.segments import Segments
from corefile_runtime.upstream.asker import IDS, Asker
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.network_errors import explain
from corefile_runtime.upstream.udp_socket import UdpSocket

# Sockets for questions of different names; questions on one socket in a round; sockets at most, for many questions of
# one name; and seconds after which a port is given up, so that nobody has long to guess at it (RFC 5452, 9.2).
SHARED = 4
TOGETHER = 32
MOST = 1024
OLDEST = 60.0
FULL = 32768
"""Questions that may wait on one socket: with half of all IDs taken, a free one is drawn at the second try."""


class UdpPool:
    """The sockets to one upstream. `hit` and `miss` count whether a question found one open.

    `hits` are those of which `hit` does not know yet.
    """

    def __init__(self, loop: Loop, host: str, port: int, limits: Limits, hit: Add, miss: Add) -> None:
        self.loop = loop
        self.limits = limits
        self.target = host, port
        self._hit, self._miss = hit, miss
        self._sockets: list[UdpSocket] = []
        self._leaving: list[UdpSocket] = []  # not used any more, but something still waits on them
        self._turn = 0
        self._filling: UdpSocket | None = None
        self._oldest = min(limits.max_age or OLDEST, OLDEST)
        self._timer: Timer | None = None
        self.idle: deque[UdpSocket] = deque()
        self.stopped = False
        self.segments = Segments()
        self.hits = 0

    def flush_counts(self) -> None:
        """Tell `hit` of all: a call for each question would cost more than the rest of the counting."""
        hits, self.hits = self.hits, 0
        if hits:
            self._hit(hits)

    def ask(self, asker: Asker) -> str:
        """Send a question; what went wrong, empty when it is under way.

        It leaves before the loop waits again, with the others of this round: system calls are what a query costs.
        """
        chosen, name = self._filling, asker.name
        if chosen is not None and name not in chosen.names:
            self.hits += 1
        else:
            try:
                self._filling = chosen = self._choose(name)
            except OSError as error:
                return f"dial udp {join_host_port(*self.target)}: {explain(error.errno or 0)}"
        chosen.used = now = self.loop.now
        asker.until = now + self.limits.read_timeout
        if self._timer is None:
            self._timer = self.loop.after(self.limits.read_timeout, self._sweep)
        waiting = chosen.waiting
        # Never the client's own: then it would know the ID that a forged reply needs.
        number = next(IDS)
        while number in waiting:
            number = next(IDS)
        waiting[number] = asker
        chosen.names.add(name)
        outbox = chosen.outbox
        if not outbox:
            self.loop.later(chosen.flush)
        outbox.append(number + asker.wire[2:])
        if len(outbox) >= TOGETHER:
            self._filling = None
        return ""

    def left(self, gone: UdpSocket) -> None:
        """What one socket had to send is under way: the next questions leave together on another."""
        if self._filling is gone:
            self._filling = None

    def _choose(self, name: bytes) -> UdpSocket:
        idle = self.idle
        while idle:
            chosen = idle.popleft()
            if self._is_over(chosen):
                self.discard(chosen)
                continue
            self.hits += 1
            return chosen
        if shared := self._share(name):
            self.hits += 1
            return shared
        self._miss()
        opened = UdpSocket(self)
        self._sockets.append(opened)
        return opened

    def _share(self, name: bytes) -> UdpSocket | None:
        """A busy socket on which nobody waits for a name; any one when there are too many sockets.

        Raises OSError when all are full.
        """
        sockets, born = self._sockets, self.loop.now - self._oldest
        for _ in range(SHARED):
            if len(sockets) < SHARED:
                return None
            self._turn = turn = (self._turn + 1) % len(sockets)
            chosen = sockets[turn]
            if chosen.created < born:
                self.discard(chosen)
            elif name not in chosen.names and len(chosen.waiting) < FULL:
                return chosen
        if len(sockets) < MOST:
            return None
        if len(sockets[self._turn].waiting) >= FULL:
            raise OSError(errno.ENOBUFS, "too many questions are under way")
        return sockets[self._turn]

    def _is_over(self, one: UdpSocket) -> bool:
        now = self.loop.now
        return now - one.used > self.limits.expire or now - one.created > self._oldest

    def discard(self, gone: UdpSocket) -> None:
        """Use a socket no more; it is closed when nothing waits on it."""
        self.left(gone)
        if gone in self._sockets:
            self._sockets.remove(gone)
        if gone in self.idle:
            self.idle.remove(gone)
        if not gone.waiting:
            gone.close()
        elif not gone.retired:
            self._leaving.append(gone)
        gone.retired = True

    def _sweep(self) -> None:
        """Give up what has waited too long. Questions wait in the order of their sending."""
        now, earliest = self.loop.now, 0.0
        late: list[tuple[UdpSocket, list[bytes]]] = []
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

    def release(self, free: UdpSocket) -> None:
        """Nothing waits on a socket any more."""
        if free.retired or self.stopped or (self.limits.max_idle and len(self.idle) >= self.limits.max_idle):
            self.discard(free)
        else:
            self.idle.append(free)

    def expire(self) -> None:
        """Close what has been idle for too long."""
        for one in [one for one in self.idle if self._is_over(one)]:
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
