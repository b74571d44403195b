"""rewrite cname: a CNAME leads elsewhere, and the server follows it itself."""

import dns.flags
import dns.message
import dns.rrset
import pytest
from corefile_runtime.chain.reply import Reply
from corefile_runtime.replay.eras import Source
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import made_up, serve
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import CNAME, NOERROR, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

ANSWERS = {
    "www.example.org. A": ["www.example.org. 60 IN CNAME target.example.net.", "target.example.net. 60 IN A 192.0.2.1"],
    "www.example.org. CNAME": ["www.example.org. 60 IN CNAME target.example.net."],
    "deep.example.org. A": [
        "deep.example.org. 60 IN CNAME mid.example.org.",
        "mid.example.org. 60 IN CNAME target.example.net.",
        "target.example.net. 60 IN A 192.0.2.1",
    ],
    "plain.example.org. A": ["plain.example.org. 60 IN A 192.0.2.9"],
    "other.example.org. A": ["other.example.org. 30 IN A 198.51.100.1"],
    "target.example.org. A": ["target.example.org. 30 IN A 198.51.100.2"],
    "loop.example.org. A": ["loop.example.org. 60 IN CNAME loop.example.org."],
}
FORWARD = "    forward . 127.0.0.1:{up}"
WWW = "www.example.org. 60 IN CNAME "
OTHER = [WWW + "other.example.org.", "other.example.org. 30 IN A 198.51.100.1"]
TARGET = [WWW + "target.example.org.", "target.example.org. 30 IN A 198.51.100.2"]


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("rule", "question", "records"),
    [
        ("target.example.net other.example.org", "www.example.org. A", OTHER),
        ("exact target.example.net. other.example.org.", "www.example.org. A", OTHER),
        ("suffix .example.net. .example.org.", "www.example.org. A", TARGET),
        ("prefix target.example.n target.example.oo", "www.example.org. A", [WWW + "target.example.ooet."]),
        ("substring example.net example.org", "www.example.org. A", TARGET),
        (r"regex ^(.*)\.example\.net\.$ {1}.example.org.", "www.example.org. A", TARGET),
        (r"regex ^x(.*)\.example\.net\.$ {1}.example.org.", "www.example.org. A", None),
        ("suffix .example.net .example.org", "www.example.org. A", None),
        ("target.example.net other.example.org", "www.example.org. CNAME", [WWW + "other.example.org."]),
        ("target.example.net none.example.org", "www.example.org. A", [WWW + "none.example.org."]),
        ("regex target.* a..b", "www.example.org. A", None),
        ("target.example.net other.example.org", "plain.example.org. A", None),
    ],
)
def test_targets(rule: str, question: str, records: list[str] | None, replay: bool) -> None:
    with serve(f"    rewrite cname {rule}\n{FORWARD}", answers=ANSWERS, replay=replay) as server:
        for _ in range(3):
            assert server.answers(question) == [
                "NOERROR",
                *sorted(records if records is not None else ANSWERS[question]),
            ]


def test_what_stands_before_it_stays() -> None:
    with serve(f"    rewrite cname target.example.net other.example.org\n{FORWARD}", answers=ANSWERS) as server:
        reply = server.ask("deep.example.org. A")
        assert [str(rrset) for rrset in reply.answer] == [
            "deep.example.org. 60 IN CNAME mid.example.org.",
            "mid.example.org. 60 IN CNAME other.example.org.",
            "other.example.org. 30 IN A 198.51.100.1",
        ]


def test_together_with_other_rules() -> None:
    body = (
        "    rewrite continue ttl www.example.org 7\n"
        "    rewrite continue name www2.example.org www.example.org\n"
        "    rewrite cname target.example.net other.example.org\n"
    )
    with serve(body + FORWARD, answers=ANSWERS) as server:
        assert server.answers("www2.example.org. A") == [
            "NOERROR",
            "other.example.org. 30 IN A 198.51.100.1",
            "www2.example.org. 60 IN CNAME other.example.org.",
        ]
        assert "www.example.org. 7 IN CNAME other.example.org." in server.answers("www.example.org. A")


def test_without_waiting_and_in_another_block() -> None:
    text = """
example.org:0 {
    bind 127.0.0.1
    rewrite cname target.example.net other.example.com
    forward . 127.0.0.1:{up}
}
example.com:0 {
    bind 127.0.0.1
    hosts /dev/null {
        192.0.2.77 other.example.com
    }
}
"""
    with serve(text, whole=True, answers=ANSWERS) as server:
        assert server.answers("www.example.org. A")[1:] == [
            "other.example.com. 3600 IN A 192.0.2.77",
            "www.example.org. 60 IN CNAME other.example.com.",
        ]


@pytest.mark.parametrize("target", ["none.example.com", "other.test"])
def test_a_target_that_nobody_serves(target: str) -> None:
    """An error of the server itself, or a block that refuses: the CNAME alone is left."""
    text = (
        f"example.org:0 {{\n    bind 127.0.0.1\n    rewrite cname target.example.net {target}\n{FORWARD}\n}}\n"
        "example.com:0 {\n    bind 127.0.0.1\n    hosts /dev/null {\n    }\n}\n"
    )
    with serve(text, whole=True, answers=ANSWERS) as server:
        assert server.answers("www.example.org. A") == ["NOERROR", f"{WWW}{target}."]


def test_a_target_whose_answer_is_lost() -> None:
    text = (
        f"example.org:0 {{\n    bind 127.0.0.1\n    rewrite cname target.example.net a.test\n{FORWARD}\n}}\n"
        "test:0 {\n    bind 127.0.0.1\n    erratic {\n        drop 1\n    }\n}\n"
    )
    with serve(text, whole=True, answers=ANSWERS) as server:
        assert server.answers("www.example.org. A") == ["NOERROR", *sorted(ANSWERS["www.example.org. A"])]
        assert "[ERROR] upstream lookup returned nil" in server.output()


def test_a_circle_comes_to_an_end() -> None:
    with serve(f"    rewrite cname loop.example.org loop.example.org\n{FORWARD}", answers=ANSWERS) as server:
        assert "loop.example.org. 60 IN CNAME loop.example.org." in server.answers("loop.example.org. A")
        assert server.stub is not None
        assert len(server.stub.seen) < 20


def test_a_cut_answer_cuts_the_whole() -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        if str(query.question[0].name) == "other.example.org.":
            reply.flags |= dns.flags.TC
        else:
            reply.answer.append(dns.rrset.from_text("www.example.org.", 60, "IN", "CNAME", "target.example.net."))
        return reply

    with serve(f"    rewrite cname target.example.net other.example.org\n{FORWARD}", respond=respond) as server:
        assert server.ask("www.example.org. A").flags & dns.flags.TC


@pytest.mark.parametrize("changed", [0, 1])
def test_it_is_replayed_until_one_of_its_parts_changes(changed: int) -> None:
    alias, other = Source(), Source()
    addresses = [b"\xc6\x33\x64\1"]

    def give(query: Query) -> Reply:
        if query.name[1:2] == b"w":
            record = Record(query.asked, CNAME, 1, 60, parse_name("target.example.net."))
            return Reply(NOERROR, compose(query, NOERROR, [record]), "", Terms(alias.era))
        records = [Record(query.asked, A, 1, 60, address) for address in addresses]
        return Reply(NOERROR, compose(query, NOERROR, records), "", Terms(other.era))

    rule = "rewrite cname target.example.net other.example.org"
    with made_up("up", lambda _configs, _home: lambda _site: give), serve(f"{rule}\nup") as server:
        assert len(server.answers("www.example.org. A")) == 3
        addresses.append(b"\xc6\x33\x64\2")
        assert len(server.answers("www.example.org. A")) == 3  # from what is kept
        (alias, other)[changed].drop()
        assert len(server.answers("www.example.org. A")) == 4
