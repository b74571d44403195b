"""local: localhost and the reverse zones of this host."""

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
