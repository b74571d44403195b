"""What is under way when an address goes, or the process ends, is answered, and by nobody else's connection."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import dns.message
import pytest
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.chain.site import Link
from corefile_runtime.sockets.deadlines import Deadlines
from corefile_runtime.testing import can_read, serve
from corefile_runtime.testing.plugins import Words, made_up
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR
from corefile_runtime.wire.replies import head

BLOCKS = """\
.:0 {{
    bind {first}
    late
}}
.:0 {{
    bind 127.0.0.2
    whoami
}}
"""


@pytest.fixture
def waiting() -> Iterator[list[Pending]]:
    found: list[Pending] = []

    def prepare(_configs: tuple[Words, ...], _home: Home) -> Link:
        def ask(query: Query) -> Outcome:
            found.append(Pending())
            return found[-1].then(lambda _reply: Reply(NOERROR, head(query, NOERROR, 4, bytes(6))))

        return lambda _site: ask

    with made_up("late", prepare):
        yield found


def ask(client: socket.socket) -> None:
    client.send(dns.message.make_query("a.example.org.", "A").to_wire())


def test_a_late_reply_leaves_from_an_address_that_a_reload_has_removed(waiting: list[Pending]) -> None:
    with serve(BLOCKS.format(first="127.0.0.1"), whole=True) as server:
        client = server.connect()
        ask(client)
        server.wait(lambda: waiting)
        server.text = BLOCKS.format(first="127.0.0.3")
        server.engine.reload_now()
        waiting[0].resolve(Reply(NOERROR))
        server.wait(lambda: can_read(client))
        assert dns.message.from_wire(client.recv(512)).rcode() == NOERROR


def test_what_comes_after_the_socket_is_closed_reaches_nobody(waiting: list[Pending]) -> None:
    """The number of the descriptor is somebody else's by then, and a stream takes what is sent to any address."""
    with serve(BLOCKS.format(first="127.0.0.1"), whole=True) as server:
        client = server.connect()
        ask(client)
        server.wait(lambda: waiting)
        (listening, *_) = server.engine.listeners.find("dns")
        number = vars(listening)["udp"].socket.fileno()
        listening.close()
        ours, theirs = socket.socketpair()
        if ours.fileno() != number:
            os.dup2(ours.fileno(), number)  # as the next connection would have it
        try:
            waiting[0].resolve(Reply(NOERROR))
            server.run(0.1)
            assert not can_read(theirs)
        finally:
            if ours.fileno() != number:
                os.close(number)
            ours.close()
            theirs.close()


def test_the_end_of_the_process_waits_for_what_is_under_way(waiting: list[Pending]) -> None:
    with serve("    late") as server:
        ended: list[bool] = []
        server.loop.stop = lambda: ended.append(True)  # type: ignore[method-assign]
        client = server.connect()
        ask(client)
        server.wait(lambda: waiting)
        server.engine.end()
        server.run(0.5)
        assert not ended
        waiting[0].resolve(Reply(NOERROR))
        server.wait(lambda: ended)
        assert dns.message.from_wire(client.recv(512)).rcode() == NOERROR


def test_a_listener_that_has_gone_looks_at_no_deadlines() -> None:
    with serve("    whoami") as server:
        deadlines: Deadlines[Never] = Deadlines(server.loop)
        before = server.loop._timers[:]  # pyright: ignore[reportPrivateUsage]
        deadlines.leave()
        server.run(1)
        assert not any(timer.call is not None for _, _, timer in before if timer.when > server.now)


class Never:
    """A connection that is not."""

    deadline = 0.0

    def close(self, error: Exception | None = None, /) -> None:
        del error
