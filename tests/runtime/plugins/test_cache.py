"""The cache: what is kept, for how long, and what is given from it."""

from collections.abc import Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest
from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.plugins.cache.item import Item
from corefile_runtime.testing import made_up, serve
from corefile_runtime.wire.question import Query, read_query
from corefile_runtime.wire.records import Record, find_records, read_sections
from corefile_runtime.wire.replies import compose


class Client:
    """Whoever asks."""

    over = "udp"

    def send(self, wire: bytes, peer: bytes) -> None:
        """Nothing is to be waited for."""
        raise AssertionError(wire, peer)

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        """Nor for several messages."""
        raise AssertionError(messages, peer)

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port."""
        del peer
        return "127.0.0.1", 1024

    def local(self) -> str:
        """The address that was asked."""
        return "127.0.0.1"


FORWARD = "    forward . 127.0.0.1:{up}\n"
ANSWERS = {
    "a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"],
    "two.example.org. A": ["two.example.org. 60 IN A 192.0.2.1", "two.example.org. 30 IN A 192.0.2.2"],
    "zero.example.org. A": ["zero.example.org. 0 IN A 192.0.2.1"],
    "long.example.org. A": ["long.example.org. 86400 IN A 192.0.2.1"],
    "nodata.example.org. A": ["example.org. 600 IN SOA ns.example.org. root.example.org. 1 2 3 4 30"],
    "lost.example.org. A": ["lost.example.org. 60 IN CNAME gone.example.org."],
    "alias.example.org. A": [
        "alias.example.org. 60 IN CNAME a.example.org.",
        "a.example.org. 60 IN A 192.0.2.1",
    ],
}


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("name", "config", "ttl", "upstream"),
    [
        ("a.example.org.", "", 60, 1),
        ("two.example.org.", "", 30, 1),  # one TTL for all records: the smallest
        ("zero.example.org.", "", 5, 1),  # the least that is kept
        ("long.example.org.", "", 3600, 1),  # the most
        ("a.example.org.", " 3", 3, 1),  # the maximum wins over the minimum
        ("alias.example.org.", "", 60, 1),
        ("lost.example.org.", "", 60, 4),  # leads nowhere, and nothing tells for how long
    ],
)
def test_ttl_and_what_is_kept(name: str, config: str, ttl: int, upstream: int, replay: bool) -> None:
    with serve(f"    cache{config}\n{FORWARD}", answers=ANSWERS, replay=replay) as server:
        replies = [server.ask(f"{name} A") for _ in range(4)]
        assert {rrset.ttl for reply in replies for rrset in reply.answer} == {ttl}
        assert server.stub is not None
        assert len(server.stub.seen) == upstream
        assert bool(replies[-1].flags & dns.flags.AA) == (upstream == 1)


@pytest.mark.parametrize("replay", [True, False])
def test_counts_are_the_same_with_and_without_replay(replay: bool) -> None:
    with serve(f"    cache\n    prometheus 127.0.0.1:0\n{FORWARD}", answers=ANSWERS, replay=replay) as server:
        for question in ("a.example.org. A", "nodata.example.org. A"):
            for _ in range(4):
                server.ask(question)
        place = 'server="dns://127.0.0.1:0",{}view="",zones="."'
        assert server.metric(f"coredns_cache_requests_total{{{place.format('')}}}") == 8
        assert server.metric(f"coredns_cache_misses_total{{{place.format('')}}}") == 2
        success = place.format('type="success",')
        denial = place.format('type="denial",')
        assert server.metric(f"coredns_cache_hits_total{{{success}}}") == 3
        assert server.metric(f"coredns_cache_hits_total{{{denial}}}") == 3
        assert server.metric(f"coredns_cache_entries{{{denial}}}") == 1
        sizes = 'coredns_dns_response_size_bytes_count{proto="udp",server="dns://127.0.0.1:0",view="",zone="."}'
        assert server.metric(sizes) == 8


@pytest.mark.parametrize(
    ("flags", "options", "reply"),
    [
        ("RD", {}, "QR AA RD RA"),
        ("", {}, "QR AA RA"),
        ("RD CD", {}, "QR AA RD RA CD"),
        ("RD AD", {}, "QR AA RD RA AD"),
        ("RD", {"want_dnssec": True}, "QR AA RD RA AD"),
    ],
)
def test_flags_of_a_hit(flags: str, options: dict[str, Any], reply: str) -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        made = dns.message.make_response(query, recursion_available=True)
        made.flags |= dns.flags.AD
        made.answer.append(dns.rrset.from_text("a.example.org.", 60, "IN", "A", "192.0.2.1"))
        return made

    with serve(f"    cache\n{FORWARD}", respond=respond) as server:
        replies = [server.ask("a.example.org. A", flags=flags, **options) for _ in range(3)]
        assert [dns.flags.to_text(one.flags) for one in replies[1:]] == [reply, reply]


def test_owner_names_keep_the_letters_in_which_they_came() -> None:
    with serve(f"    cache\n{FORWARD}", answers={"A.Example.org. A": ["A.Example.org. 60 IN A 192.0.2.1"]}) as server:
        first = server.ask("A.Example.org. A")
        again = server.ask("a.example.ORG. A")
        assert str(first.answer[0].name) == str(again.answer[0].name) == "A.Example.org."
        assert str(again.question[0].name) == "a.example.ORG."


@pytest.mark.parametrize("asked", ["a.example.org.", "A.EXAMPLE.ORG.", "A.Example.org.", "a.Example.oRG."])
@pytest.mark.parametrize(
    "records",
    [
        ["A.Example.org. 60 IN A 192.0.2.1"],
        ["A.Example.org. 60 IN A 192.0.2.1", "A.Example.org. 60 IN A 192.0.2.2"],
        ['A.Example.org. 60 IN TXT "one" "two"'],
        ["A.Example.org. 60 IN MX 10 mail.example.org."],
        ["A.Example.org. 60 IN CNAME b.Example.org.", "b.Example.org. 60 IN A 192.0.2.1"],
    ],
)
def test_in_other_letters_a_reply_is_what_its_records_make(records: list[str], asked: str) -> None:
    made = dns.message.make_response(dns.message.make_query("A.Example.org.", records[0].split()[3]))
    for record in records:
        owner, ttl, rclass, rtype, rest = record.split(None, 4)
        made.answer.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, rest))
    wire = made.to_wire()
    query = dns.message.make_query(asked, records[0].split()[3]).to_wire()
    read = read_query(query, Client(), b"", 0.0)
    assert isinstance(read, Query)
    offsets = tuple(body + 4 for _, body, _ in find_records(wire, read.end))
    out, folds = Item(wire, read.end, offsets, 60, 0.0).reply(read, 7, authenticated=False)
    assert folds == (asked != "A.Example.org.")
    sections = [[record._replace(ttl=7) for record in section] for section in read_sections(wire, read.end)]
    assert out == compose(read, 0, *sections, points=not folds)
    assert [rrset.ttl for rrset in dns.message.from_wire(out).answer] == [7] * len(dns.message.from_wire(out).answer)


def test_a_reply_is_asked_for_with_ad_and_kept_without_edns() -> None:
    with serve(f"    cache\n{FORWARD}", answers=ANSWERS) as server:
        server.ask("a.example.org. A", use_edns=0, payload=1232)
        again = server.ask("a.example.org. A")
        assert again.edns == -1
        assert server.stub is not None
        assert server.stub.seen[0][0].flags & dns.flags.AD


def test_names_outside_of_the_zones_pass() -> None:
    with serve(f"    cache example.net\n{FORWARD}", answers=ANSWERS) as server:
        replies = [server.ask("a.example.org. A") for _ in range(2)]
        assert not any(reply.flags & dns.flags.AA for reply in replies)


def test_prefetch_asks_over_tcp_before_the_end() -> None:
    answers = {"a.example.org. A": ["a.example.org. 2 IN A 192.0.2.1"]}
    config = "    cache {\n        success 100 100 0\n        prefetch 2 1m 50%\n    }\n"
    with serve(config + FORWARD, answers=answers) as server:
        stub = server.stub
        assert stub is not None
        for _ in range(3):
            server.ask("a.example.org. A")
        server.run(0.3)
        assert [over for _, over in stub.seen] == ["udp"]
        server.run(0.9)
        server.ask("a.example.org. A")
        server.wait(lambda: len(stub.seen) == 2)
        assert stub.seen[1][1] == "tcp"


@pytest.mark.parametrize(("mode", "ttl"), [("immediate", 0), ("verify", 0)])
def test_stale_answers_survive_the_upstream(mode: str, ttl: int) -> None:
    answers = {"a.example.org. A": ["a.example.org. 1 IN A 192.0.2.1"]}
    config = f"    cache {{\n        success 100 100 0\n        serve_stale 1h {mode}\n    }}\n"
    forward = "    forward . 127.0.0.1:{up} {\n        max_fails 0\n    }\n"
    with serve(config + forward, answers=answers) as server:
        server.ask("a.example.org. A")
        assert server.stub is not None
        server.stub.close()
        server.run(1.1)
        reply = server.ask("a.example.org. A")
        assert [rrset.ttl for rrset in reply.answer] == [ttl]
        assert server.metric('coredns_cache_served_stale_total{server="dns://127.0.0.1:0",view="",zones="."}') == 1


@pytest.mark.parametrize(("limit", "authoritative"), [("500ms", True), ("", False)])
def test_a_verified_answer_with_a_limit_comes_from_the_cache(limit: str, authoritative: bool) -> None:
    """CoreDNS 1.14.7 keeps what the upstream says in time and answers from there, with AA."""
    answers = {"a.example.org. A": ["a.example.org. 1 IN A 192.0.2.1"]}
    config = f"    cache {{\n        success 100 100 0\n        serve_stale 1h verify {limit}\n    }}\n"
    with serve(config + "    forward . 127.0.0.1:{up}", answers=answers) as server:
        server.ask("a.example.org. A")
        server.run(1.1)
        reply = server.ask("a.example.org. A")
        assert bool(reply.flags & dns.flags.AA) == authoritative
        assert [rrset.ttl for rrset in reply.answer] == [1]


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(
    "block", ["prefetch 1 1m 90%", "serve_stale 1h immediate", "serve_stale 1h verify 1s", "serve_stale 1h verify"]
)
def test_an_error_behind_costs_no_answer_and_is_tried_again(block: str, waits: bool) -> None:
    """Whoever waits for a plugin that fails gets the old reply, and the next one has it tried again."""
    asked: list[Pending] = []
    first = Record(b"\1a\7example\3org\0", 1, 1, 4, b"\xc0\0\2\1")

    def give(query: Query) -> Outcome:
        pending = Pending()
        asked.append(pending)
        if len(asked) == 1:
            return Reply(0, compose(query, 0, [first]))
        if waits:
            return pending.then(fail)
        return fail() if "verify" not in block else Reply(2, compose(query, 2))

    def fail(_reply: Reply | None = None) -> Reply:
        raise OSError("no more")

    def arrive(number: int) -> None:
        asked[number].resolve(Reply(0))

    with made_up("up", lambda _configs, _home: lambda _site: give), serve(f"cache {{\n{block}\n}}\nup") as server:
        server.ask("a.example.org. A")
        server.run(5.0 if "stale" in block else 2.0)
        for tries in (2, 3):
            if waits:
                server.loop.after(0.05, arrive, tries - 1)
            reply = server.ask("a.example.org. A")
            assert (reply.rcode(), len(reply.answer)) == (0, 1)
            server.run(0.2)
            assert len(asked) == tries
        if waits or "verify" not in block:
            assert sum("OSError: no more" in line for line in server.output()) == 2


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(
    ("block", "last"),
    [
        ("prefetch 1 1m 50%", ["192.0.2.1", "192.0.2.2"]),
        ("serve_stale 1h immediate", ["192.0.2.1", "192.0.2.2"]),
        ("serve_stale 1h verify 1s", ["192.0.2.2", "192.0.2.2"]),
        ("serve_stale 1h verify", ["192.0.2.2", "192.0.2.2"]),
    ],
)
def test_what_is_asked_again_takes_the_place_of_the_old(block: str, last: list[str], waits: bool) -> None:
    asked: list[Query] = []

    def give(query: Query) -> Outcome:
        asked.append(query)
        record = Record(b"\1a\7example\3org\0", 1, 1, 4, b"\xc0\0\2" + bytes((len(asked),)))
        reply = Reply(0, compose(query, 0, [record]))
        if not waits or len(asked) == 1:
            return reply
        pending = Pending()
        server.loop.after(0.05, pending.resolve, reply)
        return pending

    with made_up("up", lambda _configs, _home: lambda _site: give), serve(f"cache {{\n{block}\n}}\nup") as server:
        server.ask("a.example.org. A")
        server.run(5.0 if "stale" in block else 2.0)
        for address in last:
            assert server.answers("a.example.org. A")[1].split()[-1] == address
            server.run(0.2)
        assert len(asked) == 2


def test_a_full_cache_gives_up_the_oldest() -> None:
    answers = {f"n{i}.example.org. A": [f"n{i}.example.org. 60 IN A 192.0.2.1"] for i in range(1025)}
    with serve("    cache {\n        success 1\n    }\n" + FORWARD, answers=answers) as server:
        for i in range(1025):
            server.ask(f"n{i}.example.org. A")
        place = 'server="dns://127.0.0.1:0",type="success",view="",zones="."'
        assert server.metric(f"coredns_cache_evictions_total{{{place}}}") == 1
        assert server.metric(f"coredns_cache_entries{{{place}}}") == 1024
