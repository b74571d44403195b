"""Clients of both families on one socket: each is counted as what it is, replayed answers too."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import dns.message
import dns.query
import pytest
from corefile_runtime.engine import Engine

from corefile.compiler import compile_corefile
from corefile.ir.program import Program

COREFILE = """\
.:0 {
    prometheus 127.0.0.1:0
    hosts {
        192.0.2.1 a.example.org
    }
}
"""


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_families_are_counted_apart(tmp_path: Path) -> None:
    def load() -> Program:
        return compile_corefile(COREFILE, str(tmp_path / "Corefile")).program

    engine = Engine(load)
    engine.start()
    ((_, port),) = engine.addresses()
    thread = threading.Thread(target=engine.loop.run)
    thread.start()
    try:
        for host in ("127.0.0.1", "127.0.0.1", "::1", "::1", "::1"):
            reply = dns.query.udp(dns.message.make_query("a.example.org.", "A"), host, port=port, timeout=5)
            assert reply.rcode() == 0
    finally:
        engine.loop.later(engine.loop.stop)
        thread.join(10)
        text = engine.metrics.render()
        engine.close()
    counted = {
        family: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        for family in ("1", "2")
        if line.startswith("coredns_dns_requests_total{") and f'family="{family}"' in line
    }
    assert counted == {"1": 2.0, "2": 3.0}
