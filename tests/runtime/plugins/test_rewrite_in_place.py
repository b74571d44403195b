"""rewrite: a reply that is changed where it stands is the one that comes out when it is taken apart."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import dns.message
import pytest
from corefile_runtime.chain.reply import Reply, Serve
from corefile_runtime.plugins.rewrite import rewriter
from corefile_runtime.plugins.rewrite.message import turn_back
from corefile_runtime.testing import Words, made_up, serve
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.rcodes import AAAA, CNAME, MX, NOERROR, NXDOMAIN, OPT, SOA, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

from tests.runtime.plugins.test_letters import spell

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query

TXT, NAPTR = 16, 35
OTHER = parse_name("other.example.net.")
ADDRESS = b"\xc0\0\2\1"


def answer(query: Query) -> Reply:
    """One reply of many kinds, by the first letter of the name."""
    asked, kind = query.asked, query.name[1:2]
    address = Record(asked, A, 1, 60, ADDRESS)
    own = Record(b"\0", OPT, 1232, 0, b"")
    records = {
        b"a": [address],
        b"b": [address, Record(asked, AAAA, 1, 61, bytes(16)), Record(asked, TXT, 3, 62, b"\1x")],
        b"c": [Record(asked, CNAME, 1, 60, OTHER), Record(OTHER, A, 1, 60, ADDRESS)],
        b"d": [Record(asked, MX, 1, 60, b"\0\1" + asked)],
        b"e": [Record(OTHER, A, 1, 60, ADDRESS)],
        b"f": [Record(asked, NAPTR, 1, 60, b"\0\1\0\2\1u\1s\0" + asked)],
        b"g": [Record(asked.upper(), A, 1, 60, ADDRESS), address],
    }.get(kind, [])
    additional = [own] if query.opt else []
    if kind == b"h":
        authority = [Record(OTHER, SOA, 1, 60, OTHER + OTHER + bytes(20))]
        return Reply(NXDOMAIN, compose(query, NXDOMAIN, [], authority, additional))
    return Reply(NOERROR, compose(query, NOERROR, records, [], additional))


def leave(*_arguments: object) -> None:
    """Change nothing in place."""


def prepare(_configs: tuple[Words, ...], _home: Home) -> Link:
    def link(_site: Site) -> Serve:
        return answer

    return link


RULES = [
    "name suffix .example.org .example.net answer auto",
    "name suffix ample.org ample.net answer auto",
    "name substring .org .net answer auto",
    r"name regex ^(.)\.example\.org\.$ {1}.example.net. answer auto",
    r"name regex ^(.)\.example\.org\.$ {1}.example.net answer auto",
    r"name regex (.*)\.org {1}.example.net answer name (.*)\.net {1}.org",
    "name exact a.example.org b.example.net",
    "name exact a.example.org a.b.c.example.net",
    "name exact b.example.org b.example.org",
    "name prefix a. b.",
    "name prefix a. b. answer auto",
    "name suffix .example.org .example.net answer auto answer value (.*)\\.net\\. {1}.com.",
    "continue name suffix .org .test answer auto\nrewrite name suffix .test .net answer auto",
    "continue name suffix .org .test answer auto\nrewrite name suffix .test .org answer auto",
    "continue ttl suffix .example.org 10\nrewrite name suffix .org .net answer auto",
    "continue rcode suffix . NXDOMAIN NOERROR\nrewrite name suffix .org .net answer auto",
    "continue edns0 local set 0xffee abc revert\nrewrite name suffix .org .net answer auto",
    "continue name suffix .org .net answer auto\nrewrite cname exact other.example.net. a.example.net.",
    "type MX A",
    "name suffix .example.org Example.NET answer auto",
]


@pytest.mark.parametrize("rule", RULES)
def test_in_place_or_taken_apart_a_reply_is_the_same(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(rule)  # noqa: S311 - the same each time
    with made_up("up", prepare), serve(f"rewrite {rule}\nup", replay=False) as server:
        for _ in range(120):
            name = f"{chance.choice('abcdefgh_')}.example.{chance.choice(('org', 'org', 'net'))}."
            if chance.random() < 0.1:
                name = f"a\\.b.{name}"
            name = chance.choice((name, name, name, spell(name, chance)))
            use_edns = chance.choice((False, 0))
            wire = dns.message.make_query(name, chance.choice(("A", "MX")), use_edns=use_edns).to_wire()
            monkeypatch.setattr(rewriter, "turn_back", turn_back)
            one = server.exchange(wire)
            monkeypatch.setattr(rewriter, "turn_back", leave)
            assert one == server.exchange(wire)


def test_most_replies_are_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_apart(*_arguments: object) -> Reply:
        raise AssertionError

    monkeypatch.setattr(rewriter, "_take_apart", take_apart)
    with made_up("up", prepare), serve(f"rewrite {RULES[0]}\nup", replay=False) as server:
        for name in ("a.example.org.", "b.example.org."):
            assert {str(rrset.name) for rrset in server.ask(f"{name} A", use_edns=0).answer} == {name}
