"""A connection: what comes in, what goes out and how fast, and its end; plain and encrypted, on either side."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Generator, Iterator
from itertools import pairwise, repeat

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets import stream as stream_module
from corefile_runtime.sockets.deadlines import Deadlines
from corefile_runtime.sockets.stream import CHUNK, FULL, ROOM, SLICE, Stream
from corefile_runtime.sockets.tls_stream import TlsStream

from tests.runtime.certificates import Certificate


class Side:
    """One side of a connection, and what it has been told."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.told: list[str] = []
        self.error: Exception | None = None
        self.crashes = False

    def on_data(self, data: bytes) -> None:
        assert data
        if self.crashes:
            raise ValueError("not foreseen")
        self.data += data

    def on_end(self) -> None:
        self.told.append("end")

    def on_sent(self) -> None:
        self.told.append("sent")

    def on_close(self, error: Exception | None) -> None:
        self.told.append("close")
        self.error = error


class Reporting(Loop):
    """A loop that keeps what it is told of."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        super().__init__(self.errors.append)


@pytest.fixture
def loop() -> Generator[Reporting]:
    opened = Reporting()
    yield opened
    opened.close()
    assert opened.errors == []


Pair = tuple[Stream, Side, socket.socket]


@pytest.fixture
def pair(loop: Reporting) -> Generator[Pair]:
    """A stream, its user, and the other end, which does what the test does."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(30)
    side = Side()
    stream = Stream(loop, ours, side)
    yield stream, side, theirs
    stream.close()
    theirs.close()


def turn_until(loop: Loop, done: Callable[[], object]) -> None:
    for _ in range(100_000):
        if done():
            return
        loop.step(0)
    pytest.fail("nothing more comes")


def read_all(loop: Loop, theirs: socket.socket, size: int) -> bytes:
    """So many octets, read in small parts while the loop turns."""
    theirs.setblocking(False)
    data = bytearray()
    while len(data) < size:
        loop.step(0)
        try:
            part = theirs.recv(5000)
        except BlockingIOError:
            continue
        if not part:
            break
        data += part
    return bytes(data)


def test_bytes_come_and_go(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    theirs.sendall(b"a query")
    loop.step(1)
    assert side.data == b"a query"
    assert stream.write(b"a reply")
    assert theirs.recv(100) == b"a reply"
    assert side.told == []


def test_what_finds_no_room_leaves_later_and_in_order(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    parts = [bytes((number,)) * 7001 for number in range(100)]
    assert {stream.write(part) for part in parts} == {True, False}
    assert stream.waiting > 0
    assert read_all(loop, theirs, 700_100) == b"".join(parts)
    turn_until(loop, lambda: side.told)
    assert (side.told, stream.waiting, stream.sent) == (["sent"], 0, True)


def test_who_does_not_read_is_not_read_from(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    size = 0
    while stream.waiting < FULL:
        stream.write(bytes(10_000))
        size += 10_000
    theirs.sendall(b"more")
    for _ in range(5):
        loop.step(0)
    assert side.data == b""
    read_all(loop, theirs, size)
    turn_until(loop, lambda: bytes(side.data) == b"more")


def test_there_is_a_bound_for_what_waits(loop: Reporting, pair: Pair) -> None:
    stream, side, _ = pair
    size = 0
    while not stream.closed:
        stream.write(bytes(50_000))
        size += 50_000
        assert size < 3 * ROOM
    assert side.told == ["close"]
    assert "does not read" in str(side.error)
    assert stream.write(b"more") is False
    loop.step(0)


def test_reading_may_pause(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    stream.pause()
    theirs.sendall(b"x")
    loop.step(0)
    assert side.data == b""
    stream.resume()
    loop.step(0)
    assert side.data == b"x"


def test_the_other_side_may_end_and_still_read(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    theirs.shutdown(socket.SHUT_WR)
    loop.step(1)
    loop.step(0)  # it could be read again and again
    assert side.told == ["end"]
    assert stream.write(b"bye")
    stream.finish()
    assert theirs.recv(10) == b"bye"
    assert theirs.recv(10) == b""
    assert side.told == ["end", "close"]


def test_it_is_finished_when_all_has_left(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    stream.write(bytes(700_000))
    stream.finish()
    assert side.told == []
    assert len(read_all(loop, theirs, 700_000)) == 700_000
    turn_until(loop, lambda: stream.closed)
    assert side.told == ["sent", "close"]
    assert side.error is None


def test_it_is_closed_once(loop: Reporting, pair: Pair) -> None:
    stream, side, _ = pair
    stream.close()
    stream.close(OSError("again"))
    assert (side.told, side.error) == (["close"], None)
    loop.step(0)


def test_a_connection_that_breaks_says_why(loop: Reporting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as theirs:
        ours, _ = server.accept()
        ours.setblocking(False)
        side = Side()
        Stream(loop, ours, side)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        theirs.close()
        turn_until(loop, lambda: side.told)
    assert side.told == ["close"]
    assert isinstance(side.error, ConnectionResetError)


def test_deadlines_close(loop: Reporting, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, side, _ = pair
    monkeypatch.setattr("corefile_runtime.sockets.deadlines.EVERY", 0.0)
    deadlines: Deadlines[Stream] = Deadlines(loop)
    deadlines.add(stream)
    loop.step(0)
    assert side.told == []
    stream.deadline = 0.0
    turn_until(loop, lambda: side.told)
    assert side.told == ["close"]
    deadlines.discard(stream)
    assert len(deadlines) == 0
    deadlines.close()


def test_an_exception_of_the_user_closes_and_is_reported(loop: Reporting, pair: Pair) -> None:
    """Where it stands among its messages nobody knows any more."""
    stream, side, theirs = pair
    side.crashes = True
    theirs.sendall(b"x")
    loop.step(1)
    assert stream.closed
    assert [type(side.error)] == [type(error) for error in loop.errors] == [ValueError]
    loop.errors.clear()


# -- long replies


def test_a_long_reply_is_made_as_it_is_read(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    made = 0

    def pieces() -> Iterator[bytes]:
        nonlocal made
        for number in range(100_000):
            made += 1
            yield number.to_bytes(4, "big") + bytes(19)

    stream.write_all(pieces())
    for _ in range(100):
        loop.step(0)
    assert made < 50_000  # what the kernel holds, and one chunk
    assert stream.waiting <= CHUNK + 23
    got = read_all(loop, theirs, 2_300_000)
    assert got == b"".join(number.to_bytes(4, "big") + bytes(19) for number in range(100_000))
    turn_until(loop, lambda: "sent" in side.told)


def test_it_is_made_in_slices_between_which_others_have_their_turn(
    loop: Reporting, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, _, theirs = pair
    now, others = 0.0, list[float]()
    monkeypatch.setattr(stream_module, "monotonic", lambda: now)

    def slow() -> Iterator[bytes]:
        nonlocal now
        for _ in range(1000):
            now += 0.0001
            yield b"x"

    one, other = socket.socketpair()
    with one, other:
        other.send(b"always something to read")
        loop.read(one.fileno(), lambda: others.append(now))
        stream.write_all(slow())
        turn_until(loop, lambda: stream.sent)
        loop.forget(one.fileno())
    assert len(others) >= 49
    assert max(later - before for before, later in pairwise(others)) <= SLICE + 0.0001
    assert read_all(loop, theirs, 1000) == b"x" * 1000


def test_several_long_replies_come_one_after_the_other(loop: Reporting, pair: Pair) -> None:
    stream, _, theirs = pair
    stream.write_all(repeat(b"a" * 1000, 300))
    stream.write_all(repeat(b"b" * 1000, 300))
    stream.finish()
    assert read_all(loop, theirs, 1 << 30) == b"a" * 300_000 + b"b" * 300_000


def test_an_error_of_a_long_reply_closes_and_is_reported(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair

    def broken() -> Iterator[bytes]:
        yield b"x"
        raise ValueError("no more")

    stream.write_all(broken())
    assert side.told == ["close"]
    assert [str(error) for error in loop.errors] == ["no more"]
    assert theirs.recv(10) == b""
    loop.errors.clear()


def test_a_long_reply_ends_with_its_connection(pair: Pair) -> None:
    stream, _, _ = pair
    ended = False

    def endless() -> Generator[bytes]:
        nonlocal ended
        try:
            while True:
                yield bytes(1000)
        finally:
            ended = True

    stream.write_all(endless())
    stream.close()
    assert ended
    stream.write_all(endless())  # for nobody
    assert stream.sent


def test_the_deadline_is_put_off_as_a_long_reply_is_read(loop: Reporting, pair: Pair) -> None:
    stream, _, theirs = pair
    stream.deadline, stream.patience = 0.0, 10.0
    stream.write(bytes(700_000))
    assert stream.deadline == 0.0
    read_all(loop, theirs, 300_000)
    assert stream.deadline > 0.0


# -- what stands before


def test_something_may_stand_before_the_rest(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    stream.expect_head(lambda data: data[4:] if len(data) >= 4 else None)
    for octet in b"HEADrest":
        theirs.send(bytes((octet,)))
        loop.step(1)
    assert side.data == b"rest"


def test_a_head_that_is_none_closes(loop: Reporting, pair: Pair) -> None:
    stream, side, theirs = pair
    stream.expect_head(lambda data: bytes(int(data)))
    theirs.send(b"x")
    loop.step(1)
    assert side.told == ["close"]


# -- encrypted


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's, who trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    authority = Certificate("authority")
    authority.write(folder, "ca")
    Certificate("server", "dns.example.org", issuer=authority).write(folder, "server")
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(folder / "server.pem", folder / "server.key")
    client.load_verify_locations(folder / "ca.pem")
    return server, client


class Encrypted:
    """Both sides of a connection on one loop."""

    def __init__(
        self, loop: Loop, contexts: tuple[ssl.SSLContext, ssl.SSLContext], name: str = "dns.example.org"
    ) -> None:
        server, client = contexts
        self.opened: list[str] = []
        self.ours, self.theirs = Side(), Side()
        one, other = socket.socketpair()
        for end in one, other:
            end.setblocking(False)
        self.server = TlsStream(
            loop,
            one,
            self.ours,
            lambda incoming, outgoing: server.wrap_bio(incoming, outgoing, server_side=True),
            on_open=lambda _tls: self.opened.append("server"),
            not_tls=b"HTTP/1.0 400 Bad Request\r\n\r\n",
        )
        self.client = TlsStream(
            loop,
            other,
            self.theirs,
            lambda incoming, outgoing: client.wrap_bio(incoming, outgoing, server_hostname=name),
            on_open=lambda _tls: self.opened.append("client"),
        )

    def close(self) -> None:
        self.server.close()
        self.client.close()


@pytest.fixture
def encrypted(loop: Reporting, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> Generator[Encrypted]:
    both = Encrypted(loop, contexts)
    yield both
    both.close()


def test_what_is_written_before_the_handshake_waits_for_it(loop: Reporting, encrypted: Encrypted) -> None:
    encrypted.client.write(b"a query")
    assert not encrypted.client.sent
    encrypted.client.begin()
    turn_until(loop, lambda: encrypted.ours.data)
    encrypted.server.write(b"a reply")
    turn_until(loop, lambda: encrypted.theirs.data)
    assert (bytes(encrypted.ours.data), bytes(encrypted.theirs.data)) == (b"a query", b"a reply")
    assert sorted(encrypted.opened) == ["client", "server"]
    assert encrypted.client.sent


def test_many_records_are_one_piece_of_data(loop: Reporting, encrypted: Encrypted) -> None:
    encrypted.client.begin()
    turn_until(loop, lambda: len(encrypted.opened) == 2)
    for _ in range(100):
        encrypted.client.write(b"x" * 10)
    loop.step(0)
    assert encrypted.ours.data == b"x" * 1000


def test_much_goes_through_tls_in_order(loop: Reporting, encrypted: Encrypted) -> None:
    encrypted.client.begin()
    encrypted.client.write_all(bytes((number % 251,)) * 997 for number in range(2000))
    turn_until(loop, lambda: len(encrypted.ours.data) == 2000 * 997)
    assert encrypted.ours.data == b"".join(bytes((number % 251,)) * 997 for number in range(2000))


def test_the_end_is_said(loop: Reporting, encrypted: Encrypted) -> None:
    encrypted.client.begin()
    turn_until(loop, lambda: len(encrypted.opened) == 2)
    encrypted.client.write(b"last")
    encrypted.client.finish()
    turn_until(loop, lambda: encrypted.ours.told)
    assert encrypted.ours.told == ["end"]
    assert encrypted.ours.data == b"last"


def test_half_of_it_may_be_shut(loop: Reporting, encrypted: Encrypted) -> None:
    encrypted.client.begin()
    turn_until(loop, lambda: len(encrypted.opened) == 2)
    encrypted.client.shut()
    turn_until(loop, lambda: encrypted.ours.told)
    encrypted.server.write(b"still there")
    turn_until(loop, lambda: encrypted.theirs.data)
    assert encrypted.theirs.data == b"still there"


def test_who_cannot_be_trusted_is_left(loop: Reporting, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    both = Encrypted(loop, contexts, "other.example.org")
    both.client.begin()
    turn_until(loop, lambda: both.theirs.told and both.ours.told)
    assert isinstance(both.theirs.error, ssl.SSLCertVerificationError)
    assert both.theirs.told == both.ours.told == ["close"]
    assert "ALERT" in str(both.ours.error)
    both.close()


def test_whoever_opens_may_refuse(loop: Reporting, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    def refuse(_tls: ssl.SSLObject) -> None:
        raise OSError("none of the names that are allowed")

    side = Side()
    one, other = socket.socketpair()
    with other:
        one.setblocking(False)
        stream = TlsStream(
            loop,
            one,
            side,
            lambda incoming, outgoing: contexts[0].wrap_bio(incoming, outgoing, server_side=True),
            on_open=refuse,
        )
        other.setblocking(False)
        theirs = Side()
        client = TlsStream(
            loop,
            other,
            theirs,
            lambda incoming, outgoing: contexts[1].wrap_bio(incoming, outgoing, server_hostname="dns.example.org"),
        )
        client.begin()
        turn_until(loop, lambda: side.told)
        assert str(side.error) == "none of the names that are allowed"
        assert stream.closed
        client.close()


@pytest.mark.parametrize(
    ("said", "answer"),
    [(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.0 400 Bad Request\r\n\r\n"), (b"\x16\3\1\0\5\1\0\0\1\0", b"\x15")],
)
def test_who_does_not_speak_tls_is_told(
    loop: Reporting, contexts: tuple[ssl.SSLContext, ssl.SSLContext], said: bytes, answer: bytes
) -> None:
    side = Side()
    one, other = socket.socketpair()
    with other:
        one.setblocking(False)
        TlsStream(
            loop,
            one,
            side,
            lambda incoming, outgoing: contexts[0].wrap_bio(incoming, outgoing, server_side=True),
            not_tls=b"HTTP/1.0 400 Bad Request\r\n\r\n",
        )
        other.sendall(said)
        turn_until(loop, lambda: side.told)
        other.settimeout(30)
        assert other.recv(1000).startswith(answer)
    assert isinstance(side.error, ssl.SSLError)
