"""Dropping queries when too many wait."""

import dns.message
import pytest
from corefile_runtime.listeners.dns import PlainDns
from corefile_runtime.plugins import shed
from corefile_runtime.testing import Running, serve

BODY = "    shed\n    prometheus 127.0.0.1:0\n    whoami\n"
SERIES = 'coredns_shed_dropped_total{{reason="{}",server="dns://127.0.0.1:0"}}'
REQUESTS = 'coredns_dns_requests_total{family="1",proto="udp",server="dns://127.0.0.1:0",type="A",view="",zone="."}'


def dropped(server: Running) -> float:
    return server.metric(SERIES.format("query")) or 0


def answered(server: Running) -> float:
    return server.metric(REQUESTS) or 0


def test_nothing_is_dropped_in_peace() -> None:
    with serve(BODY) as server:
        assert server.metric(SERIES.format("query")) == 0
        assert server.metric(SERIES.format("response")) == 0
        for tcp in (False, True):
            assert server.ask("a.example.org. A", tcp=tcp).rcode() == 0
        assert server.metric(SERIES.format("query")) == 0
        assert server.metric('coredns_plugin_enabled{name="shed",server="dns://127.0.0.1:0",view="",zone="."}') == 1


def test_too_many_are_dropped_before_any_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = dns.message.make_query("a.example.org.", "A").to_wire()
    with serve(BODY) as server:
        monkeypatch.setattr(shed, "MOST", 20_000)
        client = server.connect()
        for _ in range(200):
            client.send(wire)
        server.wait(lambda: dropped(server) + answered(server) == 200)
        assert dropped(server) >= 64
        assert server.ask("a.example.org. A", tcp=True).rcode() == 0
        assert server.ask("a.example.org. A").rcode() == 0


def test_what_the_system_drops_is_counted() -> None:
    wire = dns.message.make_query("a.example.org.", "A").to_wire()
    with serve(BODY) as server:
        server.ask("a.example.org. A")
        client = server.connect()
        for _ in range(20_000):  # more than any buffer holds
            client.send(wire)
        server.wait(lambda: dropped(server) + answered(server) == 20_001)
        assert dropped(server) > 0


def test_a_system_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shed, "_MEMINFO", 9999)
    with serve(BODY) as server:
        assert server.ask("a.example.org. A").rcode() == 0


def test_several_blocks_share_the_socket() -> None:
    text = "".join(f"{zone}:0 {{\n bind 127.0.0.1\n{BODY}}}\n" for zone in ("example.org", "example.net"))
    with serve(text, whole=True) as server:
        (only,) = server.engine.listeners.find("dns")
        assert isinstance(only, PlainDns)
        assert len(only.udp._interceptors) == 1  # pyright: ignore[reportPrivateUsage]
        assert server.ask("a.example.net. A").rcode() == 0
