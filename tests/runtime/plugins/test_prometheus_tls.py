"""prometheus with `tls`: who is let in, and what a change of the files does."""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.http.web_config import read_web_config
from corefile_runtime.http.web_guard import WebGuard
from corefile_runtime.testing import Running, can_read, serve

from tests.runtime.certificates import Certificate

AUTHORITY = Certificate("authority")
SERVER = Certificate("server", "localhost", "127.0.0.1", issuer=AUTHORITY)
CLIENT = Certificate("client", "client.example.org", "192.0.2.7", issuer=AUTHORITY)
STRANGER = Certificate("client", "client.example.org", issuer=Certificate("authority"))
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
VERIFIED = TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.pem\n"
ADDRESS = "127.0.0.1:0"


@pytest.fixture(name="folder")
def a_folder(tmp_path: Path) -> Path:
    for name, one in (("authority", AUTHORITY), ("server", SERVER), ("client", CLIENT), ("stranger", STRANGER)):
        one.write(tmp_path, name)
    return tmp_path


@contextmanager
def guarded(folder: Path, config: str) -> Generator[Running]:
    (folder / "web.yml").write_text(config)
    with serve(f"    prometheus {ADDRESS} {{\n        tls {folder}/web.yml\n    }}\n    whoami") as server:
        yield server


def trusting(folder: Path, client: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    if client:
        context.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    return context


def scrape(server: Running, context: ssl.SSLContext, fields: str = "", path: str = "/metrics") -> tuple[int, str]:
    """Status and the whole of an answer; raises ssl.SSLError when the server does not want to talk."""
    address = server.engine.endpoints.find(ADDRESS)
    plain = socket.create_connection(address)
    with context.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False) as client:
        client.setblocking(False)
        server.wait(lambda: shaken(client))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n".encode())
        data = b""
        while True:
            server.loop.step(0.01)
            try:
                part = client.recv(65536)
            except ssl.SSLWantReadError:
                continue
            if not part:
                return int(data.split()[1]), data.decode()
            data += part


def shaken(client: ssl.SSLSocket) -> bool:
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def test_metrics_come_over_tls(folder: Path) -> None:
    with guarded(folder, TLS) as server:
        status, text = scrape(server, trusting(folder))
        assert (status, "\ncoredns_build_info{" in text) == (200, True)
        assert scrape(server, trusting(folder), path="/nope")[0] == 404


def test_a_request_in_plain_text_is_told_so(folder: Path) -> None:
    """As Go's server does."""
    with guarded(folder, TLS) as server:
        head, body = server.fetch("GET /metrics HTTP/1.1\r\nHost: x")
        assert head == "HTTP/1.0 400 Bad Request"
        assert body == b"Client sent an HTTP request to an HTTPS server.\n"


@pytest.mark.parametrize("policy", ["RequireAndVerifyClientCert", "VerifyClientCertIfGiven"])
@pytest.mark.parametrize("client", ["", "client", "stranger"])
def test_certificates_of_clients(folder: Path, policy: str, client: str) -> None:
    with guarded(folder, VERIFIED.replace("RequireAndVerifyClientCert", policy)) as server:
        if client == "client" or (not client and policy == "VerifyClientCertIfGiven"):
            assert scrape(server, trusting(folder, client))[0] == 200
        else:
            with pytest.raises(OSError, match=r"alert|reset|EOF"):
                scrape(server, trusting(folder, client))


@pytest.mark.parametrize(
    ("names", "let_in"),
    [("client.example.org", True), ("192.0.2.7", True), ("other.example.org", False)],
)
def test_names_of_clients(folder: Path, names: str, let_in: bool) -> None:
    with guarded(folder, f"{VERIFIED}  client_allowed_sans: [{names}]\n") as server:
        if let_in:
            assert scrape(server, trusting(folder, "client"))[0] == 200
        else:
            with pytest.raises((OSError, IndexError)):
                scrape(server, trusting(folder, "client"))


@pytest.mark.parametrize(("least", "offered", "let_in"), [("", "TLSv1_2", True), ("TLS13", "TLSv1_2", False)])
def test_versions(folder: Path, least: str, offered: str, let_in: bool) -> None:
    with guarded(folder, TLS + (f"  min_version: {least}\n" if least else "")) as server:
        context = trusting(folder)
        context.maximum_version = ssl.TLSVersion[offered]
        if let_in:
            assert scrape(server, context)[0] == 200
        else:
            with pytest.raises(ssl.SSLError, match="protocol version"):
                scrape(server, context)


def test_old_versions_are_refused_unless_they_are_asked_for(folder: Path) -> None:
    context = trusting(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with guarded(folder, TLS) as server, pytest.raises(ssl.SSLError, match="protocol version"):
        scrape(server, context)
    with guarded(folder, TLS + "  min_version: TLS11\n") as server:
        assert scrape(server, context)[0] == 200


def test_a_new_certificate_is_taken_up_at_the_next_connection(folder: Path) -> None:
    other = Certificate("authority")
    with guarded(folder, TLS) as server:
        assert scrape(server, trusting(folder))[0] == 200
        other.write(folder, "authority")
        Certificate("server", "localhost", issuer=other).write(folder, "server")
        assert scrape(server, trusting(folder))[0] == 200


def test_a_broken_file_lets_nobody_in_until_it_is_whole(folder: Path) -> None:
    with guarded(folder, TLS) as server:
        key = (folder / "server.key").read_text()
        (folder / "server.key").write_text("no key")
        with pytest.raises(OSError, match=r"EOF|reset|handshake"):
            scrape(server, trusting(folder))
        (folder / "server.key").write_text(key)
        assert scrape(server, trusting(folder))[0] == 200


def test_users(folder: Path) -> None:
    """The hash is that of `U*U`, from the test vectors of crypt_blowfish."""
    users = 'basic_auth_users:\n  anna: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"\n'
    with guarded(folder, TLS + users) as server:
        for user, status in (("anna:U*U", 200), ("anna:U*U", 200), ("anna:U*V", 401), ("bert:U*U", 401)):
            basic = base64.b64encode(user.encode()).decode()
            assert scrape(server, trusting(folder), f"Authorization: Basic {basic}\r\n")[0] == status
        status, text = scrape(server, trusting(folder))
        assert (status, "WWW-Authenticate: Basic" in text) == (401, True)


def test_headers_and_a_limit_without_tls(folder: Path) -> None:
    config = "http_server_config:\n  headers:\n    X-Frame-Options: deny\nrate_limit:\n  burst: 2\n  interval: 1h\n"
    with guarded(folder, config) as server:
        heads = [server.fetch("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close")[0] for _ in range(3)]
        assert [head.split()[1] for head in heads] == ["200", "200", "429"]
        assert "X-Frame-Options: deny" in heads[0]


@pytest.mark.parametrize(
    ("interval", "seconds"), [("1m30s", 90), ("250ms", 0.25), ("1.5h", 5400), ("0", 0), ("1000", 0.000001)]
)
def test_intervals(tmp_path: Path, interval: str, seconds: float) -> None:
    """As Go reads durations: a number alone is nanoseconds."""
    (tmp_path / "web.yml").write_text(f"rate_limit:\n  interval: {interval}\n")
    assert read_web_config(str(tmp_path / "web.yml")).interval == pytest.approx(seconds)


REFUSED = {
    "an unknown field": (TLS + "  ciphers: []\n", "unknown field 'ciphers'"),
    "a field twice": (TLS + "  key_file: other\n", "'key_file' given twice"),
    "no key": ("tls_server_config:\n  cert_file: server.pem\n", "missing one of key or key_file"),
    "a missing certificate": (TLS.replace("server.pem", "other.pem"), "no such file"),
    "the key of another": (TLS.replace("server.key", "client.key"), "KEY_VALUES_MISMATCH"),
    "an authority for nothing": (TLS + "  client_ca_file: authority.pem\n", "without a Client Auth Policy"),
    "an unknown policy": (TLS + "  client_auth_type: Maybe\n", "invalid ClientAuth: Maybe"),
    "certificates that nobody verifies": (TLS + "  client_auth_type: RequireAnyClientCert\n", "is not supported"),
    "an unknown version": (TLS + "  min_version: TLS14\n", "unknown TLS version: TLS14"),
    "an unknown cipher": (TLS + "  cipher_suites: [RC4]\n", "unknown cipher: RC4"),
    "a header of another kind": ("http_server_config:\n  headers:\n    Server: x\n", "unknown field 'Server'"),
    "a password in plain text": ("basic_auth_users:\n  anna: secret\n", "no bcrypt hash"),
    "an interval without a unit": ("rate_limit:\n  interval: 1x\n", "'interval' must be a duration"),
    "no YAML": ("a: [\n", "no YAML"),
}


@pytest.mark.parametrize(("config", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_refuses_at_the_start(folder: Path, config: str, words: str) -> None:
    said = rf"plugin/prometheus: web configuration .*/web\.yml: .*{re.escape(words)}"
    with pytest.raises(StartError, match=said), guarded(folder, config):
        pass


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(StartError, match="no such file"), serve("    prometheus {\n        tls no/web.yml\n    }"):
        pass


def test_nobody_waits_for_the_writer_of_a_fifo(folder: Path) -> None:
    os.mkfifo(folder / "web.yml")
    config = f"    prometheus {ADDRESS} {{\n        tls {folder}/web.yml\n    }}\n    whoami"
    with pytest.raises(StartError, match=r"Corefile:3: plugin/prometheus: .*: no regular file"), serve(config):
        pass


def test_nobody_is_let_in_before_the_file_has_been_read(folder: Path) -> None:
    (folder / "web.yml").write_text("http_server_config: {}\n")
    under_way: list[object] = []

    def never(work: Callable[[], object], then: Callable[[Any], object]) -> None:
        under_way.append((work, then))

    with serve("    prometheus 127.0.0.1:0\n    whoami") as server:
        http = server.engine.endpoints.servers[ADDRESS]
        guard = http.guard = WebGuard(str(folder / "web.yml"), never)
        guard.load(lambda error: pytest.fail(repr(error)))
        with socket.create_connection(server.engine.endpoints.find(ADDRESS)) as client:
            server.wait(lambda: can_read(client))
            assert client.recv(1) == b""  # before a word was said
        assert (len(under_way), len(http.connections)) == (1, 0)


def test_a_reload_reads_the_file_while_queries_are_answered(folder: Path) -> None:
    with guarded(folder, TLS) as server:
        (folder / "other.yml").write_text("tls_server_config: 7\n")
        server.text = server.text.replace("web.yml", "other.yml")
        server.engine.reload_soon()
        server.wait(lambda: any("Restart failed: Corefile:3: plugin/prometheus: web" in one for one in server.output()))
        assert scrape(server, trusting(folder))[0] == 200
