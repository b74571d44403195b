"""TLS to upstreams: whom they are trusted by, how connections are kept and resumed, what is said when they fail."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.tls_stream import TlsStream
from corefile_runtime.testing import Running
from corefile_runtime.testing.stub import Stub

from tests.runtime.certificates import Certificate
from tests.runtime.tls_client import write_certificates

ANSWERS = {"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}
FOUND = ["NOERROR", "a.example.org. 60 IN A 192.0.2.1"]


class Talk:
    """One connection to the stub."""

    def __init__(self, stub: TlsStub, loop: Loop) -> None:
        opened, _ = stub.accept()
        opened.setblocking(False)
        self._stub = stub
        self._data = b""
        self.stream = TlsStream(
            loop, opened, self, lambda incoming, outgoing: stub.context.wrap_bio(incoming, outgoing, server_side=True)
        )

    def on_data(self, data: bytes) -> None:
        self._data += data
        while len(self._data) >= 2 and len(self._data) >= (end := 2 + int.from_bytes(self._data[:2], "big")):
            wire, self._data = self._data[2:end], self._data[end:]
            reply = self._stub.answer(wire)
            if reply is not None:
                self.stream.write(len(reply).to_bytes(2, "big") + reply)

    def on_end(self) -> None:
        self.stream.close()

    def on_sent(self) -> None:
        pass

    def on_close(self, error: Exception | None) -> None:
        self._stub.errors.append(error)


class TlsStub(Stub):
    """An upstream that speaks TLS over TCP."""

    def __init__(self, loop: Loop, context: ssl.SSLContext) -> None:
        self.context = context
        self.talks: list[Talk] = []
        self.errors: list[Exception | None] = []
        self.names: list[str | None] = []
        context.sni_callback = self._note
        super().__init__(loop, ANSWERS)

    def _note(self, _tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.names.append(name)

    def accept(self) -> tuple[socket.socket, object]:
        return self._tcp.accept()

    def hang(self) -> None:
        """Connections stand, and nobody takes them."""
        self._loop.forget(self._tcp.fileno())

    def answer(self, wire: bytes) -> bytes | None:
        return self._answer(wire, "tls")

    def _accept(self) -> None:
        self.talks.append(Talk(self, self._loop))

    def close(self) -> None:
        for talk in self.talks:
            talk.stream.close()
        super().close()

    @property
    def reused(self) -> list[bool | None]:
        """Of each connection, whether it went on with an earlier session."""
        return [talk.stream.tls.session_reused for talk in self.talks]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tls")
    authority = write_certificates(made)
    Certificate("stranger").write(made, "stranger")
    Certificate("nameless", issuer=authority).write(made, "nameless")
    Certificate("address", "127.0.0.1", issuer=authority).write(made, "address")
    Certificate("past", "dns.example.org", issuer=authority, until="210101000000Z").write(made, "past")
    return made


@contextmanager
def asking(
    folder: Path, options: str, *, name: str = "", shows: str = "", verify: bool = False
) -> Generator[tuple[Running, TlsStub]]:
    """A server that forwards to a stub over TLS, whose certificate is `shows`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert, key = (f"{shows}.pem", f"{shows}.key") if shows else ("cert.pem", "key.pem")
    context.load_cert_chain(folder / cert, folder / key)
    if verify:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "ca.pem")
    block = f"root {folder}\n    errors\n    forward . tls://127.0.0.1{name}:{{up}} {{\n{options}\n    }}"
    server = Running(f".:0 {{\n    bind 127.0.0.1\n    {block}\n}}\n")
    try:
        stub = TlsStub(server.loop, context)
        server.stub = stub
        server.start()
        yield server, stub
    finally:
        server.close()


TRUSTS = "tls ca.pem\n tls_servername dns.example.org\n max_fails 0"


@pytest.mark.parametrize("more", ["", "force_tcp", "prefer_udp"])
@pytest.mark.parametrize("tcp", [False, True])
def test_everything_goes_over_tls(folder: Path, more: str, tcp: bool) -> None:
    with asking(folder, f"{TRUSTS}\n {more}") as (server, stub):
        assert server.answers("a.example.org. A", tcp=tcp) == FOUND
        assert server.answers("b.example.org. A", tcp=tcp) == ["NXDOMAIN"]
        assert [over for _, over in stub.seen] == ["tls", "tls"]
        assert stub.names == ["dns.example.org"]
        uses = f'{{proxy_name="forward",to="127.0.0.1:{stub.port}",proto="tcp-tls"}}'
        assert server.metric(f"coredns_proxy_conn_cache_misses_total{_sorted(uses)}") == 1
        assert server.metric(f"coredns_proxy_conn_cache_hits_total{_sorted(uses)}") == 1


def _sorted(labels: str) -> str:
    return "{" + ",".join(sorted(labels.strip("{}").split(","))) + "}"


def test_a_name_may_stand_behind_the_address(folder: Path) -> None:
    with asking(folder, "tls ca.pem", name="%dns.example.org") as (server, stub):
        assert server.answers("a.example.org. A") == FOUND
        assert stub.names == ["dns.example.org"]


def test_without_a_name_the_certificate_must_have_the_address(folder: Path) -> None:
    with asking(folder, "tls ca.pem", shows="address") as (server, stub):
        assert server.answers("a.example.org. A") == FOUND
        assert stub.names == [None]


def test_a_certificate_is_shown_to_who_asks_for_one(folder: Path) -> None:
    options = "tls client.pem client.key ca.pem\n tls_servername dns.example.org"
    with asking(folder, options, verify=True) as (server, _):
        assert server.answers("a.example.org. A") == FOUND


@pytest.mark.parametrize(
    ("options", "shows", "verify", "error"),
    [
        (
            "tls ca.pem\n tls_servername wrong.example.org",
            "",
            False,
            "tls: failed to verify certificate: x509: certificate is valid for dns.example.org, not wrong.example.org",
        ),
        (
            "tls ca.pem",
            "",
            False,
            "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
        ),
        (
            TRUSTS,
            "nameless",
            False,
            "x509: certificate is not valid for any names, but wanted to match dns.example.org",
        ),
        (
            "tls stranger.pem\n tls_servername dns.example.org",
            "",
            False,
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ),
        (
            "tls_servername dns.example.org",
            "",
            False,
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ),
        (TRUSTS, "past", False, "is after 2021-01-01T00:00:00Z"),
        (TRUSTS, "", True, "remote error: tls: certificate required"),
        ("tls ca.pem\n tls_servername .example.org", "", False, "but wanted to match .example.org"),
    ],
)
def test_what_cannot_be_trusted_is_said_in_the_words_of_go(
    folder: Path, options: str, shows: str, verify: bool, error: str
) -> None:
    with asking(folder, f"{options}\n max_fails 0", shows=shows, verify=verify) as (server, stub):
        assert server.answers("a.example.org. A") == ["SERVFAIL"]
        assert stub.seen == []
        (line,) = server.output()
        assert line.startswith("[ERROR] plugin/errors: 2 a.example.org. A: ")
        assert line.endswith(error)


class Plain(Stub):
    """An upstream that speaks something else."""

    def _read_tcp(self, client: socket.socket) -> None:
        client.recv(65535)
        client.send(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        self._loop.forget(client.fileno())


def test_who_does_not_speak_tls_is_left(folder: Path) -> None:
    block = f"root {folder}\n    errors\n    forward . tls://127.0.0.1:{{up}} {{\n{TRUSTS}\n    }}"
    server = Running(f".:0 {{\n    bind 127.0.0.1\n    {block}\n}}\n")
    try:
        server.stub = Plain(server.loop)
        server.start()
        assert server.answers("a.example.org. A") == ["SERVFAIL"]
        assert server.output()[-1].endswith("A: tls: first record does not look like a TLS handshake")
    finally:
        server.close()


def test_sessions_are_resumed_on_new_connections(folder: Path) -> None:
    with asking(folder, f"{TRUSTS}\n expire 1s") as (server, stub):
        for _ in range(3):
            assert server.answers("a.example.org. A") == FOUND
            server.run(1.1)
        assert stub.reused == [False, True, True]


def test_a_kept_connection_that_was_closed_is_made_anew(folder: Path) -> None:
    with asking(folder, TRUSTS) as (server, stub):
        assert server.answers("a.example.org. A") == FOUND
        stub.talks[0].stream.close()
        assert server.answers("a.example.org. A") == FOUND
        assert len(stub.talks) == 2
        assert server.output() == []


def test_idle_connections_are_bounded(folder: Path) -> None:
    with asking(folder, f"{TRUSTS}\n max_idle_conns 1") as (server, stub):
        clients = [server.connect() for _ in range(3)]
        for client in clients:
            client.send(b"\0\1\1\0\0\1" + bytes(6) + b"\1a\7example\3org\0\0\1\0\1")
        server.wait(lambda: len(stub.seen) == 3)
        server.wait(lambda: len(stub.errors) == 2)
        assert [error for error in stub.errors if error] == []


def test_health_is_checked_over_tls(folder: Path) -> None:
    options = "tls ca.pem\n tls_servername dns.example.org\n max_fails 1\n health_check 50ms\n read_timeout 100ms"
    with asking(folder, options) as (server, stub):
        assert server.answers("a.example.org. A") == FOUND
        answers, stub.context = stub.context, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # without a certificate
        stub.talks[0].stream.close()
        assert server.answers("a.example.org. A") == ["SERVFAIL"]
        failed = f'coredns_proxy_healthcheck_failures_total{{proxy_name="forward",to="127.0.0.1:{stub.port}"}}'
        server.wait(lambda: (server.metric(failed) or 0) >= 2)
        stub.context = answers
        server.wait(lambda: any(query.question[0].rdtype == 2 for query, _ in stub.seen))  # a check asks for NS
        assert server.answers("a.example.org. A") == FOUND


def test_silence_in_the_handshake_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.upstream.tcp_connection.DIAL_TIMEOUT", 0.05)
    with asking(folder, TRUSTS) as (server, stub):
        stub.hang()
        assert server.answers("a.example.org. A") == ["SERVFAIL"]
        assert server.output()[-1].endswith("context deadline exceeded")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("tls none.pem", r"error reading .*/none.pem: open .*/none.pem: no such file or directory"),
        ("tls none.pem client.key", r"could not load TLS cert: open .*/none.pem: no such file or directory"),
        ("tls client.pem key.pem", r"could not load TLS cert: tls: private key does not match public key"),
        ("tls client.pem client.key none.pem", r"error reading .*/none.pem"),
    ],
)
def test_files_that_are_not_there_are_refused(folder: Path, options: str, why: str) -> None:
    with pytest.raises(StartError, match=rf"^Corefile:5: plugin/forward: {why}"), asking(folder, options):
        pass


def test_files_are_read_also_where_nobody_needs_them(folder: Path) -> None:
    server = Running(".:0 {\n    bind 127.0.0.1\n    forward . 127.0.0.1 {\n        tls none.pem\n    }\n}\n")
    with pytest.raises(StartError, match=r"^Corefile:3: plugin/forward: error reading none.pem"):
        server.start()
    server.close()
    assert folder
