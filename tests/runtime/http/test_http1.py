"""HTTP/1.1 without a socket: what is kept between pieces, what bounds it, and what an answer looks like."""

import pytest
from corefile_runtime.http.go_request import MAX_FIELDS, MAX_HEAD
from corefile_runtime.http.http1 import MAX_BODY, MAX_PIECES, Http1
from corefile_runtime.http.messages import Answer
from hypothesis import given
from hypothesis import strategies as st

GET = b"GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def converse(data: bytes, size: int = 1 << 16) -> tuple[list[str], bytes, Http1]:
    """The paths that are asked for, what is said, and the protocol after that; `data` comes in pieces."""
    protocol, paths = Http1(), list[str]()
    for begin in range(0, len(data), size):
        requests = protocol.receive(data[begin : begin + size])
        while requests:
            for request in requests:
                paths.append(request.path)
                protocol.answer(request, Answer(200, "OK"))
            requests = protocol.receive(b"")
    return paths, protocol.take(), protocol


def test_a_request() -> None:
    (request,) = Http1().receive(GET)
    assert request[:3] == ("GET", "/a b", "c=d")
    assert request.fields == {"host": ["x"], "x-a": ["1", "2"]}
    assert (request.field("x-a"), request.field("y")) == ("1", "")


def test_an_answer() -> None:
    protocol = Http1()
    (request,) = protocol.receive(GET)
    protocol.answer(request, Answer(503, "a,b", "text/x", fields=(("X-Y", " a\r\n b "),)))
    assert protocol.take() == (
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/x\r\nContent-Length: 3\r\nX-Y: a b\r\n\r\na,b"
    )
    assert (protocol.idle, protocol.ended, protocol.take()) == (True, False, b"")


@pytest.mark.parametrize(
    ("version", "connection", "answered", "field"),
    [
        ("1.1", "", "1.1", None),
        ("1.1", "close", "1.1", b"Connection: close"),
        ("1.0", "", "1.0", None),
        ("1.0", "Keep-Alive", "1.0", b"Connection: keep-alive"),
    ],
)
def test_versions(version: str, connection: str, answered: str, field: bytes | None) -> None:
    """As Go answers: in the version of the client, and with a word about the connection where it is not the usual."""
    head = f"GET / HTTP/{version}\r\nHost: x\r\nConnection: {connection}\r\n\r\n".encode()
    _, said, protocol = converse(head)
    assert said.startswith(f"HTTP/{answered} 200 OK\r\n".encode())
    assert [line for line in said.split(b"\r\n") if line.startswith(b"Connection")] == ([field] if field else [])
    assert protocol.ended == (connection == "close" or (version, connection) == ("1.0", ""))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_make_no_difference(size: int) -> None:
    data = GET + CHUNKED + b"3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\n" + GET
    assert converse(data, size)[:2] == converse(data)[:2]
    assert converse(data)[0] == ["/a b", "/", "/a b"]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_octets(data: bytes, size: int) -> None:
    """Nothing raises, and what was refused is not gone on with."""
    for begin in (b"", GET[:-2], CHUNKED):
        _, said, protocol = converse(begin + data, size)
        assert not protocol.ended or protocol.held == 0
        assert not said or said.startswith(b"HTTP/1.")


LONG = {
    "a head": (GET[:-2] + b"a" * (MAX_HEAD + 70_000), b"HTTP/1.1 431 "),
    "a line": (b"G" * (MAX_HEAD + 70_000), b"HTTP/1.1 431 "),
    "fields": (GET[:-2] + b"a:\r\n" * MAX_FIELDS + b"\r\n", b"HTTP/1.1 431 "),
    "a body": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1), b"HTTP/1.1 200 "),
    "a length": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 20 + b"\r\n\r\n", b"HTTP/1.1 200 "),
    "a chunk": (CHUNKED + b"fffff\r\n" + b"a" * (MAX_BODY + 1), b"HTTP/1.1 200 "),
    "chunks": (CHUNKED + b"1\r\na\r\n" * (MAX_PIECES + 1), b"HTTP/1.1 200 "),
    "a chunk's line": (CHUNKED + b"1;" + b"a" * 10_000, b"HTTP/1.1 200 "),
    "trailers": (CHUNKED + b"0\r\n" + b"a: b\r\n" * 1000, b"HTTP/1.1 200 "),
}


@pytest.mark.parametrize(("data", "said"), LONG.values(), ids=LONG)
def test_what_is_too_long_ends_the_connection(data: bytes, said: bytes) -> None:
    _, got, protocol = converse(data)
    assert got.startswith(said)
    assert b"\r\nConnection: close\r\n" in got
    assert (protocol.ended, protocol.held) == (True, 0)


# h11's expressions take quadratic time over these: an hour for a megabyte.
BLANKS = {
    "in a value": GET[:-2] + b"a:" + b" " * 1_000_000 + b"\0\r\n\r\n",
    "and a return": GET[:-2] + b"a:" + b" " * 1_000_000 + b"\rb\r\n\r\n",
    "in a chunk's line": CHUNKED + b"1;" + b" " * 60_000 + b"\nx\r\n",
    "in a trailer": CHUNKED + b"0\r\na:" + b" " * 60_000 + b"\0\r\n\r\n",
}


@pytest.mark.parametrize("data", BLANKS.values(), ids=BLANKS)
def test_blanks_do_not_keep_the_server_busy(data: bytes) -> None:
    assert converse(data)[2].ended


def test_requests_wait_while_one_is_answered() -> None:
    protocol = Http1()
    (request,) = protocol.receive(GET + GET)
    assert (protocol.receive(GET), protocol.held, protocol.idle) == ((), 2 * len(GET), False)
    protocol.answer(request, Answer(200, "OK"))
    assert len(protocol.receive(b"")) == 1
    assert protocol.held == len(GET)


def test_an_upgrade_is_not_taken_up() -> None:
    upgrade = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    paths, said, protocol = converse(upgrade + GET)
    assert (paths, said.count(b"200 OK"), protocol.ended) == (["/", "/a b"], 2, False)


def test_a_length_in_chunks_of_an_old_client_ends_the_connection() -> None:
    """RFC 9112, 6.1: its framing is not to be trusted."""
    head = CHUNKED.replace(b"1.1", b"1.0").replace(b"Host", b"Connection: keep-alive\r\nHost")
    paths, _, protocol = converse(head + b"0\r\n\r\n" + GET)
    assert (paths, protocol.ended) == (["/"], True)
