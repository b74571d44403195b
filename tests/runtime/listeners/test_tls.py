"""DNS over TLS: what clients get, on connections that are kept and on new ones, before and after a reload."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from pathlib import Path

import dns.message
import pytest
from corefile_runtime.listeners.tls import DnsOverTls
from corefile_runtime.testing import Running, serve

from tests.runtime.certificates import Certificate
from tests.runtime.tls_client import TlsClient, trusting, write_certificates, write_pair

ANSWER = ["NOERROR", "a.example.org. 60 IN A 192.0.2.1"]


def corefile(folder: Path, more: str = "") -> str:
    return f"""tls://example.org:0 {{
    bind 127.0.0.1
    root {folder}
    tls cert.pem key.pem
    hosts {{
        192.0.2.1 a.example.org
        ttl 60
    }}
    {more}
}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tls")
    write_certificates(made)
    return made


@pytest.fixture(params=[True, False], ids=["replay", "no-replay"])
def server(folder: Path, request: pytest.FixtureRequest) -> Generator[Running]:
    text = corefile(folder, 'log . "{name} {proto}"\n    prometheus 127.0.0.1:0')
    with serve(text, whole=True, replay=request.param) as running:
        yield running


def listener_of(server: Running) -> DnsOverTls:
    (listening,) = server.engine.listeners.find("tls")
    assert isinstance(listening, DnsOverTls)
    return listening


def test_queries_are_answered_one_after_the_other(server: Running, folder: Path) -> None:
    client = TlsClient(server, trusting(folder))
    for _ in range(3):
        assert client.ask("a.example.org A") == ANSWER
    assert client.ask("b.example.org A") == ["SERVFAIL"]
    assert client.ask("example.net A") == ["REFUSED"]
    labels = 'family="1",proto="tcp",server="tls://127.0.0.1:0",type="A",view="",zone="example.org."'
    assert server.metric(f"coredns_dns_requests_total{{{labels}}}") == 4
    assert server.output().count("[INFO] a.example.org. tcp") == 3
    client.close()


def test_pipelined_queries_are_answered_in_one_record(server: Running, folder: Path) -> None:
    client = TlsClient(server, trusting(folder))
    wires: list[bytes] = []
    for number in range(50):
        query = dns.message.make_query("a.example.org.", "A")
        query.id = number
        wires.append(query.to_wire())
    client.stream.write(b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires))
    server.wait(lambda: len(client.data) >= 50 * 49)
    assert len(client.data) == 50 * 49
    client.close()


def test_sessions_are_resumed(server: Running, folder: Path) -> None:
    context = trusting(folder)
    first = TlsClient(server, context)
    assert first.ask("a.example.org A") == ANSWER
    session = first.stream.tls.session
    first.close()
    second = TlsClient(server, context, session=session)
    assert second.ask("a.example.org A") == ANSWER
    assert second.stream.tls.session_reused
    second.close()


def test_versions_before_1_2_are_refused(server: Running, folder: Path) -> None:
    context = trusting(folder)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    client = TlsClient(server, context)
    client.wait_for_end()
    assert "PROTOCOL_VERSION" in str(client.error)


def test_plain_queries_get_nothing(server: Running) -> None:
    assert server.exchange(dns.message.make_query("a.example.org.", "A").to_wire(), tcp=True) is None


def test_who_shakes_no_hands_is_not_waited_for(server: Running) -> None:
    listener_of(server).read_timeout = 0.05
    client = server.connect(tcp=True)
    server.wait(lambda: len(listener_of(server).connections) == 1)
    server.wait(lambda: len(listener_of(server).connections) == 0)
    assert client.recv(10) == b""


def test_silence_ends_the_connection_with_an_alert(server: Running, folder: Path) -> None:
    listener_of(server).idle_timeout = 0.05
    client = TlsClient(server, trusting(folder))
    assert client.ask("a.example.org A") == ANSWER
    client.wait_for_end()
    assert client.error is None  # else it would have been cut off


def test_a_reload_brings_new_certificates_and_keeps_connections(tmp_path: Path) -> None:
    authority = write_certificates(tmp_path)
    with serve(corefile(tmp_path), whole=True) as server:
        old = TlsClient(server, trusting(tmp_path))
        assert old.ask("a.example.org A") == ANSWER
        write_pair(tmp_path, "new.example.org", authority)
        server.engine.reload(server.load())
        assert old.ask("a.example.org A") == ANSWER
        new = TlsClient(server, trusting(tmp_path), "new.example.org")
        assert new.ask("a.example.org A") == ANSWER
        late = TlsClient(server, trusting(tmp_path))
        late.wait_for_end()
        assert isinstance(late.error, ssl.SSLCertVerificationError)
        old.close()
        new.close()


def test_a_certificate_that_is_gone_leaves_the_old_one(tmp_path: Path) -> None:
    write_certificates(tmp_path)
    with serve(corefile(tmp_path), whole=True) as server:
        (tmp_path / "key.pem").write_text(Certificate("other").key)
        with pytest.raises(Exception, match=r"Corefile:4: plugin/tls: .*private key does not match public key"):
            server.engine.reload(server.load())
        client = TlsClient(server, trusting(tmp_path))
        assert client.ask("a.example.org A") == ANSWER
        client.close()


def test_without_a_certificate_it_speaks_in_the_clear() -> None:
    """CoreDNS 1.14.7 does."""
    with serve("tls://.:0 {\n    bind 127.0.0.1\n    whoami\n}\n", whole=True) as server:
        assert server.answers("example.org. A", tcp=True) == ["NOERROR"]


def test_a_proxy_header_stands_before_the_handshake(folder: Path) -> None:
    with serve(corefile(folder, 'proxyproto\n    log . "{remote}"'), whole=True) as server:
        client = TlsClient(server, trusting(folder), before=b"PROXY TCP4 192.0.2.53 192.0.2.1 1024 853\r\n")
        assert client.ask("a.example.org A") == ANSWER
        assert server.output()[-1] == "[INFO] 192.0.2.53"
        client.close()


def test_late_replies_find_their_way(folder: Path) -> None:
    block = f"bind 127.0.0.1\n    tls {folder}/cert.pem {folder}/key.pem\n    forward . 127.0.0.1:{{up}}"
    text = f"tls://.:0 {{\n    {block}\n}}\n"
    with serve(text, whole=True, answers={"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}) as server:
        client = TlsClient(server, trusting(folder))
        assert client.ask("a.example.org A") == ANSWER
        client.close()
