"""tls: which files make a listener's certificate, whose certificates it asks for, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.testing import serve

from tests.runtime.certificates import Certificate
from tests.runtime.tls_client import TlsClient, trusting, write_certificates


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tls")
    write_certificates(made)
    Certificate("stranger").write(made, "stranger")
    (made / "text.pem").write_text("no certificate\n")
    return made


def corefile(folder: Path, use: str) -> str:
    return f"tls://.:0 {{\n    bind 127.0.0.1\n    root {folder}\n    {use}\n    whoami\n}}\n"


@pytest.mark.parametrize(
    ("mode", "shows", "admitted"),
    [
        ("nocert", "", True),
        ("nocert", "client", True),
        ("request", "", True),
        ("request", "stranger", True),
        ("verify_if_given", "", True),
        ("verify_if_given", "client", True),
        ("verify_if_given", "stranger", False),
        ("require_and_verify", "", False),
        ("require_and_verify", "client", True),
        ("require_and_verify", "stranger", False),
    ],
)
def test_clients_show_certificates(folder: Path, mode: str, shows: str, admitted: bool) -> None:
    use = f"tls cert.pem key.pem ca.pem {{\n        client_auth {mode}\n    }}"
    with serve(corefile(folder, use), whole=True) as server:
        client = TlsClient(server, trusting(folder, shows=shows))
        assert client.ask("a.example.org A") == (["NOERROR"] if admitted else [])
        client.close()


@pytest.mark.parametrize(
    ("use", "why"),
    [
        ("tls none.pem key.pem", r"could not load TLS cert: open .*/none.pem: no such file or directory"),
        ("tls cert.pem none.pem", r"could not load TLS cert: open .*/none.pem: no such file or directory"),
        ("tls text.pem key.pem", r"could not load TLS cert: tls: failed to find any PEM data in certificate input"),
        ("tls cert.pem client.key", r"could not load TLS cert: tls: private key does not match public key"),
        ("tls cert.pem key.pem none.pem", r"error reading .*/none.pem: open .*/none.pem: no such file or directory"),
        ("tls cert.pem key.pem text.pem", r"could not read root certs"),
        ("tls cert.pem key.pem {\n        keylog none/keys\n    }", r"unable to write TLS Key Log to .*no such file"),
        ("tls cert.pem key.pem {\n        client_auth require\n    }", r"client_auth require.* not supported"),
        ("tls {\n        acme dns.example.org\n    }", r"ACME authority not supported"),
        ("tls none.pem key.pem\n    tls cert.pem key.pem", r"none.pem"),
    ],
)
def test_what_cannot_be_had_is_refused_at_its_line(folder: Path, use: str, why: str) -> None:
    with (
        pytest.raises(StartError, match=rf"^Corefile:4: plugin/tls: .*{why}"),
        serve(corefile(folder, use), whole=True),
    ):
        pass


def test_the_last_of_several_uses_holds(folder: Path) -> None:
    with serve(corefile(folder, "tls stranger.pem stranger.key\n    tls cert.pem key.pem"), whole=True) as server:
        client = TlsClient(server, trusting(folder))
        assert client.ask("a.example.org A") == ["NOERROR"]
        client.close()


def test_secrets_are_written_for_debugging(folder: Path) -> None:
    use = "tls cert.pem key.pem {\n        keylog keys\n    }"
    with serve(corefile(folder, use), whole=True) as server:
        client = TlsClient(server, trusting(folder))
        assert client.ask("a.example.org A") == ["NOERROR"]
        client.close()
        assert f'[WARNING] plugin/tls: Writing TLS Key Log to "{folder}/keys"' in server.output()
    assert "SERVER_HANDSHAKE_TRAFFIC_SECRET" in (folder / "keys").read_text()
    assert stat.S_IMODE(os.stat(folder / "keys").st_mode) == 0o600


def test_in_a_block_of_plain_dns_it_changes_nothing(folder: Path) -> None:
    with serve(f"    root {folder}\n    tls cert.pem key.pem\n    whoami") as server:
        assert server.answers("example.org. A", tcp=True) == ["NOERROR"]
