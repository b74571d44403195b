"""loadbalance: which record comes first."""

import os
from collections import Counter
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.chain.reply import Reply
from corefile_runtime.plugins.loadbalance.alike import mix_alike
from corefile_runtime.replay.terms import Rotated, Terms
from corefile_runtime.testing import Running, serve
from corefile_runtime.wire.rcodes import AAAA, NOERROR, A
from corefile_runtime.wire.records import find_records
from hypothesis import given
from hypothesis import strategies as st

ROUNDS = 60
ADDRESSES = [f"192.0.2.{last}" for last in (1, 2, 3)]
ANSWERS = {
    "a.example.org. A": [f"a.example.org. 60 IN A {address}" for address in ADDRESSES],
    "two.example.org. A": [f"two.example.org. 60 IN A {address}" for address in ADDRESSES[:2]],
    "six.example.org. AAAA": [f"six.example.org. 60 IN AAAA 2001:db8::{last}" for last in (1, 2)],
    "mail.example.org. MX": [f"mail.example.org. 60 IN MX 10 {host}.example.org." for host in "ab"],
    "text.example.org. TXT": [f"text.example.org. 60 IN TXT {last}" for last in (1, 2, 3)],
    "alias.example.org. A": [
        "a.example.org. 60 IN A 192.0.2.1",
        "a.example.org. 60 IN A 192.0.2.2",
        "alias.example.org. 60 IN CNAME a.example.org.",
    ],
    "mixed.example.org. ANY": [
        "mixed.example.org. 60 IN MX 10 a.example.org.",
        "mixed.example.org. 60 IN A 192.0.2.1",
        "mixed.example.org. 60 IN AAAA 2001:db8::1",
        "mixed.example.org. 60 IN TXT x",
    ],
}
BEHIND = "    cache 30\n    forward . 127.0.0.1:{up}"


def ordered(server: Running, question: str, **options: object) -> tuple[str, ...]:
    """The records of the answer as they stand in the message, without TTLs."""
    wire = dns.message.make_query(*question.split(), **options).to_wire()  # type: ignore[arg-type]
    reply = server.exchange(wire)
    assert reply is not None
    rrsets = dns.message.from_wire(reply, one_rr_per_rrset=True).answer
    return tuple(f"{rrset.name} {str(rrset).split(None, 3)[3]}" for rrset in rrsets)


def orders(server: Running, question: str, rounds: int = ROUNDS) -> Counter[tuple[str, ...]]:
    return Counter(ordered(server, question) for _ in range(rounds))


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("question", "different"),
    [
        ("a.example.org. A", 6),
        ("two.example.org. A", 2),
        ("six.example.org. AAAA", 2),
        ("mail.example.org. MX", 2),
        ("text.example.org. TXT", 1),
        ("alias.example.org. A", 2),
        ("mixed.example.org. ANY", 2),
    ],
)
def test_round_robin(question: str, different: int, replay: bool) -> None:
    with serve(f"    loadbalance\n{BEHIND}", answers=ANSWERS, replay=replay) as server:
        seen = orders(server, question, 20 * different)
        assert len(seen) == different
        assert len({frozenset(order) for order in seen}) == 1


def test_replayed_answers_are_turned_over() -> None:
    """All but the first are replayed; that changes neither TTLs nor how even the shares are."""
    with serve(f"    loadbalance\n{BEHIND}", answers=ANSWERS) as server:
        first = Counter(order[0] for order in orders(server, "a.example.org. A", 300).elements())
        assert min(first.values()) > 40  # 100 ± 8
        server.run(1.1)
        reply = server.ask("a.example.org. A")
        assert reply.answer[0].ttl == 29
        assert (
            server.metric('coredns_cache_hits_total{server="dns://127.0.0.1:0",type="success",view="",zones="."}')
            == 300
        )


def test_aliases_come_first_and_the_rest_before_addresses() -> None:
    with serve(f"    loadbalance\n{BEHIND}", answers=ANSWERS) as server:
        assert {order[0] for order in orders(server, "alias.example.org. A")} == {
            "alias.example.org. CNAME a.example.org."
        }
        types = {
            tuple(sorted(one.split()[1] for one in order[1:3])) for order in orders(server, "mixed.example.org. ANY")
        }
        assert types == {("A", "AAAA")}
        assert {order[0].split()[1] + order[3].split()[1] for order in orders(server, "mixed.example.org. ANY")} == {
            "TXTMX"
        }


def test_other_sections_are_mixed_too() -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text("example.org.", 60, "IN", "NS", "ns.example.org."))
        reply.additional += [dns.rrset.from_text("ns.example.org.", 60, "IN", "A", one) for one in ADDRESSES]
        return reply

    with serve("    loadbalance\n    forward . 127.0.0.1:{up}", respond=respond) as server:
        firsts = {str(server.ask("example.org. NS").additional[0]).split("\n")[0].split()[-1] for _ in range(ROUNDS)}
        assert firsts == set(ADDRESSES)


def test_errors_and_transfers_are_left_alone() -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        if str(query.question[0].name) == "bad.example.org.":
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.answer += [dns.rrset.from_text(query.question[0].name, 60, "IN", "A", one) for one in ADDRESSES]
        return reply

    with serve("    loadbalance\n    forward . 127.0.0.1:{up}", respond=respond) as server:
        assert len(orders(server, "bad.example.org. A")) == 1
        assert len(orders(server, "a.example.org. AXFR")) == 1
        assert len(orders(server, "a.example.org. A")) > 1


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("networks", "question", "firsts"),
    [
        ("192.0.2.2/32", "a.example.org. A", {"192.0.2.2"}),
        ("192.0.2.3/32 192.0.2.1/32", "a.example.org. A", {"192.0.2.3"}),
        ("192.0.2.2/31", "a.example.org. A", {"192.0.2.2", "192.0.2.3"}),
        ("2001:db8::2/128", "six.example.org. AAAA", {"2001:db8::2"}),
        ("2001:db8::/32", "two.example.org. A", {"192.0.2.1", "192.0.2.2"}),
    ],
)
def test_preferred_networks(networks: str, question: str, firsts: set[str], replay: bool) -> None:
    body = f"    loadbalance round_robin {{\n        prefer {networks}\n    }}\n{BEHIND}"
    with serve(body, answers=ANSWERS, replay=replay) as server:
        assert {order[0].split()[2] for order in orders(server, question)} == firsts


def test_with_preferred_networks_the_rest_comes_last() -> None:
    with serve(f"    loadbalance {{\n        prefer 2001:db8::/32\n    }}\n{BEHIND}", answers=ANSWERS) as server:
        seen = orders(server, "mixed.example.org. ANY")
        assert {tuple(one.split()[1] for one in order) for order in seen} == {("AAAA", "A", "MX", "TXT")}


WEIGHTS = """
# shares of the names
a.example.org.
  192.0.2.1 1
  192.0.2.2 200
six.example.org
  2001:db8::2 255
  ::ffff:192.0.2.9 7
a.example.org
  192.0.2.3 1
"""


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("question", "first"), [("a.example.org. A", "192.0.2.2"), ("six.example.org. AAAA", "2001:db8::2")]
)
def test_weights(question: str, first: str, replay: bool, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text(WEIGHTS)
    body = f"    root {tmp_path}\n    loadbalance weighted weights\n{BEHIND}"
    with serve(body, answers=ANSWERS, replay=replay) as server:
        firsts = Counter(order[0].split()[2] for order in orders(server, question, 100).elements())
        assert firsts.most_common(1)[0][0] == first
        assert firsts[first] > 75  # 99 ± 1, 97 ± 2
        assert f"[INFO] plugin/loadbalance: Successfully reloaded weight file {tmp_path}/weights" in server.output()


def test_without_weights_each_has_the_same() -> None:
    with serve(f"    loadbalance weighted /dev/null\n{BEHIND}", answers=ANSWERS) as server:
        assert len({order[0] for order in orders(server, "a.example.org. A")}) == 3
        assert len(orders(server, "mail.example.org. MX")) == 1
        assert len(orders(server, "text.example.org. TXT")) == 1
        assert len(orders(server, "mixed.example.org. ANY")) == 1


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    body = f"    loadbalance weighted {file} {{\n        reload 20ms\n    }}\n{BEHIND}"
    with serve(body, answers=ANSWERS) as server:
        lines = server.output
        warning = "Failed to open weight file:weight file open error. Will try again in 20ms"
        assert f"[WARNING] plugin/loadbalance: {warning}" in lines()
        server.wait(lambda: "[ERROR] plugin/loadbalance: weight file open error" in lines())
        file.write_text("a.example.org\n192.0.2.3 255\n")
        server.wait(lambda: any("Successfully reloaded" in line for line in lines()))
        assert Counter(o[0].split()[2] for o in orders(server, "a.example.org. A").elements())["192.0.2.3"] > 50
        file.write_text("a.example.org\n192.0.2.3 256\n")
        server.wait(lambda: any("weight '256'" in line for line in lines()))
        server.run(0.1)
        assert sum("weight '256'" in line for line in lines()) == 1
        assert Counter(o[0].split()[2] for o in orders(server, "a.example.org. A").elements())["192.0.2.3"] > 50


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("192.0.2.1\n", "weight missing behind address 192.0.2.1"),
        ("192.0.2.1 5\n", "stands before any name"),
        ("a.example.org\nx 5\n", "'x' in .* is not an IP address"),
        ("a.example.org\n192.0.2.1 0\n", "weight '0'"),
        ("a.example.org\n192.0.2.1 x\n", "weight 'x'"),
        ("a.example.org\n192.0.2.1 1 2\n", "neither a name nor an address"),
        ("a..org\n", "'a..org' in .* is not a name"),
    ],
)
def test_faulty_files_stop_the_start(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_text(text)
    with pytest.raises(StartError, match=why), serve(f"    loadbalance weighted {file}\n    whoami"):
        pass


def test_a_missing_file_that_is_looked_at_once_stops_the_start(tmp_path: Path) -> None:
    body = f"    loadbalance weighted {tmp_path}/none {{\n        reload 0s\n    }}\n    whoami"
    with pytest.raises(StartError, match=os.strerror(2)), serve(body):
        pass


def test_weights_and_preferred_networks(tmp_path: Path) -> None:
    """What follows the block of weights is read as that of the other policy."""
    (tmp_path / "weights").write_text("a.example.org\n192.0.2.2 255\n")
    block = "{\n        reload 0s\n    } {\n        prefer 192.0.2.3/32\n    }"
    body = f"    loadbalance weighted {tmp_path}/weights {block}\n{BEHIND}"
    with serve(body, answers=ANSWERS) as server:
        assert {order[0].split()[2] for order in orders(server, "a.example.org. A")} == {"192.0.2.3"}


def test_what_is_kept_for_any_letters_is_turned_over() -> None:
    """The cache writes the owner out once, as the question's letters are others; the data alone changes places."""
    with serve(f"    loadbalance\n{BEHIND}", answers=ANSWERS) as server:
        server.ask("a.example.org. A")
        seen = orders(server, "A.Example.ORG. A", 120)
        assert len(seen) == 6
        assert {record.split()[0] for order in seen for record in order} == {"a.example.org."}
        assert server.engine.instance is not None
        [entry] = next(iter(server.engine.instance.servers.values())).stores["udp"].entries.values()
        assert entry.hits == 118  # the first made no entry, the second made it


def test_a_file_that_is_written_again_is_no_news(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_text(WEIGHTS)
    body = f"    loadbalance weighted {file} {{\n        reload 20ms\n    }}\n    whoami"
    with serve(body) as server:
        for text in (WEIGHTS, WEIGHTS + "  192.0.2.9 1\n"):
            file.write_text(text)
            server.run(0.1)
        server.wait(lambda: sum("Successfully reloaded" in line for line in server.output()) == 2)


def test_owners_that_are_written_out() -> None:
    """Records that cannot change places where they stand are written anew."""

    def respond(query: dns.message.QueryMessage, _over: str) -> bytes:
        reply = dns.message.make_response(query)
        reply.answer += [dns.rrset.from_text("a.example.org.", 60, "IN", "A", one) for one in ADDRESSES]
        wire = reply.to_wire()
        head, rest = wire[:12], wire[12:]
        question, records = rest[:19], rest[19:]
        return head + question + records.replace(b"\xc0\x0c", question[:15])

    with serve("    loadbalance\n    forward . 127.0.0.1:{up}", respond=respond) as server:
        assert len(orders(server, "a.example.org. A", 120)) == 6


@given(
    owner=st.sampled_from((b"\xc0\x0c", b"\1A\7example\0")),
    rtype=st.sampled_from((A, AAAA)),
    count=st.integers(2, 7),
    opt=st.booleans(),
)
def test_alike_records_keep_all_but_their_order(owner: bytes, rtype: int, count: int, opt: bool) -> None:
    """What only has addresses of one owner is not taken apart; every record is still there, and nothing else moved."""
    head = owner + rtype.to_bytes(2, "big") + b"\0\1\0\0\0\x3c"
    size = 4 if rtype == A else 16
    records = [head + size.to_bytes(2, "big") + bytes([last] * size) for last in range(count)]
    behind = b"\0\0\x29\4\xd0\0\0\0\0\0\0" if opt else b""
    start = b"id\x81\x80\0\1" + count.to_bytes(2, "big") + bytes(3) + bytes([opt])
    start += b"\1a\7example\0" + rtype.to_bytes(2, "big") + b"\0\1"
    wire = start + b"".join(records) + behind
    reply = Reply(NOERROR, wire, "", Terms(), find_records(wire, len(start)))
    mixed = mix_alike(reply, wire)
    assert mixed is not None
    assert mixed.wire is not None
    assert mixed.terms is not None
    entry = Rotated(wire[2:])
    (rotation,) = mixed.terms.rotations
    rotation(entry)(b"id", b"", 0.0)
    for one in (mixed.wire, b"id" + entry.wire):
        assert (one[: len(start)], one[len(wire) - len(behind) :]) == (start, behind)
        step = len(records[0])
        assert sorted(one[at : at + step] for at in range(len(start), len(wire) - len(behind), step)) == records


@pytest.mark.parametrize(
    "records",
    [
        [b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4aaaa", b"\xc0\x0c\0\1\0\1\0\0\0\x3d\0\4bbbb"],  # TTLs
        [b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4aaaa", b"\xc0\x0e\0\1\0\1\0\0\0\x3c\0\4bbbb"],  # owners
        [b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4aaaa", b"\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10" + bytes(16)],
        [b"\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\4\3abc", b"\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\4\3xyz"],
        [b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4aaaa", b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4bb"],  # cut off
    ],
)
def test_records_that_are_not_alike_are_left_to_the_others(records: list[bytes]) -> None:
    wire = b"id\x81\x80\0\1\0\2\0\0\0\0\1a\7example\0\0\1\0\1" + b"".join(records)
    assert mix_alike(Reply(NOERROR, wire), wire) is None


def test_the_second_answer_does_not_stand_as_the_first_one_does() -> None:
    """The first use of what is kept is mixed as well: else two addresses would always come twice in one order."""
    with serve(f"    loadbalance\n{BEHIND}", answers=ANSWERS) as server:
        seen: set[bool] = set()
        for round_ in range(ROUNDS):
            name = f"{round_}.two.example.org."
            assert server.stub is not None
            server.stub.answers[f"{name} A"] = [f"{name} 60 IN A {address}" for address in ADDRESSES[:2]]
            third, fourth = [ordered(server, f"{name} A") for _ in range(4)][2:]
            seen.add(third == fourth)
        assert seen == {True, False}
