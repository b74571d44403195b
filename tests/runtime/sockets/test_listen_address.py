"""Where a TCP server listens: addresses as Go's `net.Listen` reads them, with what CoreDNS 1.14.7 says of bad ones."""

import socket

import pytest
from corefile_runtime.sockets.bind_errors import ListenError
from corefile_runtime.sockets.listen_address import listen_tcp, parse_listen_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9153", "127.0.0.1", 9153),
        (":8080", "", 8080),
        (":", "", 0),
        ("127.0.0.1:", "127.0.0.1", 0),
        ("127.0.0.1:080", "127.0.0.1", 80),
        (":+8099", "", 8099),
        (":http", "", 80),
        (":DOMAIN", "", 53),
        ("0.0.0.0:8080", "", 8080),
        ("[::]:8080", "", 8080),
        ("[::1]:8080", "::1", 8080),
        ("[fe80::1%lo]:8080", "fe80::1%lo", 8080),
        ("[::ffff:127.0.0.2]:8080", "127.0.0.2", 8080),
        ("localhost:8080", "127.0.0.1", 8080),
    ],
)
def test_addresses(text: str, host: str, port: int) -> None:
    assert parse_listen_address(text) == (host, port)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (":80800", "listen tcp: address 80800: invalid port"),
        (":65536", "listen tcp: address 65536: invalid port"),
        (":-1", "listen tcp: address -1: invalid port"),
        (f":{'9' * 5000}", "invalid port"),
        (":abc", "listen tcp: lookup tcp/abc: unknown port"),
        ("127.0.0.1:80a", "listen tcp: lookup tcp/80a: unknown port"),
        (":\u0663", "unknown port"),
        ("8080", "listen tcp: address 8080: missing port in address"),
        ("*:8099", "listen tcp: lookup *: no such host"),
        ("a..b:8099", "no such host"),
    ],
)
def test_what_is_no_address(text: str, why: str) -> None:
    with pytest.raises(ListenError, match=why.replace("*", r"\*")):
        parse_listen_address(text)


def test_a_port_that_is_taken() -> None:
    with listen_tcp("127.0.0.1:0") as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(
            ListenError, match=rf"^listen tcp 127.0.0.1:{port}: bind: address already in use by this process$"
        ):
            listen_tcp(f"127.0.0.1:{port}")


def test_an_address_of_another_machine() -> None:
    with pytest.raises(
        ListenError, match=r"^listen tcp 192.0.2.9:8099: bind: cannot assign requested address; no interface"
    ):
        listen_tcp("192.0.2.9:8099")


def test_clients_of_both_families_where_no_host_is_named() -> None:
    with listen_tcp("0.0.0.0:0") as server:
        server.listen()
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "::1") if server.family == socket.AF_INET6 else ("127.0.0.1",):
            socket.create_connection((host, port)).close()
