"""Names in any letters: what is replayed is what the chain would answer."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from corefile_runtime.chain.reply import Reply, Serve
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import Running, Words, made_up, serve
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.rcodes import CNAME, MX, NOERROR, NXDOMAIN, SOA, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query

HOST = b"\xc0\0\2"
APEX = parse_name("example.org.")


def records(query: Query) -> tuple[int, list[Record], list[Record]]:
    """rcode, answer, authority: the owner of the first record has the letters of the client."""
    asked = query.asked
    label = query.name[1:2]
    if label == b"a":
        return NOERROR, [Record(asked, A, 1, 60, HOST + bytes((last,))) for last in (1, 2, 3)], []
    if label == b"b":
        target = parse_name("a.example.org.")
        return NOERROR, [Record(asked, CNAME, 1, 60, target), Record(target, A, 1, 60, HOST + b"\1")], []
    if label == b"c":
        return NOERROR, [Record(asked, MX, 1, 60, b"\0\1" + parse_name("mail.example.org."))], []
    return NXDOMAIN, [], [Record(APEX, SOA, 1, 60, APEX + APEX + bytes(20))]


def prepare(_configs: tuple[Words, ...], _home: Home) -> Link:
    """An upstream that repeats the letters of the question."""

    def link(_site: Site) -> Serve:
        def give(query: Query) -> Reply:
            rcode, answer, authority = records(query)
            # Only names of the first kind are nothing but what points to the question.
            return Reply(rcode, compose(query, rcode, answer, authority), "", Terms(folds=query.name[1:2] == b"a"))

        return give

    return link


def spell(name: str, chance: random.Random) -> str:
    return "".join(chance.choice((letter.lower(), letter.upper())) for letter in name)


def show(server: Running, name: str, rtype: str) -> list[str]:
    """The reply as text, with the letters of all names; addresses in one order, as that is left to chance."""
    reply = server.ask(f"{name} {rtype}")
    return [str(reply.question[0]), *sorted(line for s in reply.sections[1:] for r in s for line in str(r).split("\n"))]


BODIES = [
    "up",
    "loadbalance\nup",
    "loadbalance {\n prefer 192.0.2.2/32\n }\nup",
    "rewrite edns0 local set 0xffee {qname}\nup",
    "cache\nup",
    "loadbalance\ncache\nup",
    "minimal\nup",
    "header {\n response set ra\n }\ncache\nup",
    "cache\nrewrite name suffix .example.net .example.org answer auto\nup",
    "rewrite name suffix .example.net .example.org answer auto\nup",
    "rewrite ttl suffix .example.org 10\ncache\nup",
    "rewrite cname a.example.org. c.example.org.\nup",
    "rewrite type MX A\nup",
    "loadbalance\nrewrite name suffix .example.net .example.org answer auto\nup",
]


@pytest.mark.parametrize("body", BODIES)
def test_with_and_without_replay_the_letters_are_the_same(body: str) -> None:
    chance = random.Random(body)  # noqa: S311 - the same each time
    with made_up("up", prepare), serve(body) as one, serve(body, replay=False) as other:
        for _ in range(300):
            name = spell(f"{chance.choice('abcd')}.example.{chance.choice(('org', 'net'))}.", chance)
            rtype = chance.choice(("A", "MX"))
            assert show(one, name, rtype) == show(other, name, rtype)


@pytest.mark.parametrize("before", ["", "loadbalance\n", "header {\n response set ra\n }\n"])
def test_what_the_cache_has_is_replayed_in_any_letters(before: str) -> None:
    """The third client's answer, in letters that were never seen, comes without the chain."""
    with made_up("up", prepare), serve(f"{before}cache\nup") as server:
        assert server.engine.instance is not None
        store = next(iter(server.engine.instance.servers.values())).stores["udp"]
        for name in ("a.example.org.", "A.example.org.", "a.EXAMPLE.org."):
            server.ask(f"{name} A")
        assert [entry.hits for entry in store.entries.values()] == [0]
        for name in ("A.EXAMPLE.ORG.", "a.exampLE.org."):
            reply = server.ask(f"{name} A")
            assert str(reply.question[0].name) == name
            assert str(reply.answer[0].name) == "a.example.org."
        assert [entry.hits for entry in store.entries.values()] == [2]


def test_a_reply_that_fills_the_datagram_stays_small() -> None:
    """Names written out would not fit; with pointers they do."""
    long = ".".join(("x" * 60,) * 3) + "."

    def fill(_configs: tuple[Words, ...], _home: Home) -> Link:
        def give(query: Query) -> Reply:
            answer = [Record(query.asked, A, 1, 60, HOST + bytes((last,))) for last in range(15)]
            return Reply(NOERROR, compose(query, NOERROR, answer))

        return lambda _site: give

    with made_up("up", fill), serve("cache\nup") as server:
        for first in ("a.b.", "A.b.", "A.b.", "A.b."):
            reply = server.ask(f"{first}{long} A")
            assert not reply.flags & 0x200
            assert len(reply.answer[0]) == 15
            assert str(reply.answer[0].name) == f"a.b.{long}"
