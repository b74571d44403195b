"""UDP: wildcard sockets, IPv6, and platforms without batches."""

import socket

import dns.message
import pytest
from corefile_runtime.listeners import udp
from corefile_runtime.sockets.addresses import join_host_port, plain_address, read_sockaddr, split_host_port
from corefile_runtime.testing import serve


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize("replay", [True, False])
def test_with_and_without_batches(batches: bool, replay: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not batches:
        monkeypatch.setattr(udp, "AVAILABLE", False)
    body = "    cache\n    forward . 127.0.0.1:{up}"
    with serve(body, replay=replay, answers={"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}) as server:
        for _ in range(4):
            assert server.answers("a.example.org. A")[0] == "NOERROR"


@pytest.mark.parametrize("to", ["127.0.0.1", "127.0.0.2"])
@pytest.mark.parametrize("plugin", ["whoami", "forward . 127.0.0.1:{up}"])
def test_a_wildcard_socket_answers_from_the_address_that_was_asked(to: str, plugin: str) -> None:
    with serve(f".:0 {{\n    {plugin}\n}}\n", whole=True) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        client.connect((to, server.port))  # takes replies from there only
        client.send(dns.message.make_query("a.example.org.", "A").to_wire())
        client.setblocking(False)
        wire = b""

        def came() -> bool:
            nonlocal wire
            try:
                wire = client.recv(4096)
            except BlockingIOError:
                return False
            return True

        server.wait(came)
        assert dns.message.from_wire(wire).id


def test_more_than_one_batch() -> None:
    with serve("    whoami") as server:
        client = server.connect()
        for number in range(150):
            query = dns.message.make_query("a.example.org.", "A")
            query.id = number
            client.send(query.to_wire())
        client.setblocking(False)
        seen: set[int] = set()

        def collect() -> bool:
            try:
                while True:
                    seen.add(dns.message.from_wire(client.recv(4096)).id)
            except BlockingIOError:
                return len(seen) == 150

        server.wait(collect)


@pytest.mark.parametrize(
    ("raw", "family", "client"),
    [
        (b"\2\0\x14\xe9\xc0\0\2\1" + bytes(8), socket.AF_INET, ("192.0.2.1", 5353)),
        (b"\x0a\0\0\x35" + bytes(4) + bytes(10) + b"\xff\xff\xc0\0\2\1" + bytes(4), socket.AF_INET6, ("192.0.2.1", 53)),
        (
            b"\x0a\0\0\x35" + bytes(4) + b"\x20\1\x0d\xb8" + bytes(11) + b"\1" + bytes(4),
            socket.AF_INET6,
            ("2001:db8::1", 53),
        ),
    ],
)
def test_socket_addresses(raw: bytes, family: int, client: tuple[str, int]) -> None:
    assert read_sockaddr(raw, family) == client


def test_texts_of_addresses() -> None:
    assert [join_host_port(host, 53) for host in ("192.0.2.1", "2001:db8::1", "")] == [
        "192.0.2.1:53",
        "[2001:db8::1]:53",
        ":53",
    ]
    assert split_host_port("[2001:db8::1]:53") == ("2001:db8::1", 53)
    assert plain_address("::ffff:192.0.2.1") == "192.0.2.1"
    with pytest.raises(ValueError, match="no port"):
        split_host_port("192.0.2.1")
