"""What all tests of the runtime share; among it a UDP listener by itself, on one address of each kind, with clients."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Generator, Iterator
from time import monotonic

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.replay.client_classes import ClientClasses
from corefile_runtime.replay.store import Store
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.sockets.encryption import Encryption
from corefile_runtime.sockets.interception import Interceptor
from corefile_runtime.sockets.proxy_trust import Trust
from corefile_runtime.wire.question import Transport
from corefile_runtime.wire.replies import ECHOED

SO_MEMINFO = 55


def memory(listener: UdpListener) -> int:
    """Octets that the kernel holds for what has arrived."""
    held: int = struct.unpack_from("I", listener.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 64))[0]
    return held


def hold(listener: UdpListener, least: int) -> int:
    """Wait until the kernel holds so much, for a busy one may deliver a moment later; how much that is."""
    deadline = monotonic() + 30
    while (held := memory(listener)) < least:
        assert monotonic() < deadline
    return held


class Answerer:
    """Gives the reply that `reply` makes of a query; none, so that somebody answers later, as long as it is not set."""

    def __init__(self) -> None:
        self.stores = {over: Store() for over in ("udp", "tcp")}
        self.waiting = 0
        self.client_classes: ClientClasses | None = None
        self.timeouts: dict[str, float] = {}
        self.trust: Trust | None = None
        self.shed: Interceptor | None = None
        self.tls: Encryption | None = None
        self.reply: Callable[[bytes], bytes | None] = lambda _wire: None

    def ask(self, wire: bytes, via: Transport, peer: bytes, start: float) -> bytes | None:
        """The reply."""
        del via, peer, start
        return self.reply(wire)


@pytest.fixture
def answerer() -> Answerer:
    return Answerer()


@pytest.fixture
def loop() -> Generator[Loop]:
    made = Loop(lambda error: pytest.fail(repr(error)))
    yield made
    made.close()


@pytest.fixture(params=["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104 - wildcards on purpose
def listener(request: pytest.FixtureRequest, loop: Loop, answerer: Answerer) -> Generator[UdpListener]:
    try:
        opened = bind_socket(socket.SOCK_DGRAM, request.param, 0)
    except OSError:
        pytest.skip(f"this machine has no {request.param}")
    yield (listening := UdpListener(loop, opened, answerer))
    listening.close()


@pytest.fixture
def connect(listener: UdpListener) -> Generator[Callable[[], socket.socket]]:
    """Makes clients."""
    host, port = listener.socket.getsockname()[:2]
    to = {"0.0.0.0": "127.0.0.2", "::": "::1"}.get(host, host)  # noqa: S104
    made: list[socket.socket] = []

    def make() -> socket.socket:
        client = socket.socket(listener.socket.family, socket.SOCK_DGRAM)
        made.append(client)
        client.settimeout(30)
        client.connect((to, port))
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture(autouse=True)
def options_of_the_process() -> Iterator[None]:
    """`rewrite edns0` has the process repeat further options; the next test begins with the usual ones."""
    before = set(ECHOED)
    yield
    ECHOED.intersection_update(before)
