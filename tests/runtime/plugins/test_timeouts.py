"""timeouts: how long TCP connections wait and how much they carry; of several blocks the last that says so decides."""

import pytest
from corefile_runtime.listeners.dns import PlainDns
from corefile_runtime.listeners.tcp import IDLE_TIMEOUT, READ_TIMEOUT, TcpListener
from corefile_runtime.testing import Running, can_read, serve


def listener(server: Running) -> TcpListener:
    (found,) = server.engine.listeners.find("dns")
    assert isinstance(found, PlainDns)
    return found.tcp


def block(zone: str, body: str) -> str:
    return f"{zone}:0 {{\n    bind 127.0.0.1\n{body}    whoami\n}}\n"


def timeouts(*lines: str) -> str:
    return "    timeouts {\n" + "".join(f"        {line}\n" for line in lines) + "    }\n"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", (READ_TIMEOUT, IDLE_TIMEOUT, -1)),
        (timeouts("read 5", "idle 20s", "maxtcpqueries 3", "write 7s"), "", (5, 20, 3)),
        (timeouts("read 5s", "idle 20s"), timeouts("idle 30s"), (5, 30, -1)),
        ("", timeouts("maxtcpqueries -1"), (READ_TIMEOUT, IDLE_TIMEOUT, -1)),
        (timeouts("read 5s") + timeouts("idle 6s"), "", (5, 6, -1)),
    ],
)
def test_what_is_not_named_is_left_to_other_blocks(first: str, second: str, expected: tuple[float, ...]) -> None:
    with serve(block("example.org", first) + block("example.net", second), whole=True) as server:
        found = listener(server)
        assert (found.read_timeout, found.idle_timeout, found.max_queries) == expected


def test_a_connection_is_closed_after_so_many_queries() -> None:
    with serve(block(".", timeouts("maxtcpqueries 2")), whole=True) as server:
        client = server.connect(tcp=True)
        query = b"\0\x1f\0\1\1\0\0\1\0\0\0\0\0\0\1a\7example\3org\0\0\1\0\1"
        client.sendall(query * 3)
        data, replies = b"", 0
        while True:
            server.wait(lambda: can_read(client))
            got = client.recv(65535)
            if not got:
                break
            data += got
        while data:
            data = data[2 + int.from_bytes(data[:2], "big") :]
            replies += 1
        assert replies == 2


def test_a_reload_changes_them() -> None:
    with serve(block(".", timeouts("idle 20s")), whole=True) as server:
        server.text = block(".", "")
        server.engine.reload_now()
        assert listener(server).idle_timeout == IDLE_TIMEOUT
