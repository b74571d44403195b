"""One address: which block answers, and what is answered to what cannot be answered."""

import random
import struct

import dns.edns
import dns.message
import dns.rcode
import pytest
from corefile_runtime.chain.reply import Reply
from corefile_runtime.testing import PATIENCE, serve

ZONES = """
example.org:0 {
    bind 127.0.0.1
    hosts /dev/null {
        192.0.2.1 a.example.org a.deep.example.org
    }
}
deep.example.org:0 {
    bind 127.0.0.1
    hosts /dev/null {
        192.0.2.2 a.deep.example.org
    }
}
empty.example.org:0 {
    bind 127.0.0.1
}
.:0 {
    bind 127.0.0.1
    whoami
}
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("a.example.org. A", "192.0.2.1"),
        ("A.DEEP.example.org. A", "192.0.2.2"),
        ("a.deep.example.org. DS", "192.0.2.1 answers"),
        ("x.empty.example.org. A", "REFUSED"),
        ("example.net. A", "whoami"),
        (". NS", "whoami"),
    ],
)
def test_the_longest_zone_answers(question: str, answer: str) -> None:
    with serve(ZONES, whole=True) as server:
        reply = server.ask(question)
        if answer == "whoami":
            assert len(reply.additional) == 2
        elif answer == "REFUSED":
            assert reply.rcode() == dns.rcode.REFUSED
        elif answer.endswith("answers"):  # the parent has the name, so there is no failure
            assert reply.rcode() == dns.rcode.NOERROR
        else:
            assert str(reply.answer[0]).endswith(f" A {answer}")


HEAD = struct.Struct("!6H")
NAME = b"\1a\7example\3org\0"
QUESTION = NAME + b"\0\1\0\1"


@pytest.mark.parametrize(
    ("wire", "reply"),
    [
        (b"", None),
        (b"\0" * 11, None),
        (HEAD.pack(1, 0x8100, 1, 0, 0, 0) + QUESTION, None),
        (HEAD.pack(1, 0x0100, 0, 0, 0, 0), HEAD.pack(1, 0x8101, 0, 0, 0, 0)),
        (HEAD.pack(1, 0x0100, 1, 0, 0, 0), HEAD.pack(1, 0x8102, 0, 0, 0, 0)),
        (HEAD.pack(1, 0x0100, 2, 0, 0, 0) + QUESTION * 2, HEAD.pack(1, 0x8101, 0, 0, 0, 0)),
        (HEAD.pack(1, 0x0100, 1, 0, 0, 0) + QUESTION[:-1], HEAD.pack(1, 0x8101, 0, 0, 0, 0)),
        (HEAD.pack(1, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1", HEAD.pack(1, 0x8101, 0, 0, 0, 0)),
        (HEAD.pack(1, 0x0100, 1, 0, 0, 0) + b"\x41a\0\0\1\0\1", HEAD.pack(1, 0x8101, 0, 0, 0, 0)),
        (HEAD.pack(1, 0x2900, 1, 0, 0, 0) + QUESTION, HEAD.pack(1, 0xA904, 0, 0, 0, 0)),
        (
            HEAD.pack(1, 0x0100, 1, 0, 0, 1) + QUESTION + b"\0\0\x29\4\xd0\0\0\0\0\0\5",
            HEAD.pack(1, 0x8101, 1, 0, 0, 0) + QUESTION,
        ),
        (
            HEAD.pack(1, 0x0100, 1, 0, 0, 1) + QUESTION + b"\0\0\x29\4\xd0\0\0\0\0\0\7\0\x08\0\3\0\1\x21",
            HEAD.pack(1, 0x8101, 1, 0, 0, 0) + QUESTION,
        ),
        (HEAD.pack(1, 0x0100, 1, 0, 0, 0) + NAME, HEAD.pack(1, 0x8105, 1, 0, 0, 0) + NAME + bytes(4)),
        (HEAD.pack(1, 0x0100, 1, 0, 0, 3) + QUESTION, HEAD.pack(1, 0x8101, 0, 0, 0, 0)),
    ],
)
@pytest.mark.parametrize("replay", [True, False])
def test_what_is_no_query(wire: bytes, reply: bytes | None, replay: bool) -> None:
    with serve("    whoami", replay=replay) as server:
        assert server.exchange(wire, seconds=PATIENCE if reply else 0.05) == reply
        assert server.ask("a.example.org. A").rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("counts", [(1, 1, 0, 0), (1, 0, 0, 1), (1, 0, 0, 0)])
def test_counts_with_nothing_behind_and_trailing_bytes_are_forgiven(counts: tuple[int, int, int, int]) -> None:
    with serve("    whoami") as server:
        trailing = b"rest" if counts[1:] == (0, 0, 0) else b""
        reply = server.exchange(HEAD.pack(1, 0x0100, *counts) + QUESTION + trailing)
        assert reply is not None
        assert dns.message.from_wire(reply).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    ("body", "rcode"), [("    whoami", "REFUSED"), ("    forward example.net 127.0.0.1:1\n    whoami", "NOERROR")]
)
def test_classes(body: str, rcode: str) -> None:
    with serve(body) as server:
        wire = server.exchange(dns.message.make_query("example.org.", "TXT", "CH").to_wire())
        assert wire is not None
        assert wire[3] & 15 == dns.rcode.from_text(rcode)


def test_an_unknown_edns_version_comes_before_everything() -> None:
    with serve(".:0 {\n    bind 127.0.0.1\n}\n", whole=True) as server:
        assert server.ask("example.org. A", use_edns=1).rcode() == dns.rcode.BADVERS


@pytest.mark.parametrize("name", ["errors", "cache", "log"])
def test_a_fault_of_a_plugin_is_a_servfail_and_no_more(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_query: object) -> Reply:
        raise RuntimeError("broken")

    monkeypatch.setattr("corefile_runtime.plugins.whoami.serve", broken)
    with serve(f"    {name}\n    whoami") as server:
        for _ in range(2):
            assert server.answers("a.example.org. A") == ["SERVFAIL"]
        assert server.metric("coredns_panics_total") == 2
        assert (
            server.metric(
                'coredns_dns_responses_total{plugin="",rcode="SERVFAIL",server="dns://127.0.0.1:0",view="",zone="dropped"}'
            )
            == 2
        )
        assert "RuntimeError: broken" in server.output()[0]


@pytest.mark.parametrize("tcp", [False, True])
def test_mutated_packets_never_end_the_server(tcp: bool) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable
    seeds = [
        dns.message.make_query("a.example.org.", "A").to_wire(),
        dns.message.make_query(
            "a.example.org.",
            "TXT",
            want_dnssec=True,
            options=[dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"x" * 8)],
        ).to_wire(),
    ]
    hosts = "hosts /dev/null {\n        192.0.2.1 a.example.org\n        fallthrough\n    }"
    with serve(f"    errors\n    cache\n    {hosts}\n    whoami") as server:
        client = server.connect(tcp=tcp)
        for _ in range(2000):
            wire = bytearray(chance.choice(seeds))
            for _ in range(chance.randrange(1, 6)):
                wire[chance.randrange(len(wire))] = chance.randrange(256)
            del wire[chance.randrange(8, len(wire) + 1) :]
            if not tcp:
                client.send(wire)
            else:
                try:
                    client.send(len(wire).to_bytes(2, "big") + wire)
                except OSError:
                    client = server.connect(tcp=True)
            server.loop.step(0)
        assert server.metric("coredns_panics_total") in (0, None)
        assert server.answers("a.example.org. A")[0] == "NOERROR"


OPT = b"\0\0\x29\4\xd0\0\0\0\0\0\0"
COOKIE = b"\0\0\x29\4\xd0\0\0\0\0\0\x0c\0\x0a\0\x08cookie-1"


@pytest.mark.parametrize(("additional", "behind"), [(0, b""), (1, OPT), (1, COOKIE)])
def test_octets_behind_a_message_are_not_forwarded(additional: int, behind: bytes) -> None:
    with serve(
        "    forward . 127.0.0.1:{up}", answers={"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}
    ) as one:
        wire = HEAD.pack(7, 0x0100, 1, 0, 0, additional) + QUESTION + behind
        reply = one.exchange(wire + b"JUNK" * 40)  # the stub takes no message with anything behind it
        assert reply is not None
        assert reply[3] & 15 == dns.rcode.NOERROR
        assert one.stub is not None
        assert [len(query.to_wire()) for query, _ in one.stub.seen] == [len(wire)]


@pytest.mark.parametrize("tcp", [False, True])
def test_a_name_asked_with_other_octets_behind_it_each_time_is_kept_once(tcp: bool) -> None:
    with serve("    hosts /dev/null {\n 192.0.2.1 a.example.org\n }") as server:
        for number in range(20):
            behind = number.to_bytes(4, "big") * 1000
            assert server.exchange(HEAD.pack(7, 0x0100, 1, 0, 0, 0) + QUESTION + behind, tcp=tcp) is not None
        assert server.engine.instance is not None
        kept = [
            key
            for answerer in server.engine.instance.servers.values()
            for store in answerer.stores.values()
            for key in (*store.entries, *store.older)
        ]
        assert kept == [HEAD.pack(7, 0x0100, 1, 0, 0, 0)[2:] + QUESTION]


def test_the_size_of_a_query_is_that_of_all_records_behind_its_opt() -> None:
    record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\xc0\0\2\1"
    wire = HEAD.pack(7, 0x0100, 1, 0, 0, 2) + QUESTION + OPT + record
    with serve('    log . "size {size}"\n    whoami') as server:
        assert server.exchange(wire) is not None
        assert f"[INFO] size {len(wire) - 2 + len(NAME)}" in server.output()  # as if no name were compressed


def test_metrics_make_no_failure_of_a_record_that_ends_behind_its_first_name() -> None:
    """CoreDNS takes it, as `forward` does; what reads it for its size must not be stricter."""
    wire = HEAD.pack(7, 0x8180, 1, 0, 1, 0) + QUESTION + NAME + b"\0\6\0\1\0\0\0\x3c\0\3\1a\0"
    body = "    prometheus 127.0.0.1:0\n    log\n    loadbalance\n    cache\n    forward . 127.0.0.1:{up}"
    with serve(body, respond=lambda query, _over: query.id.to_bytes(2, "big") + wire[2:]) as server:
        for _ in range(3):
            reply = server.exchange(HEAD.pack(7, 0x0100, 1, 0, 0, 0) + QUESTION)
            assert reply is not None
            assert reply[3] & 15 == dns.rcode.NOERROR
        assert server.metric("coredns_panics_total") in (None, 0)
