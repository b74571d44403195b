"""HTTPS on the stream: how connections end, and what is spoken on them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corefile_runtime.http.messages import Answer
from corefile_runtime.testing import Running, serve

from tests.runtime.certificates import Certificate

AUTHORITY = Certificate("authority")
ADDRESS = "127.0.0.1:0"
CLOSE = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(name="server")
def a_server(tmp_path: Path) -> Iterator[Running]:
    AUTHORITY.write(tmp_path, "authority")
    Certificate("server", "localhost", issuer=AUTHORITY).write(tmp_path, "server")
    (tmp_path / "web.yml").write_text("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n")
    with serve(f"    prometheus {ADDRESS} {{\n        tls {tmp_path}/web.yml\n    }}\n    whoami") as server:
        yield server


def converse(server: Running, folder: Path, data: bytes, *protocols: str) -> tuple[bytes, str | None]:
    """All that the server says until it ends the connection in the way of TLS, and the protocol agreed on."""
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    if protocols:
        context.set_alpn_protocols(protocols)
    plain = socket.create_connection(server.engine.endpoints.find(ADDRESS))
    with context.wrap_socket(
        plain, server_hostname="localhost", do_handshake_on_connect=False, suppress_ragged_eofs=False
    ) as client:
        client.setblocking(False)
        patiently(server, client.do_handshake)
        patiently(server, lambda: client.sendall(data))
        said = b""
        while part := patiently(server, lambda: client.recv(65536)):
            said += part
        return said, client.selected_alpn_protocol()


def patiently(server: Running, call: Callable[[], bytes | None]) -> bytes | None:
    """Let the server work until the client need not wait for it."""
    while True:
        try:
            return call()
        except ssl.SSLWantReadError:
            server.turn(0.001)


@pytest.mark.parametrize(("offered", "agreed"), [((), None), (("h2", "http/1.1"), "http/1.1"), (("h3",), None)])
def test_protocols(server: Running, tmp_path: Path, offered: tuple[str, ...], agreed: str | None) -> None:
    said, spoken = converse(server, tmp_path, CLOSE, *offered)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert spoken == agreed


def test_what_comes_behind_the_last_request_takes_nothing_away(server: Running, tmp_path: Path) -> None:
    server.engine.endpoints.servers[ADDRESS].paths["/metrics"] = lambda: Answer(200, "x" * 1_000_000)
    said, _ = converse(server, tmp_path, CLOSE + CLOSE)
    assert len(said.partition(b"\r\n\r\n")[2]) == 1_000_000
