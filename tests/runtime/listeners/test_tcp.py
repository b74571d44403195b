"""TCP: many queries on one connection, in pieces, too many, too late, and nonsense."""

import contextlib
import errno
import select
import socket
from collections.abc import Callable, Generator, Iterator

import dns.message
import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.dns import PlainDns
from corefile_runtime.listeners.tcp import TcpListener
from corefile_runtime.replay.client_classes import ClientClasses
from corefile_runtime.replay.store import Store
from corefile_runtime.sockets.addresses import bind_both, bind_socket
from corefile_runtime.sockets.encryption import Encryption
from corefile_runtime.sockets.interception import Interceptor
from corefile_runtime.sockets.proxy_trust import Trust
from corefile_runtime.sockets.stream import CHUNK
from corefile_runtime.testing import Running, can_read, serve
from corefile_runtime.wire.question import Transport


def tcp_of(server: Running) -> TcpListener:
    (listening,) = server.engine.listeners.find("dns")
    assert isinstance(listening, PlainDns)
    return listening.tcp


def frame(name: str, number: int) -> bytes:
    query = dns.message.make_query(name, "A")
    query.id = number
    wire = query.to_wire()
    return len(wire).to_bytes(2, "big") + wire


def read_replies(server: Running, client: socket.socket, count: int) -> dict[int, str]:
    """So many replies, by ID; fewer when the connection is closed."""
    data, found = b"", dict[int, str]()
    while len(found) < count:
        server.wait(lambda: select.select([client], [], [], 0)[0])
        got = client.recv(65535)
        if not got:
            break
        data += got
        while len(data) >= 2 and len(data) >= 2 + int.from_bytes(data[:2], "big"):
            end = 2 + int.from_bytes(data[:2], "big")
            reply, data = dns.message.from_wire(data[2:end]), data[end:]
            found[reply.id] = str(reply.question[0].name)
    return found


def test_pipelined_queries_are_all_answered() -> None:
    with serve("    forward . 127.0.0.1:{up}") as server:
        client = server.connect(tcp=True)
        client.sendall(b"".join(frame(f"n{i}.example.org.", i) for i in range(20)))
        assert read_replies(server, client, 20) == {i: f"n{i}.example.org." for i in range(20)}


def test_a_query_may_come_in_pieces() -> None:
    with serve("    whoami") as server:
        client = server.connect(tcp=True)
        for octet in frame("a.example.org.", 7):
            client.sendall(bytes((octet,)))
            server.loop.step(0)
        assert read_replies(server, client, 1) == {7: "a.example.org."}


def test_answers_come_before_the_connection_is_closed_by_the_client() -> None:
    with serve("    forward . 127.0.0.1:{up}") as server:
        client = server.connect(tcp=True)
        client.sendall(frame("a.example.org.", 7))
        client.shutdown(socket.SHUT_WR)
        assert read_replies(server, client, 1) == {7: "a.example.org."}


@pytest.mark.parametrize("short", [b"\0\0", b"\0\3abc", b"\0\x0b" + b"x" * 11])
def test_a_frame_shorter_than_a_header_is_passed_over(short: bytes) -> None:
    with serve("    whoami") as server:
        client = server.connect(tcp=True)
        client.sendall(short + frame("a.example.org.", 7))
        assert read_replies(server, client, 1) == {7: "a.example.org."}


@pytest.mark.parametrize("first", [b"", b"\0"])
def test_silence_closes_the_connection(first: bytes) -> None:
    with serve("    whoami") as server:
        listener = tcp_of(server)
        listener.read_timeout = listener.idle_timeout = 0.05
        client = server.connect(tcp=True)
        client.sendall(first)
        server.wait(lambda: select.select([client], [], [], 0)[0])
        assert client.recv(10) == b""


def test_an_octet_now_and_then_keeps_no_connection() -> None:
    with serve("    whoami") as server:
        drip, asker = server.connect(tcp=True), server.connect(tcp=True)
        asker.sendall(frame("a.example.org.", 1))
        assert read_replies(server, asker, 1)
        for client in (drip, asker):
            client.sendall(b"\xff")
        server.run(2.5)
        drip.sendall(b"\0")
        server.run(2)
        assert can_read(drip)  # its first query had to come within 3 s
        assert drip.recv(10) == b""
        asker.sendall(b"\0")
        server.run(8)
        assert can_read(asker)  # and further ones within 10 s
        assert asker.recv(10) == b""


def test_at_the_limit_the_connection_that_has_brought_least_gives_way() -> None:
    with serve("    whoami") as server:
        listener = tcp_of(server)
        listener.acceptor.most = 4
        asker = server.connect(tcp=True)
        asker.sendall(frame("a.example.org.", 1))
        assert read_replies(server, asker, 1)
        silent = [server.connect(tcp=True) for _ in range(3)]
        server.wait(lambda: len(listener.connections) == 4)
        for number in range(3):
            client = server.connect(tcp=True)
            client.sendall(frame("a.example.org.", number))
            assert read_replies(server, client, 1) == {number: "a.example.org."}
        assert [can_read(one) for one in (asker, *silent)] == [False, True, True, True]
        # All have asked now: the one that has not for the longest time goes.
        client = server.connect(tcp=True)
        client.sendall(frame("a.example.org.", 9))
        assert read_replies(server, client, 1) == {9: "a.example.org."}
        assert can_read(asker)


def test_clients_leave_descriptors_to_others() -> None:
    with serve("    forward . 127.0.0.1:{up}") as server:
        listener = tcp_of(server)
        silent = [server.connect(tcp=True) for _ in range(5)]
        server.wait(lambda: len(listener.connections) == 5)
        listener.acceptor.highest = max(one.socket.fileno() for one in listener.connections)
        server.connect(tcp=True)
        server.wait(lambda: can_read(silent[0]))
        assert len(listener.connections) == 5


def test_no_descriptor_for_a_connection_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve("    whoami") as server:
        listener = tcp_of(server)
        asked = 0

        class Full:
            """A listening socket of a process that may open no more files."""

            def fileno(self) -> int:
                return listener.socket.fileno()

            def accept(self) -> tuple[socket.socket, tuple[str, int]]:
                nonlocal asked
                asked += 1
                raise OSError(errno.EMFILE, "Too many open files")

        monkeypatch.setattr(listener.acceptor, "_socket", Full())
        client = server.connect(tcp=True)
        server.run(1)
        assert 1 <= asked <= 12
        monkeypatch.undo()
        client.sendall(frame("a.example.org.", 7))
        assert read_replies(server, client, 1) == {7: "a.example.org."}


def test_replies_that_nobody_reads_are_bounded_for_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.listeners.tcp.MAX_HELD", 1 << 20)
    addresses = "\n".join(f"192.0.{number >> 8}.{number & 255} a.example.org" for number in range(3900))
    with serve(f"    hosts /dev/null {{\n{addresses}\n    }}") as server:
        listener = tcp_of(server)
        deaf = [server.connect(tcp=True) for _ in range(20)]
        most = 0
        for client in deaf:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with contextlib.suppress(OSError):
                client.sendall(b"".join(frame("a.example.org.", number) for number in range(200)))
            for _ in range(5):
                server.loop.step(0)
                most = max(most, listener.held)
        assert 1 << 18 < most < 1 << 21
        assert len(listener.connections) < 20
        client = server.connect(tcp=True)
        client.sendall(frame("a.example.org.", 7))
        assert read_replies(server, client, 1) == {7: "a.example.org."}
        for client in deaf:
            client.close()
        listener.connections.close()
        assert listener.held == 0


def test_only_so_many_queries_on_one_connection() -> None:
    with serve("    whoami") as server:
        tcp_of(server).max_queries = 2
        client = server.connect(tcp=True)
        client.sendall(b"".join(frame("a.example.org.", i) for i in range(5)))
        assert set(read_replies(server, client, 5)) == {0, 1}


# -- replies of many messages


class Messages:
    """Stands for a server whose reply to every query over TCP has many messages; over UDP it has one."""

    def __init__(self, messages: Callable[[bytes], Iterator[bytes]]) -> None:
        self.stores = {over: Store() for over in ("udp", "tcp")}
        self.client_classes: ClientClasses | None = None
        self.timeouts: dict[str, float] = {}
        self.trust: Trust | None = None
        self.shed: Interceptor | None = None
        self.tls: Encryption | None = None
        self.waiting = 0
        self._messages = messages

    def ask(self, wire: bytes, via: Transport, peer: bytes, start: float) -> bytes | None:
        del start
        if via.over == "udp":
            return wire
        via.stream(self._messages(wire), peer)
        return None


@pytest.fixture
def loop() -> Generator[Loop]:
    opened = Loop(lambda error: pytest.fail(repr(error)))
    yield opened
    opened.close()


def pull_frames(loop: Loop, client: socket.socket, count: int, octets: int, each: Callable[[], object]) -> int:
    """How many messages come, read in small parts; `each` is called after each round of the loop."""
    client.setblocking(False)
    found, data = 0, bytearray()
    while found < count:
        loop.step(0)
        each()
        try:
            part = client.recv(octets)
        except BlockingIOError:
            continue
        if not part:
            break
        data += part
        at = 0
        while len(data) >= at + 2 and len(data) >= at + 2 + (data[at] << 8 | data[at + 1]):
            at += 2 + (data[at] << 8 | data[at + 1])
            found += 1
        del data[:at]
    return found


def test_a_transfer_of_many_messages_keeps_nobody_waiting(loop: Loop) -> None:
    """100,000 messages to a client that reads slowly: each round of the loop makes few, and UDP is answered between."""
    made, most, answered = 0, 0, 0

    def messages(wire: bytes) -> Iterator[bytes]:
        nonlocal made
        for _ in range(100_000):
            made += 1
            yield wire[:2] + bytes(19)

    listening = PlainDns(loop, bind_both(bind_socket, "127.0.0.1", 0), Messages(messages))
    before = 0
    with (
        socket.create_connection(("127.0.0.1", listening.port)) as client,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        other.connect(("127.0.0.1", listening.port))
        other.setblocking(False)

        def ask_over_udp() -> None:
            nonlocal before, most, answered
            most, before = max(most, made - before), made
            with contextlib.suppress(BlockingIOError):
                answered += bool(other.recv(100))
            other.send(bytes(12))

        client.sendall(frame("example.org.", 1))
        assert pull_frames(loop, client, 100_000, 20_000, ask_over_udp) == 100_000
    assert most * 23 <= 2 * CHUNK
    assert answered > 30
    listening.close()


def test_an_error_between_messages_closes_the_connection_and_no_other() -> None:
    errors: list[BaseException] = []
    loop = Loop(errors.append)

    def messages(wire: bytes) -> Iterator[bytes]:
        yield wire
        if wire[1] == 1:
            raise ValueError("broken zone")
        yield wire

    listening = PlainDns(loop, bind_both(bind_socket, "127.0.0.1", 0), Messages(messages))
    address = "127.0.0.1", listening.port
    with socket.create_connection(address) as broken, socket.create_connection(address) as sound:
        broken.sendall(frame("example.org.", 1))
        sound.sendall(frame("example.org.", 2))
        assert pull_frames(loop, sound, 2, 100, bool) == 2
        assert pull_frames(loop, broken, 2, 100, bool) == 0
    assert [str(error) for error in errors] == ["broken zone"]
    listening.close()
    loop.close()


def test_who_asks_for_more_than_it_reads_gets_all_in_the_end() -> None:
    with serve("    whoami") as server:
        client = server.connect(tcp=True)
        asked = frame("example.org.", 1) * 200_000
        client.setblocking(False)
        sent, idle = 0, 0
        while sent < len(asked) and idle < 100:  # until the server does not take any more, and has not given up either
            server.loop.step(0)
            try:
                sent += client.send(asked[sent : sent + 100_000])
                idle = 0
            except BlockingIOError:
                idle += 1

        def ask_the_rest() -> None:
            nonlocal sent
            with contextlib.suppress(BlockingIOError):
                sent += client.send(asked[sent : sent + 100_000])

        assert pull_frames(server.loop, client, 200_000, 65536, ask_the_rest) == 200_000
