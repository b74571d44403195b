"""The loop over a batch reads kept answers in place: it gives what `Store.replay` gives, entry by entry."""

from __future__ import annotations

import socket
from collections.abc import Callable
from math import inf

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.replay.client_classes import ClientClasses
from corefile_runtime.replay.eras import Source
from corefile_runtime.replay.store import Store
from corefile_runtime.replay.terms import Terms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtime.conftest import Answerer

NAMES = (b"\1a\7example\0", b"\1A\7eXample\0", b"\1b\7example\0", b"\1B\7EXAMPLE\0", b"\0")
TYPES = (b"\0\1\0\1", b"\0\x41\0\1", b"\0\x61\0\1")  # HTTPS and type 97 differ in what folds letters


def query(number: int, name: bytes, kind: bytes) -> bytes:
    return number.to_bytes(2, "big") + b"\1\0\0\1" + bytes(6) + name + kind


def reply(wire: bytes, ttl: int, extra: int) -> bytes:
    """An answer with one address."""
    record = b"\xc0\x0c\0\1\0\1" + ttl.to_bytes(4, "big") + b"\0\4\xc0\0\2" + bytes((extra,))
    return wire[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + wire[12:] + record


kept = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(TYPES), st.booleans(), st.booleans(), st.sampled_from((None, True, False)),
    st.sampled_from((0, 1)), st.booleans(), st.integers(0, 255),
)  # fmt: skip
asked = st.tuples(st.integers(0, 65535), st.sampled_from(NAMES), st.sampled_from(TYPES))


class Twin:
    """A store that is filled as another one is, with what its entries told when they were used."""

    def __init__(self, limit: int) -> None:
        self.store = Store(limit)
        self.sources = (Source(), Source())
        self.told: list[tuple[int, bytes]] = []

    def fill(self, entries: list[tuple[bytes, bytes, bool, bool, bool | None, int, bool, int]], mark: bytes) -> None:
        for number, (name, kind, folds, ages, reuse, source, tells, extra) in enumerate(entries):
            terms = Terms(self.sources[source].era, until=inf, folds=folds)
            wire = query(0, name, kind)
            offsets: tuple[int, ...] = ()
            if ages:
                terms.stored, terms.ttl, terms.until, offsets = 0.0, 1 << 30, float(1 << 30), (len(wire) + 6,)
            if reuse is not None:
                terms.may_reuse = [lambda: False, lambda: True][reuse]
            if tells:
                terms.per_use.append(lambda ident, _peer, _now, number=number: self.told.append((number, ident)))  # type: ignore[misc]
            self.store.keep(wire, mark, reply(wire, 300, extra), terms, offsets)


@pytest.mark.parametrize("divided", [False, True])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.sampled_from((2, 6, 64)),
    entries=st.lists(kept, max_size=12),
    dropped=st.sampled_from((None, 0, 1)),
    queries=st.lists(asked, min_size=1, max_size=20),
)
def test_a_batch_is_answered_as_one_by_one(
    listener: UdpListener, loop: Loop, connect: Callable[[], socket.socket], answerer: Answerer, divided: bool,
    limit: int, entries: list[tuple[bytes, bytes, bool, bool, bool | None, int, bool, int]], dropped: int | None,
    queries: list[tuple[int, bytes, bytes]],
) -> None:  # fmt: skip
    client = connect()
    mark = b""
    answerer.client_classes = None
    if divided:
        answerer.client_classes = ClientClasses()
        host = client.getsockname()[0]
        mark = answerer.client_classes.mark(socket.inet_pton(client.family, host))
    batch, single = Twin(limit), Twin(limit)
    for twin in (batch, single):
        twin.fill(entries, mark)
        if dropped is not None:
            twin.sources[dropped].drop()
    answerer.stores["udp"] = batch.store
    answerer.reply = lambda wire: wire  # what is not kept comes back as it was sent
    listener.serve(answerer)
    wires = [query(*one) for one in queries]
    for wire in wires:
        client.send(wire)
    got: list[bytes] = []
    client.setblocking(False)
    while len(got) < len(wires):
        loop.step(0.01)
        while len(got) < len(wires):
            try:
                got.append(client.recv(4096))
            except BlockingIOError:
                break
    # The time only matters where TTLs age: both have aged by the same whole seconds, or by one more.
    now = loop.now
    expected = [single.store.replay(wire, mark, b"", now) or wire for wire in wires]
    assert sorted(map(without_ttl, got)) == sorted(map(without_ttl, expected))
    assert batch.told == single.told
    hits = [sum(entry.hits for entry in (*twin.store.entries.values(), *twin.store.older.values()))
            for twin in (batch, single)]  # fmt: skip
    assert hits[0] == hits[1]


def without_ttl(wire: bytes) -> bytes:
    return wire[:-10] + wire[-6:] if wire[2] & 128 else wire
