"""Replies of a batch: those for one client leave as one, and each arrives by itself, from the address asked."""

import errno
import socket
from collections.abc import Callable

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.sockets.batch import AVAILABLE, COUNT, Batch
from corefile_runtime.sockets.coalescing import PAUSE

from tests.runtime.conftest import Answerer, hold

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="without batches each reply goes by itself")
Connect = Callable[[], socket.socket]


def answer(wire: bytes) -> bytes:
    """What was asked, and as many octets more as it says."""
    return wire + bytes(int.from_bytes(wire[2:4], "big"))


def talk(listener: UdpListener, loop: Loop, clients: list[socket.socket], sizes: list[int]) -> None:
    """Have each client ask for replies of these sizes, all before the server looks, and get them."""
    queries = [number.to_bytes(2, "big") + size.to_bytes(2, "big") for number, size in enumerate(sizes)]
    each = 0
    for query in queries:
        for client in clients:
            client.send(query)
            each = each or hold(listener, 1)
    hold(listener, each * len(queries) * len(clients))
    for _ in range(-(-len(queries) * len(clients) // COUNT)):
        loop.step(0)
    for client in clients:
        assert sorted(client.recv(65535) for _ in queries) == sorted(map(answer, queries))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages went to the kernel at a time."""
    found: list[int] = []
    send = Batch.send_headers

    def send_and_note(batch: Batch, descriptor: int, headers: object, count: int) -> int:
        found.append(count)
        return send(batch, descriptor, headers, count)

    monkeypatch.setattr(Batch, "send_headers", send_and_note)
    return found


@pytest.mark.parametrize(
    ("clients", "sizes", "messages"),
    [
        (1, [20] * 30, [1]),
        (2, [20] * 30, [2]),
        (2, [20, 30] * 15, [4]),
        (1, [20] * 3, []),  # too few
        (1, [1228] * 50, [1]),
        (1, [1228] * 60, [60]),  # more than fits
        (1, [1229] * 10, [10]),  # too long for the one network or the other
        (8, [20], []),  # each another client
        (1, list(range(20, 50)), []),  # each another size
        (3, [20] * 40, [3, 3]),
    ],
)
def test_each_reply_arrives(
    listener: UdpListener,
    loop: Loop,
    connect: Connect,
    answerer: Answerer,
    calls: list[int],
    clients: int,
    sizes: list[int],
    messages: list[int],
) -> None:
    answerer.reply = answer
    talk(listener, loop, [connect() for _ in range(clients)], sizes)
    assert calls == messages


def test_after_a_vain_search_the_next_ones_go_as_they_are(
    listener: UdpListener, loop: Loop, connect: Connect, answerer: Answerer, calls: list[int]
) -> None:
    answerer.reply = answer
    client = connect()
    talk(listener, loop, [client], list(range(20, 30)))
    for _ in range(PAUSE):
        talk(listener, loop, [client], [20] * 10)
    assert calls == []
    talk(listener, loop, [client], [20] * 10)
    assert calls == [1]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_where_the_system_cannot_they_go_one_by_one(
    listener: UdpListener,
    loop: Loop,
    connect: Connect,
    answerer: Answerer,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answerer.reply = answer
    failures: list[int] = []

    def fail(batch: Batch, descriptor: int, headers: object, count: int) -> int:
        del batch, descriptor, headers
        failures.append(count)
        return -number

    monkeypatch.setattr(Batch, "send_headers", fail)
    clients = [connect(), connect()]
    talk(listener, loop, clients, [20] * 10)
    talk(listener, loop, clients, [20] * 10)
    assert failures == [2, 1]
