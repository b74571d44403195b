"""What goes wrong at a socket to an upstream ends the queries that it concerns, and gives their places back."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from functools import partial

import dns.message
import dns.rcode
import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.plugins.forward import attempt
from corefile_runtime.plugins.forward.attempt import Attempt
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.testing import Running, can_read, serve
from corefile_runtime.upstream import udp, udp_socket
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.tcp import TcpPool
from corefile_runtime.upstream.udp import UdpPool

FOUR = [f"a{number}.example.org. A" for number in range(4)]


def wire_of(name: str) -> bytes:
    return dns.message.make_query(name, "A").to_wire()


@pytest.mark.parametrize("tcp", [False, True])
def test_an_upstream_without_a_port_fails_every_query_and_takes_no_place(tcp: bool) -> None:
    with serve("    forward . 127.0.0.1:0 {\n        max_concurrent 2\n    }") as server:
        for question in FOUR:
            assert server.answers(question, tcp=tcp) == ["SERVFAIL"]
        assert not [line for line in server.output() if "Recovered" in line]


LIMITED = "    forward . 127.0.0.1:{up} {\n        max_concurrent 1\n        max_fails 0\n    }"


def fail(*_args: object) -> None:
    raise RuntimeError("not foreseen")


@pytest.mark.parametrize("step", ["flush", "receive", "arrived", "failed", "ask"])
def test_an_unexpected_exception_is_servfail_and_takes_no_place(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it comes up, and as often as it does; then queries are answered as ever."""
    with serve(LIMITED, respond=lambda query, _over: dns.message.make_response(query)) as server:
        assert server.answers("before.example.org. A") == ["NOERROR"]
        with monkeypatch.context() as patch:
            if step == "flush":
                patch.setattr(udp_socket.UdpSocket, "_send", fail)
            elif step == "receive":
                patch.setattr(udp_socket.UdpSocket, "_batch", None)
                patch.setattr(udp_socket.UdpSocket, "_read_plain", crashing_read)
            elif step == "arrived":
                patch.setattr(attempt, "check_records", fail)
            elif step == "failed":
                patch.setattr(Attempt, "_count_failure", fail)
                patch.setattr(Attempt, "arrived", refuse)
            else:
                patch.setattr(UdpPool, "ask", fail)
            for question in FOUR:
                assert server.answers(question) == ["SERVFAIL"]
        assert [line for line in server.output() if "Recovered from RuntimeError: not foreseen" in line]
        assert server.answers("after.example.org. A") == ["NOERROR"]


def crashing_read(one: udp_socket.UdpSocket) -> None:
    one._crash(RuntimeError("not foreseen"))  # pyright: ignore[reportPrivateUsage]
    raise RuntimeError("not foreseen")


def refuse(one: Attempt, _wire: bytes, _over: str) -> bool:
    one.failed("no")
    return False


def test_attempts_without_a_bound_end_with_the_time_and_keep_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """TCP to a closed port of this machine is refused at once: without a pause nothing else would ever happen."""
    monkeypatch.setattr(attempt, "DEADLINE", 0.5)
    options = "{\n        force_tcp\n        max_fails 0\n        max_connect_attempts 0\n    }"
    with serve(f"    forward example.org 127.0.0.1:{{up}} {options}\n    whoami") as server:
        assert server.stub is not None
        server.stub.close()
        waiting = server.connect()
        waiting.send(wire_of("a.example.org."))
        began = server.now
        assert server.answers("other.example.net. A") == ["NOERROR"]
        server.wait(partial(can_read, waiting))
        assert dns.message.from_wire(waiting.recv(512)).rcode() == dns.rcode.SERVFAIL
        assert 0.4 < server.now - began < 1.5


class Asked:
    """A question; `told` is what came of it."""

    until, limit = 0.0, 512

    def __init__(self, name: bytes, size: int = 0) -> None:
        self.name = name
        self.wire = b"\0\0\1\0\0\1" + bytes(6) + name + b"\0\2\0\1" + bytes(size)
        self.told: list[str] = []

    def arrived(self, wire: bytes, over: str) -> bool:
        """It is only remembered."""
        del wire
        self.told.append(over)
        return True

    def failed(self, error: str) -> None:
        """It is only remembered."""
        self.told.append(error)

    def crashed(self, error: Exception) -> None:
        """It is only remembered."""
        self.told.append(repr(error))


@pytest.fixture(name="there")
def an_upstream() -> Iterator[socket.socket]:
    with bind_socket(socket.SOCK_DGRAM, "127.0.0.1", 0) as opened:
        yield opened


@pytest.fixture(name="pool")
def a_pool(loop: Loop, there: socket.socket) -> Iterator[UdpPool]:
    pool = UdpPool(loop, "127.0.0.1", there.getsockname()[1], Limits(expire=10, read_timeout=2), nothing, nothing)
    yield pool
    pool.close()


def nothing(_amount: float = 1, /) -> None:
    """Nobody counts."""


@pytest.mark.parametrize("batches", [True, False])
def test_a_datagram_that_is_too_large_fails_alone(
    pool: UdpPool, loop: Loop, there: socket.socket, monkeypatch: pytest.MonkeyPatch, batches: bool
) -> None:
    if not batches:
        monkeypatch.setattr(udp_socket.UdpSocket, "_out", None)
    before, after = Asked(b"\1a\0"), Asked(b"\1b\0", 7)
    large = [Asked(b"\1%c\0" % letter, 65508) for letter in b"xyz"]
    for asker in (before, *large, after):
        assert pool.ask(asker) == ""
    loop.step(0)
    for asker in large:
        (error,) = asker.told
        assert error.endswith("write: message too long")
    for _ in range(2):
        there.sendto(*there.recvfrom(65535))
    while not (before.told and after.told):
        loop.step(60)
    assert before.told == after.told == ["udp"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOBUFS])
def test_what_the_system_forbids_one_datagram_fails_alone(
    pool: UdpPool, loop: Loop, there: socket.socket, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(udp_socket.UdpSocket, "_out", None)
    real = socket.socket.send

    def send(opened: socket.socket, wire: bytes) -> int:
        if wire.find(b"\1x\0") > 0:
            raise OSError(number, "no")
        return real(opened, wire)

    monkeypatch.setattr("corefile_runtime.upstream.udp_socket.socket.socket.send", send, raising=False)
    good, bad = Asked(b"\1a\0"), Asked(b"\1x\0", 1)
    for asker in (good, bad):
        assert pool.ask(asker) == ""
    loop.step(0)
    assert len(bad.told) == 1
    there.sendto(*there.recvfrom(65535))
    while not good.told:
        loop.step(60)
    assert good.told == ["udp"]


def test_more_questions_than_there_are_numbers_get_further_sockets(pool: UdpPool) -> None:
    """Each of four sockets has 65,536; nobody answers."""
    for number in range(4 * 65536 + 10):
        assert pool.ask(Asked(b"\4" + number.to_bytes(4, "big") + b"\0")) == ""


def test_more_questions_than_all_sockets_hold_are_refused(pool: UdpPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "FULL", 40)
    monkeypatch.setattr(udp, "MOST", 6)
    asked = [pool.ask(Asked(b"\4" + number.to_bytes(4, "big") + b"\0")) for number in range(1000)]
    refused = [error for error in asked if error]
    assert 1000 - 6 * (40 + udp.TOGETHER) <= len(refused) <= 1000 - 6 * 40
    assert refused[0].endswith("no buffer space available")


@pytest.fixture(name="listening")
def a_listening_upstream() -> Iterator[socket.socket]:
    with bind_socket(socket.SOCK_STREAM, "127.0.0.1", 0) as opened:
        opened.listen()
        yield opened


def tcp_pool(loop: Loop, there: socket.socket) -> TcpPool:
    limits = Limits(expire=10, read_timeout=2)
    return TcpPool(loop, "127.0.0.1", there.getsockname()[1], limits, nothing, nothing)


def until_told(loop: Loop, asker: Asked) -> list[str]:
    while not asker.told:
        loop.round()
    return asker.told


def test_a_reply_over_tcp_that_is_shorter_than_a_header_fails_at_once(loop: Loop, listening: socket.socket) -> None:
    pool, asker = tcp_pool(loop, listening), Asked(b"\1a\0")
    assert pool.ask(asker) == ""
    with listening.accept()[0] as there:
        there.sendall(b"\0\4abcd")
        assert until_told(loop, asker) == ["dns: short read"]
    assert not pool.open
    pool.close()


def test_a_question_that_fits_no_tcp_message_fails_alone(loop: Loop, listening: socket.socket) -> None:
    pool, asker = tcp_pool(loop, listening), Asked(b"\1a\0", 65536)
    assert pool.ask(asker) == ""
    assert until_told(loop, asker) == ["dns: message too large"]
    assert not pool.open
    pool.close()


def test_a_kept_connection_that_is_gone_tells_only_after_ask_has_returned(loop: Loop, listening: socket.socket) -> None:
    """Whoever asks hangs his steps on the promise when `ask` has returned."""
    pool, first = tcp_pool(loop, listening), Asked(b"\1a\0")
    assert pool.ask(first) == ""
    there, _ = listening.accept()
    loop.step(60)
    there.sendall(there.recv(512))
    until_told(loop, first)
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    there.close()  # with a reset: sending fails from now on
    listening.close()
    second = Asked(b"\1b\0")
    assert pool.ask(second) == ""
    assert not second.told
    (error,) = until_told(loop, second)
    assert error.endswith("connection refused")
    pool.close()


def test_a_server_that_is_gone_answers_all_its_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when telling one of them fails."""
    real = Attempt.failed

    def failed(one: Attempt, error: str) -> None:
        if one.name.startswith(b"\2a3"):
            raise RuntimeError("not foreseen")
        real(one, error)

    monkeypatch.setattr(Attempt, "failed", failed)
    with serve("    forward . 127.0.0.1:{up}") as server:
        assert server.stub is not None
        server.stub.close()
        for client in ask_all(server, 8):
            server.wait(partial(can_read, client))
            assert dns.message.from_wire(client.recv(512)).rcode() == dns.rcode.SERVFAIL


def ask_all(server: Running, count: int) -> list[socket.socket]:
    clients = [server.connect() for _ in range(count)]
    for number, client in enumerate(clients):
        client.send(wire_of(f"a{number}.example.org."))
    return clients
