"""Queries with a cookie (RFC 7873): which are, and that what is replayed is what the chain would answer."""

from __future__ import annotations

import random
from typing import cast

import dns.edns
import dns.message
import pytest
from corefile_runtime.replay.cookies import find_cookie
from corefile_runtime.replay.store import Store
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import Running, made_up, serve
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.plugins.test_letters import BODIES, prepare, spell

COOKIE, NSID = 10, 3


def query(name: str, *options: tuple[int, bytes], number: int = 7) -> bytes:
    """A query with EDNS."""
    made = dns.message.make_query(name, "A", use_edns=0, payload=1232, id=number)
    made.use_edns(
        0,
        payload=1232,
        options=[dns.edns.GenericOption(dns.edns.OptionType.make(code), data) for code, data in options],
    )
    return made.to_wire()


@given(size=st.integers(0, 60), name=st.sampled_from((".", "a.", "www.example.org.", f"{'x' * 63}.example.org.")))
def test_a_cookie_is_found_by_its_place_and_length(size: int, name: str) -> None:
    wire = query(name, (COOKIE, b"c" * size))
    assert find_cookie(wire) == (len(wire) - size if size == 8 or 16 <= size <= 40 else 0)


@pytest.mark.parametrize(
    "wire",
    [
        query("a."),
        query("a.", (NSID, b"12345678")),
        query("a.", (NSID, b""), (COOKIE, b"12345678")),
        query("a.", (COOKIE, b"12345678"), (NSID, b"")),
        query("a.", (COOKIE, b"12345678"), (COOKIE, b"12345678")),
        query("a.", (COOKIE, b"12345678")) + b"\0",
        query("a.", (COOKIE, b"12345678"))[:-1],
        dns.message.make_query("a.", "A", id=7).to_wire(),
        b"id\1\0\0\1\0\0\0\0\0\1",
        b"id\1\0\0\1\0\0\0\0\0\1\x3fa",
        b"id\1\0\0\1\0\0\0\0\0\1\xc0\x0c\0\1\0\1",
    ],
)
def test_nothing_else_is_taken_for_a_cookie(wire: bytes) -> None:
    assert find_cookie(wire) == 0


@given(st.binary(max_size=80))
def test_any_octets_may_be_looked_at(data: bytes) -> None:
    assert find_cookie(data) in range(len(data) + 1)
    assert find_cookie(b"id\1\0\0\1\0\0\0\0\0\1" + data) in range(len(data) + 13)


def test_letters_and_cookie_of_the_client_come_back_together() -> None:
    store = Store()
    store.cookies = True
    kept = query("A.example.", (COOKIE, bytes(8)))
    store.keep(kept, b"", kept, Terms(folds=True))
    asked = query("a.EXAMPLE.", (COOKIE, b"12345678"), number=9)
    assert store.replay(asked, b"", b"", 0.0) == asked
    assert store.replay(query("a.EXAMPLE.", (COOKIE, b"1" * 16)), b"", b"", 0.0) is None


def show(server: Running, wire: bytes, *, tcp: bool) -> list[str]:
    """The reply as text, addresses in one order: that is left to chance."""
    reply = server.exchange(wire, tcp=tcp)
    assert reply is not None
    message = dns.message.from_wire(reply)
    options = cast("tuple[dns.edns.GenericOption, ...]", message.options)  # pyright: ignore[reportUnknownMemberType]
    lines = [str(message.question[0]), *map(str, options), hex(message.ednsflags)]
    return [*lines, *sorted(line for s in message.sections[1:] for r in s for line in str(r).split("\n"))]


@pytest.mark.parametrize(
    "body",
    [
        *BODIES,
        "rewrite edns0 local append 10 12345678\ncache\nup",
        "rewrite edns0 local replace 10 12345678 revert\ncache\nup",
        "rewrite edns0 local unset 10\ncache\nup",
        "nsid here\ncache\nup",
        "bufsize 512\ncache\nup",
        'log . "{rsize} {size} {name}"\ncache\nup',
    ],
)
def test_with_and_without_replay_the_cookies_are_the_same(body: str) -> None:
    chance = random.Random(body)  # noqa: S311 - the same each time
    with made_up("up", prepare), serve(body) as one, serve(body, replay=False) as other:
        for _ in range(300):
            name = f"{chance.choice('abcd')}.example.{chance.choice(('org', 'net'))}."
            cookie = (COOKIE, chance.randbytes(chance.choice((8, 8, 8, 16, 40))))
            options = chance.choice(([cookie], [cookie], [cookie], [], [(NSID, b"")], [cookie, (NSID, b"")]))
            wire = query(chance.choice((name, name, spell(name, chance))), *options)
            tcp = chance.random() < 0.2
            assert show(one, wire, tcp=tcp) == show(other, wire, tcp=tcp)


@pytest.mark.parametrize("before", ["", "loadbalance\n", "header {\n response set ra\n }\n"])
def test_a_cookie_does_not_keep_an_answer_from_being_replayed(before: str) -> None:
    with made_up("up", prepare), serve(f"{before}cache\nup") as server:
        assert server.engine.instance is not None
        store = next(iter(server.engine.instance.servers.values())).stores["udp"]
        for number in range(5):
            asked = query("a.example.org.", (COOKIE, bytes((number,)) * 8))
            assert show(server, asked, tcp=False)[1] == f"COOKIE {f'{number:02x}' * 8}"
        assert [entry.hits for entry in store.entries.values()] == [2]
