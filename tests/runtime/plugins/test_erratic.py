"""erratic: lost, late and cut replies, all of them on purpose."""

import dns.flags
import dns.message
import pytest
from corefile_runtime.testing import PATIENCE, Running, serve

NEVER = "        drop 0\n"


def block(*lines: str) -> str:
    return "    erratic {\n" + "".join(f"        {line}\n" for line in lines) + "    }"


def is_answered(server: Running, seconds: float) -> bool:
    return server.exchange(dns.message.make_query("a.example.org.", "A").to_wire(), seconds=seconds) is not None


@pytest.mark.parametrize(
    ("question", "records"),
    [
        ("Case.example.org. A", ["NOERROR", "Case.example.org. 0 IN A 192.0.2.53"]),
        ("a.example.org. AAAA", ["NOERROR", "a.example.org. 0 IN AAAA 2001:db8::53"]),
        ("a.example.org. TXT", ["SERVFAIL"]),
    ],
)
def test_answers(question: str, records: list[str]) -> None:
    with serve(block("drop 0")) as server:
        assert server.answers(question) == records


@pytest.mark.parametrize(
    ("lines", "answered"),
    [((), [False, True, False, True]), (("drop 3",), [False, True, True, False]), (("drop 1",), [False, False])],
)
def test_lost(lines: tuple[str, ...], answered: list[bool]) -> None:
    with serve(block(*lines) if lines else "    erratic") as server:
        assert [is_answered(server, PATIENCE if one else 0.05) for one in answered] == answered


def test_late() -> None:
    with serve(block("delay 2 80ms")) as server:
        took: list[bool] = []
        for _ in range(4):
            start = server.now
            server.ask("a.example.org. A")
            took.append(server.now - start >= 0.07)
        assert took == [True, False, True, False]


def test_cut() -> None:
    """The number is used as bits, as in CoreDNS."""
    with serve(block("truncate 2")) as server:
        cut = [bool(server.ask("a.example.org. A").flags & dns.flags.TC) for _ in range(8)]
        assert cut == [True, True, False, False, True, True, False, False]


def test_large() -> None:
    with serve(block("drop 0", "large")) as server:
        query = dns.message.make_query("a.example.org.", "A")
        wire = server.exchange(query.to_wire(), tcp=True)
        assert wire is not None
        assert wire[6:8] == b"\0\x1e"
        assert len(server.ask("a.example.org. AAAA").answer[0]) == 1


@pytest.mark.parametrize(("lines", "records"), [(("drop 0",), 6), (("truncate 1",), 5)])
def test_transfer(lines: tuple[str, ...], records: int) -> None:
    with serve(block(*lines)) as server:
        wire = server.exchange(dns.message.make_query("example.org.", "AXFR").to_wire(), tcp=True)
        assert wire is not None
        assert int.from_bytes(wire[6:8], "big") == records
        names = {str(rrset.name) for rrset in dns.message.from_wire(wire, one_rr_per_rrset=True).answer}
        assert names == {"example.org.", "a.example.org.", "b.example.org."}


def test_ready_for_two_queries_only() -> None:
    with serve("    ready 127.0.0.1:0\n" + block("drop 0")) as server:
        seen: list[int] = []
        for _ in range(6):
            seen.append(server.get("/ready")[0])
            server.ask("a.example.org. A")
        assert seen == [503, 503, 503, 200, 200, 200]
