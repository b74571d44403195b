"""Late replies: those for one client leave as one, and each arrives by itself, from the address that was asked."""

import errno
import socket
from collections.abc import Generator

import pytest
from corefile_runtime.clients import Clients
from corefile_runtime.listeners.addresses import bind_socket
from corefile_runtime.listeners.batch import AVAILABLE, Batch
from corefile_runtime.listeners.proxied import Trust
from corefile_runtime.listeners.udp import Before, UdpListener
from corefile_runtime.loop import Loop
from corefile_runtime.replay import Store
from corefile_runtime.wire.question import Transport

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="without batches each reply goes by itself")


class Nobody:
    """Answers nothing at once."""

    def __init__(self) -> None:
        self.clients: Clients | None = None
        self.timeouts: dict[str, float] = {}
        self.trust: Trust | None = None
        self.before_udp: list[Before] = []

    def ask(self, wire: bytes, via: Transport, peer: bytes, start: float) -> bytes | None:
        """Later, perhaps."""
        del wire, via, peer, start
        return None


@pytest.fixture
def loop() -> Generator[Loop]:
    made = Loop(lambda error: pytest.fail(repr(error)))
    yield made
    made.close()


@pytest.fixture(params=["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104 - wildcards on purpose
def listener(request: pytest.FixtureRequest, loop: Loop) -> Generator[UdpListener]:
    try:
        made = bind_socket(socket.SOCK_DGRAM, request.param, 0)
    except OSError:
        pytest.skip(f"this machine has no {request.param}")
    yield (listening := UdpListener(loop, made, Nobody(), Store()))
    listening.close()


def clients_of(listener: UdpListener, count: int) -> list[socket.socket]:
    """Clients that take replies only from the address they asked."""
    host, port = listener.socket.getsockname()[:2]
    to = {"0.0.0.0": "127.0.0.2", "::": "::1"}.get(host, host)  # noqa: S104
    made = [socket.socket(listener.socket.family, socket.SOCK_DGRAM) for _ in range(count)]
    for client in made:
        client.settimeout(30)
        client.connect((to, port))
    return made


def talk(listener: UdpListener, loop: Loop, sizes: list[int]) -> None:
    """Have two clients ask, and each get replies of these sizes."""
    clients = clients_of(listener, 2)
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
        client.close()


SIZES = [[40], [40] * 5, [40, 41, 40, 42], [60] * 200, [1232] * 60, [1233, 1233], list(range(40, 140))]


@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: f"{len(sizes)} from {sizes[0]}")
def test_each_reply_arrives(listener: UdpListener, loop: Loop, sizes: list[int]) -> None:
    talk(listener, loop, sizes)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_where_the_system_cannot_they_go_one_by_one(
    listener: UdpListener, loop: Loop, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, calls = Batch.send_some, list[int]()

    def fail_once(batch: Batch, descriptor: int, first: int, end: int) -> int:
        calls.append(end - first)
        return -number if len(calls) == 1 else send(batch, descriptor, first, end)

    monkeypatch.setattr(Batch, "send_some", fail_once)
    talk(listener, loop, [50] * 10)
    # One for each client; the first one's replies again, each by itself.
    assert calls == [2, 1, 10]
    calls[:] = [0]
    talk(listener, loop, [50] * 3)
    assert calls[1:] == [6]
