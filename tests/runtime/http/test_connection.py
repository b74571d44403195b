"""Connections to the HTTP server: how long, how much, in which turn, and what an error does to them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.http.connection import PATIENCE, TIMEOUT, Connection
from corefile_runtime.http.messages import Answer, Request
from corefile_runtime.http.server import Done, HttpServer, Inquiry
from corefile_runtime.sockets.stream import Stream
from corefile_runtime.testing import Running, can_read, serve

ADDRESS = "127.0.0.1:0"
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


class Slow(Inquiry):
    """An endpoint that answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Done] = []

    def begin(self, query: str, done: Done) -> None:
        del query
        self.asked.append(done)


@pytest.fixture(name="server")
def a_server() -> Iterator[Running]:
    with serve(f"    health {ADDRESS}\n    whoami") as server:
        yield server


def endpoint_of(server: Running) -> HttpServer:
    return server.engine.endpoints.servers[ADDRESS]


def connect(server: Running) -> socket.socket:
    client = socket.create_connection(server.engine.endpoints.find(ADDRESS))
    server.wait(lambda: endpoint_of(server).connections)
    return client


def read_all(server: Running, client: socket.socket) -> bytes:
    data = b""
    while True:
        server.wait(lambda: can_read(client))
        part = client.recv(1 << 16)
        if not part:
            return data
        data += part


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        (b"", b"G"),
        (b"GET /health HTTP/1.1\r\nX: ", b"a"),
        (b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"a"),
        (b"POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=["nothing", "a field", "a body", "chunks"],
)
def test_an_octet_now_and_then_keeps_no_connection(server: Running, begin: bytes, drop: bytes) -> None:
    """A request must be whole in time, however its client shows that it lives."""
    with connect(server) as client:
        client.sendall(begin)
        start = server.now
        server.run(TIMEOUT - 1)
        while endpoint_of(server).connections and server.now < start + 100:
            client.sendall(drop)
            server.run(1)
        assert server.now - start < 2 * TIMEOUT + 3


def test_each_request_has_its_time(server: Running) -> None:
    with connect(server) as client:
        for _ in range(4):
            server.run(TIMEOUT - 2)
            client.sendall(GET)
            server.wait(lambda: can_read(client))
            assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_an_answer_has_its_time_too(server: Running) -> None:
    slow = endpoint_of(server).paths["/health"] = Slow()
    with connect(server) as client:
        client.sendall(GET)
        server.wait(lambda: slow.asked)
        server.run(TIMEOUT * 3)
        slow.asked[0](Answer(200, "late"))
        server.wait(lambda: can_read(client))
        assert client.recv(1000).endswith(b"late")
    with connect(server) as client:
        client.sendall(GET)
        server.wait(lambda: len(slow.asked) == 2)
        next(iter(endpoint_of(server).connections)).deadline -= PATIENCE
        assert read_all(server, client) == b""
    slow.asked[1](Answer(200, "too late"))


def test_who_says_no_more_gets_the_answer(server: Running) -> None:
    slow = endpoint_of(server).paths["/health"] = Slow()
    with connect(server) as client:
        client.sendall(GET + GET)
        client.shutdown(socket.SHUT_WR)
        for number in (1, 2):
            server.wait(lambda: slow.asked)
            slow.asked.pop()(Answer(200, f"number {number}"))
        data = read_all(server, client)
        assert (data.count(b"200 OK"), data[-8:]) == (2, b"number 2")
        assert not endpoint_of(server).connections


def test_others_have_their_turn_between_requests_of_one_client(server: Running) -> None:
    """Queries over UDP do not wait until a thousand requests that came at once are answered."""
    with connect(server) as client:
        client.sendall(GET * 1000)
        endpoint = endpoint_of(server)
        served = 0

        def respond() -> Answer:
            nonlocal served
            served += 1
            return Answer(200, "OK")

        endpoint.paths["/health"] = respond
        assert server.answers("a.example.org. A")[0] == "NOERROR"
        assert served < 20


def test_a_long_answer_is_sent_as_it_is_read(server: Running) -> None:
    text = "x" * (8 << 20)
    endpoint_of(server).paths["/health"] = lambda: Answer(200, text)
    with connect(server) as client:
        client.sendall(GET.replace(b"1.1", b"1.0"))
        for _ in range(20):
            server.loop.step(0)
        (stream,) = endpoint_of(server).connections
        assert stream.waiting < 1 << 18
        assert len(read_all(server, client).partition(b"\r\n\r\n")[2]) == len(text)


class Broken(Inquiry):
    """An endpoint with a fault."""

    def begin(self, query: str, done: Done) -> None:
        del done
        raise RuntimeError(query)


def broken() -> Answer:
    raise RuntimeError("broken")


@pytest.mark.parametrize("respond", [broken, Broken()])
def test_a_fault_of_an_endpoint_is_500_and_a_line(server: Running, respond: Inquiry) -> None:
    endpoint_of(server).paths["/health"] = respond
    with connect(server) as client:
        for _ in range(2):  # on the same connection
            client.sendall(GET.replace(b"/health", b"/health?broken"))
            server.wait(lambda: can_read(client))
            assert client.recv(1000).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert "[ERROR] http: answering /health: RuntimeError: broken" in server.output()


def test_a_fault_after_the_answer_is_a_line(server: Running) -> None:
    class Late(Inquiry):
        def begin(self, query: str, done: Done) -> None:
            done(Answer(200, query))
            done(Answer(200, "second"))
            raise RuntimeError("late")

    endpoint_of(server).paths["/health"] = Late()
    head, body = server.fetch("GET /health?first HTTP/1.0")
    assert (head.split()[1], body) == ("200", b"first")
    assert "[ERROR] http: answering /health: RuntimeError: late" in server.output()


def test_a_head_that_cannot_be_sent_closes_the_connection(server: Running) -> None:
    endpoint_of(server).paths["/health"] = lambda: Answer(200, "", fields=(("X", "a\0b"),))
    assert server.fetch("GET /health HTTP/1.0") == ("", b"")
    assert any("http: speaking HTTP: LocalProtocolError" in line for line in server.output())


class Faulty:
    """A guard with faults: at a connection, or at a request."""

    def __init__(self, stage: str) -> None:
        self._stage = stage

    def open(self, loop: Loop, opened: socket.socket, connection: Connection, /) -> Stream:
        if self._stage == "connection":
            raise OSError("no certificate")
        return Stream(loop, opened, connection)

    def admit(self, request: Request, _serve: object, _done: object, /) -> None:
        raise RuntimeError(request.path)


def test_a_guard_with_a_fault_lets_nobody_in(server: Running) -> None:
    endpoint_of(server).guard = Faulty("connection")
    with pytest.raises(ConnectionResetError):
        server.fetch("GET /health HTTP/1.0")
    endpoint_of(server).guard = Faulty("request")
    assert server.fetch("GET /health HTTP/1.0")[0].startswith("HTTP/1.0 500 ")
    assert "[ERROR] http: answering /health: RuntimeError: /health" in server.output()
