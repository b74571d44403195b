"""TCP: many queries on one connection, in pieces, too many, too late, and nonsense."""

import select
import socket

import dns.message
import pytest
from corefile_runtime.testing import Running, serve


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
        for listener in server.engine.tcp_listeners():
            listener.read_timeout = listener.idle_timeout = 0.05
        client = server.connect(tcp=True)
        client.sendall(first)
        server.wait(lambda: select.select([client], [], [], 0)[0])
        assert client.recv(10) == b""


def test_only_so_many_queries_on_one_connection() -> None:
    with serve("    whoami") as server:
        for listener in server.engine.tcp_listeners():
            listener.max_queries = 2
        client = server.connect(tcp=True)
        client.sendall(b"".join(frame("a.example.org.", i) for i in range(5)))
        assert set(read_replies(server, client, 5)) == {0, 1}
