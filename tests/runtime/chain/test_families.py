"""Clients of both families on one socket: each is counted as what it is, replayed answers too."""

import socket

import dns.message
import pytest
from corefile_runtime.testing import Running, can_read, serve

COREFILE = """\
.:0 {
    prometheus 127.0.0.1:0
    hosts /dev/null {
        192.0.2.1 a.example.org
    }
}
"""
SERIES = 'coredns_dns_requests_total{{family="{}",proto="udp",server="dns://:0",type="A",view="",zone="."}}'


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def ask(server: Running, host: str) -> dns.message.Message:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((host, server.port))
        client.send(dns.message.make_query("a.example.org.", "A").to_wire())
        server.wait(lambda: can_read(client))
        return dns.message.from_wire(client.recv(4096))


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_families_are_counted_apart() -> None:
    with serve(COREFILE, whole=True) as server:
        for host in ("127.0.0.1", "127.0.0.1", "::1", "::1", "::1"):
            assert ask(server, host).rcode() == 0
        assert [server.metric(SERIES.format(family)) for family in (1, 2)] == [2, 3]
