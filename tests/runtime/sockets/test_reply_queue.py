"""Late replies: those for one client leave as one, and each arrives by itself, from the address that was asked."""

import errno
import socket
from collections.abc import Callable

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.sockets.batch import AVAILABLE, Batch

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="without batches each reply goes by itself")


Connect = Callable[[], socket.socket]


def talk(listener: UdpListener, loop: Loop, connect: Connect, sizes: list[int]) -> None:
    """Have two clients ask, and each get replies of these sizes."""
    clients = [connect(), connect()]
    for client in clients:
        client.send(b"?")
    found = listener.take()
    while len(found) < len(clients):
        found += listener.take()
    for number, size in enumerate(sizes):
        for wire, peer in found:
            listener.send(number.to_bytes(2, "big") + wire + bytes(size - 3), peer)
    loop.step(0)
    for client in clients:
        got = [client.recv(65535) for _ in sizes]
        assert sorted(got) == sorted(n.to_bytes(2, "big") + b"?" + bytes(s - 3) for n, s in enumerate(sizes))


SIZES = [[40], [40] * 5, [40, 41, 40, 42], [60] * 200, [1232] * 60, [1233, 1233], list(range(40, 140))]


@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: f"{len(sizes)} from {sizes[0]}")
def test_each_reply_arrives(listener: UdpListener, loop: Loop, connect: Connect, sizes: list[int]) -> None:
    talk(listener, loop, connect, sizes)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_where_the_system_cannot_they_go_one_by_one(
    listener: UdpListener, loop: Loop, connect: Connect, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, calls = Batch.send_some, list[int]()

    def fail_once(batch: Batch, descriptor: int, first: int, end: int) -> int:
        calls.append(end - first)
        return -number if len(calls) == 1 else send(batch, descriptor, first, end)

    monkeypatch.setattr(Batch, "send_some", fail_once)
    talk(listener, loop, connect, [50] * 10)
    # One for each client; the first one's replies again, each by itself.
    assert calls == [2, 1, 10]
    calls[:] = [0]
    talk(listener, loop, connect, [50] * 3)
    assert calls[1:] == [6]
