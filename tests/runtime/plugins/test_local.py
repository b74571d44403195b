"""local: localhost and the reverse zones of this host."""

import dns.message
import pytest
from corefile_runtime.testing import serve

SOA = "IN SOA localhost. root.localhost. 1 0 0 0 604800"


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("question", "rcode", "answer", "authority"),
    [
        ("LocalHost. A", 0, "LocalHost. 604800 IN A 127.0.0.1", ""),
        ("localhost. AAAA", 0, "localhost. 604800 IN AAAA ::1", ""),
        ("localhost. NS", 0, "localhost. 604800 IN NS localhost.", ""),
        ("localhost. SOA", 0, f"localhost. 604800 {SOA}", ""),
        ("localhost. TXT", 0, "", f"localhost. 604800 {SOA}"),
        ("X.localhost. A", 0, "X.localhost. 604800 IN A 127.0.0.1", ""),
        ("x.localhost. TXT", 0, "", f"x.localhost. 604800 {SOA}"),
        ("localhost.example.org. AAAA", 0, "localhost.example.org. 604800 IN AAAA ::1", ""),
        ("127.in-addr.arpa. A", 0, "", f"127.in-addr.arpa. 604800 {SOA}"),
        ("0.in-addr.arpa. AAAA", 0, "", f"0.in-addr.arpa. 604800 {SOA}"),
        ("255.in-addr.arpa. SOA", 0, f"255.in-addr.arpa. 604800 {SOA}", ""),
        ("255.in-addr.arpa. NS", 0, "255.in-addr.arpa. 604800 IN NS localhost.", ""),
        ("1.0.0.127.in-addr.arpa. PTR", 0, "1.0.0.127.in-addr.arpa. 604800 IN PTR localhost.", ""),
        ("1.0.0.127.In-Addr.arpa. A", 0, "", f"127.In-Addr.arpa. 604800 {SOA}"),
        ("2.0.0.127.in-addr.arpa. PTR", 3, "", f"127.in-addr.arpa. 604800 {SOA}"),
    ],
)
def test_answers(question: str, rcode: int, answer: str, authority: str, replay: bool) -> None:
    with serve("    local\n    whoami", replay=replay) as server:
        for _ in range(3):
            reply = server.ask(question)
            assert reply.rcode() == rcode
            assert "".join(map(str, reply.answer)) == answer
            assert "".join(map(str, reply.authority)) == authority


@pytest.mark.parametrize("replay", [True, False])
def test_queries_below_localhost_are_counted(replay: bool) -> None:
    with serve("    local\n    whoami", replay=replay) as server:
        for question in ("x.localhost. A", "x.localhost. A", "x.localhost. A", "localhost. A", "example.org. A"):
            server.ask(question)
        assert server.metric("coredns_local_localhost_requests_total") == 3


def test_names_that_only_begin_so() -> None:
    with serve("    local {\n        localhost_prefix off\n    }\n    whoami") as server:
        assert server.ask("localhost.example.org. A").additional
        assert server.ask("x.localhost. A").answer


@pytest.mark.parametrize(
    "suffix", ["localhost.", "localhost.example.org.", "127.in-addr.arpa.", "1.0.0.127.in-addr.arpa."]
)
@pytest.mark.parametrize("rtype", ["A", "AAAA", "SOA", "NS", "PTR", "TXT"])
def test_letters_in_the_reply_are_those_of_coredns(suffix: str, rtype: str) -> None:
    """CoreDNS compresses names where the same letters stood before, so what rdata says may be the client's letters."""
    plain = [suffix, suffix.upper(), suffix.title(), f"x.{suffix}", f"X.{suffix}", f"x.{suffix.upper()}"]
    names = [*plain, *reversed(plain)]
    wires = [dns.message.make_query(name, rtype, id=7).to_wire() for name in names]
    with serve("    local") as kept, serve("    local", replay=False) as computed:
        for wire in wires:
            assert kept.exchange(wire) == computed.exchange(wire)


def test_addresses_are_kept_for_the_name_in_any_letters() -> None:
    with serve("    local") as server:
        for name in ("X.localhost.", "x.LOCALHOST.", "x.LocalHost."):
            assert server.answers(f"{name} A") == ["NOERROR", f"{name} 604800 IN A 127.0.0.1"]
        assert server.metric("coredns_local_localhost_requests_total") == 3
        assert server.engine.instance is not None
        (only,) = server.engine.instance.servers.values()
        assert len(only.stores["udp"].entries) == 1
