"""Odd requests to the endpoints: what CoreDNS 1.14.7 (Go's HTTP server) said to each, on `/health`."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import pytest
from corefile_runtime.http.server import MAX_CONNECTIONS
from corefile_runtime.testing import Running, can_read, serve

ADDRESS = "127.0.0.1:0"
OK = "1.1 200 OK|OK"
NOTHING = "1.1 404 Not Found|404 page not found\n"
BAD = "1.1 400 Bad Request|400 Bad Request"
CLOSED = "closed"
UNSUPPORTED = "HTTP Version Not Supported: unsupported protocol version"


def get(path: str = "/health", fields: str = "Host: x\r\n", method: str = "GET", version: str = "HTTP/1.1") -> bytes:
    return f"{method} {path} {version}\r\n{fields}\r\n".encode("latin-1")


def post(fields: str, body: bytes = b"") -> bytes:
    return get(fields=f"Host: x\r\n{fields}\r\n", method="POST") + body


def bad(detail: str) -> list[str]:
    return [f"1.1 400 Bad Request: {detail}|400 Bad Request: {detail}", CLOSED]


LAST = get(fields="Host: x\r\nConnection: close\r\n")
MOVED = '1.1 307 Temporary Redirect|<a href="/health">Temporary Redirect</a>.\n\n'

SAID: dict[str, tuple[bytes, list[str]]] = {
    "usual": (get(), [OK]),
    "the last one": (LAST, [OK, CLOSED]),
    "HEAD": (get(method="HEAD"), ["1.1 200 OK|"]),
    "any method": (get(method="FROB"), [OK]),
    "a body": (post("Content-Length: 3", b"abc") + LAST, [OK, OK, CLOSED]),
    "a body in chunks": (post("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n") + LAST, [OK, OK, CLOSED]),
    "a body in chunks of a size in Python's manner": (
        post("Transfer-Encoding: chunked", b"1_0\r\n" + b"a" * 16 + b"\r\n0\r\n\r\n") + LAST,
        [OK, CLOSED],
    ),
    "a body that is not whole": (post("Content-Length: 300", b"a"), []),
    "a large body": (post("Content-Length: 300000", b"a" * 300000) + LAST, [OK, CLOSED]),
    "several at once": (get() + get("/no") + get(method="HEAD") + LAST, [OK, NOTHING, "1.1 200 OK|", OK, CLOSED]),
    "a path that is not there": (get("/no"), [NOTHING]),
    "a path that goes on": (get("/health/"), [NOTHING]),
    "a path in capitals": (get("/HEALTH"), [NOTHING]),
    "two slashes": (get("//health"), [MOVED]),
    "dots": (get("/a/../health"), [MOVED]),
    "with a host": (get("http://x/health"), [OK]),
    "escaped": (get("/h%65alth"), [OK]),
    "badly escaped": (get("/%zz"), [BAD, CLOSED]),
    "no path": (get(""), [BAD, CLOSED]),
    "half a path": (get("health"), [BAD, CLOSED]),
    "everything": (get("*", method="OPTIONS"), ["1.1 200 OK|"]),
    "everything, to get": (get("*"), ["1.1 400 Bad Request|", CLOSED]),
    "1.0": (get(version="HTTP/1.0", fields=""), ["1.0 200 OK|OK", CLOSED]),
    "1.0 that stays": (get(version="HTTP/1.0", fields="Connection: keep-alive\r\n"), ["1.0 200 OK|OK"]),
    "1.2": (get(version="HTTP/1.2"), [OK]),
    "2.0": (get(version="HTTP/2.0"), [
        f"1.1 505 {UNSUPPORTED}|505 {UNSUPPORTED}", CLOSED,
    ]),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ["1.1 400 Bad Request|", CLOSED]),
    "0.9": (b"GET /health\r\n\r\n", [BAD, CLOSED]),
    "a version in small letters": (get(version="http/1.1"), [BAD, CLOSED]),
    "without returns": (b"GET /health HTTP/1.1\nHost: x\n\n", [OK]),
    "a blank line first": (b"\r\n" + get(), [BAD, CLOSED]),
    "no host": (get(fields=""), bad("missing required Host header")),
    "two hosts": (get(fields="Host: x\r\nHost: x\r\n"), [BAD, CLOSED]),
    "a host with a blank": (get(fields="Host: a b\r\n"), bad("malformed Host header")),
    "an empty host": (get(fields="Host:\r\n"), [OK]),
    "a field without a colon": (get(fields="Host: x\r\nnothing\r\n"), [BAD, CLOSED]),
    "a field without a name": (get(fields="Host: x\r\n: y\r\n"), [BAD, CLOSED]),
    "a name with a blank": (get(fields="Host: x\r\na b: c\r\n"), bad("invalid header name")),
    "a blank before the colon": (get(fields="Host: x\r\na : c\r\n"), bad("invalid header name")),
    "a field that goes on": (get(fields="Host: x\r\na: b\r\n c\r\n"), [OK]),
    "a field that begins with a blank": (get(fields=" a: b\r\nHost: x\r\n"), [BAD, CLOSED]),
    "a null": (get(fields="Host: x\r\na: b\0c\r\n"), [BAD, CLOSED]),
    "other letters": (get(fields="Host: x\r\na: \xff\xfe\r\n"), [OK]),
    "a field of 100 kB": (get(fields=f"Host: x\r\nX: {'a' * 100_000}\r\n"), [OK]),
    "5000 fields": (get(fields="Host: x\r\n" + "".join(f"X{i}: y\r\n" for i in range(5000))), [OK]),
    "a field of 2 MB": (get(fields=f"Host: x\r\nX: {'a' * 2_000_000}\r\n"), [
        "1.1 431 Request Header Fields Too Large|431 Request Header Fields Too Large", CLOSED,
    ]),
    "a path of 100 kB": (get("/" + "a" * 100_000), [NOTHING]),
    "no length": (post("Content-Length: x"), [BAD, CLOSED]),
    "a length below zero": (post("Content-Length: -1"), [BAD, CLOSED]),
    "two lengths": (post("Content-Length: 3\r\nContent-Length: 4", b"abc"), [BAD, CLOSED]),
    "a coding that nobody knows": (
        post("Transfer-Encoding: gzip"), ["1.1 501 Not Implemented|Unsupported transfer encoding", CLOSED],
    ),
    "chunks and a length": (post("Content-Length: 3\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"), [OK]),
    "an expectation": (post("Expect: wonders"), ["1.1 417 Expectation Failed|", CLOSED]),
    "the last one, among others": (get(fields="Host: x\r\nConnection: foo, close\r\n"), [OK, CLOSED]),
    "all octets": (bytes(range(256)), [BAD, CLOSED]),
    "TLS": (b"\x16\x03\x01\x02\0\1\0\1\xfc\3\3" + bytes(200) + b"\r\n\r\n", [BAD, CLOSED]),
}  # fmt: skip


@pytest.fixture(scope="module", name="server")
def a_server() -> Iterator[Running]:
    with serve(f"    health {ADDRESS}\n    whoami") as server:
        yield server


def connect(server: Running) -> socket.socket:
    return socket.create_connection(server.engine.endpoints.find(ADDRESS))


def converse(server: Running, data: bytes, done: Callable[[bytes], bool]) -> bytes:
    """Send, and take what comes until that is enough or the connection is closed."""
    got = b""
    with connect(server) as client:
        client.setblocking(False)
        while not done(got):
            server.loop.step(0.001)
            try:
                if data:
                    data = data[client.send(data) :]
                part = client.recv(1 << 20)
            except BlockingIOError:
                continue
            except OSError:  # gone while we were still talking
                part = b""
            if not part:
                return got + b"\0"
            got += part
    return got


def read_answers(data: bytes) -> list[str]:
    """`version status|body` of each answer, and whether the connection was closed behind the last."""
    found: list[str] = []
    while data and data != b"\0":
        head, _, data = data.partition(b"\r\n\r\n")
        first = head.split(b"\r\n")[0].decode().removeprefix("HTTP/")
        length = re.search(rb"Content-Length: (\d+)", head)
        size = int(length[1]) if length else len(data.removesuffix(b"\0"))
        if data[:5] == b"HTTP/" or not data.removesuffix(b"\0"):  # to HEAD there is no body
            size = 0
        found.append(f"{first}|{data[:size].decode()}")
        data = data[size:]
    return [*found, CLOSED] if data else found


@pytest.mark.parametrize(("request_", "said"), SAID.values(), ids=SAID)
def test_answers(server: Running, request_: bytes, said: list[str]) -> None:
    if said and said[-1] == CLOSED:
        got = converse(server, request_, lambda _got: False)
    elif said:
        # What stays open must still be good for another request.
        said, request_ = [*said, OK, CLOSED], request_ + LAST
        got = converse(server, request_, lambda _got: False)
    else:
        rounds = iter(range(20))
        got = converse(server, request_, lambda _got: next(rounds, None) is None)
    assert read_answers(got) == said


def test_in_small_pieces(server: Running) -> None:
    with connect(server) as client:
        for octet in LAST:
            client.send(bytes((octet,)))
            server.loop.step(0)
        server.wait(lambda: can_read(client))
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")


def test_who_is_slow_is_left(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.http.connection.TIMEOUT", 0.1)
    with connect(server) as client:
        client.send(b"GET /health HTTP/1.1\r\n")
        server.wait(lambda: can_read(client))
        assert client.recv(100) == b""


def test_answers_that_nobody_reads_are_not_made() -> None:
    """A thousand requests at once and nobody who reads: one answer waits, not a thousand."""
    with serve("    prometheus 127.0.0.1:0\n    whoami") as server, connect(server) as client:
        client.setblocking(False)
        endpoint = next(iter(server.engine.endpoints.servers.values()))
        data = get("/metrics") * 20000
        for _ in range(100):
            server.loop.step(0)
            try:
                data = data[client.send(data) :]
            except BlockingIOError:
                break
        (stream,) = endpoint.connections
        assert stream.waiting < 1 << 20


def test_connections_are_bounded(server: Running) -> None:
    clients: list[socket.socket] = []
    endpoint = next(iter(server.engine.endpoints.servers.values()))
    for _ in range(MAX_CONNECTIONS + 5):
        clients.append(connect(server))
        server.loop.step(0)
    assert len(endpoint.connections) <= MAX_CONNECTIONS
    for client in clients:
        client.close()
    server.wait(lambda: not endpoint.connections)


def test_silent_connections_give_way_to_a_probe(server: Running) -> None:
    clients: list[socket.socket] = []
    endpoint = next(iter(server.engine.endpoints.servers.values()))
    for number in range(MAX_CONNECTIONS):
        clients.append(connect(server))
        server.wait(lambda: len(endpoint.connections) == number + 1)  # noqa: B023 - called at once
    for _ in range(3):
        with connect(server) as probe:
            probe.sendall(get())
            server.wait(lambda: can_read(probe))
            assert probe.recv(100).startswith(b"HTTP/1.1 200 OK")
            with clients.pop(0) as oldest:
                server.wait(lambda: can_read(oldest))
                assert oldest.recv(100) == b""
    for client in clients:
        client.close()


def test_what_is_held_is_bounded(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.http.server.MAX_HELD", 300_000)
    part = get(fields=f"Host: x\r\nX: {'a' * 200_000}\r\n")[:-2]
    endpoint = next(iter(server.engine.endpoints.servers.values()))
    with connect(server) as first, connect(server) as second:
        for client in (first, second):
            client.setblocking(False)
            data = part
            while data:
                try:
                    data = data[client.send(data) :]
                except BlockingIOError:
                    server.loop.step(0)
                except OSError:
                    break
        server.wait(lambda: len(endpoint.connections) == 1)
        assert endpoint.held <= 300_000
    server.wait(lambda: not endpoint.connections)
    assert endpoint.held == 0
