"""Upstreams by name: files, host names, resolvers; and the order in which they are asked."""

import socket
import threading
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from corefile_runtime.upstream import resolve
from corefile_runtime.upstream.choice import choose_order
from corefile_runtime.upstream.resolve import look_up, read_nameservers


def test_nameservers_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# x\nsearch example.org\nnameserver 192.0.2.1\nnameserver fe80::1%eth0 # y\nnameserver\n")
    assert read_nameservers(str(file)) == ["192.0.2.1", "fe80::1"]
    assert read_nameservers(str(tmp_path / "none")) is None


def test_a_host_name_is_asked_from_the_resolvers_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "TIMEOUT", 60)
    with socket.socket(type=socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", 0))

        def answer() -> None:
            for _ in range(2):
                wire, peer = resolver.recvfrom(512)
                query = dns.message.from_wire(wire)
                assert isinstance(query, dns.message.QueryMessage)
                reply = dns.message.make_response(query)
                if query.question[0].rdtype == 1:
                    reply.answer.append(dns.rrset.from_text("up.example.org.", 9, "IN", "A", "192.0.2.7"))
                resolver.sendto(reply.to_wire(), peer)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        here = f"127.0.0.1:{resolver.getsockname()[1]}"
        assert look_up("up.example.org", ["127.0.0.1:1", here]) == ["192.0.2.7"]
        thread.join()


def test_no_resolver_answers() -> None:
    with pytest.raises(OSError, match=r'no addresses found for "up\.example\.org"'):
        look_up("up.example.org", ["127.0.0.1:1"])


def test_orders() -> None:
    ups = ["a", "b", "c"]
    assert [choose_order("sequential", ups)() for _ in range(2)] == [ups, ups]
    turn = choose_order("round_robin", ups)
    assert [turn()[0] for _ in range(4)] == ["b", "c", "a", "b"]
    shuffled = choose_order("random", ups)
    orders = {tuple(shuffled()) for _ in range(200)}
    assert len(orders) == 6
