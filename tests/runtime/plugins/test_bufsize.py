"""bufsize: a bound on the EDNS size of queries."""

import pytest
from corefile_runtime.testing import serve


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("directive", "asked", "told"),
    [("bufsize 700", 4096, 700), ("bufsize 700", 700, 700), ("bufsize 700", 600, 600), ("bufsize", 4096, 1232)],
)
def test_sizes(directive: str, asked: int, told: int, replay: bool) -> None:
    """The size that the upstream and the client are told."""
    answers = {"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}
    with serve(f"    {directive}\n    forward . 127.0.0.1:{{up}}", answers=answers, replay=replay) as server:
        assert server.ask("a.example.org. A", use_edns=0, payload=asked, want_dnssec=True).payload == told
        assert server.stub is not None
        query, _ = server.stub.seen[0]
        assert (query.payload, query.ednsflags & 0x8000) == (told, 0x8000)


def test_replies_are_cut_to_it() -> None:
    lines = "".join(f"        192.0.2.{last} a.example.org\n" for last in range(1, 61))
    with serve(f"    bufsize 512\n    hosts /dev/null {{\n{lines}    }}") as server:
        for _ in range(3):
            reply = server.ask("a.example.org. A", use_edns=0, payload=4096)
            assert len(reply.to_wire()) <= 512
        assert len(server.ask("a.example.org. A", use_edns=0, payload=4096, tcp=True).answer[0]) == 60


def test_queries_without_edns_stay_so() -> None:
    with serve("    bufsize\n    whoami") as server:
        assert server.ask("a.example.org. A").edns == -1
