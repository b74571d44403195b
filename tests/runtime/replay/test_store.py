"""Kept answers: how they age, end and are counted."""

from math import inf

import pytest
from corefile_runtime.replay.store import Facts, Source, Store


def aged(ttl: int, stored: float) -> Facts:
    """Facts of an answer whose one TTL lies at the offset 4."""
    facts = Facts(stored + ttl)
    facts.stored, facts.ttl, facts.offsets = stored, ttl, (4,)
    return facts


@pytest.mark.parametrize(
    ("now", "ttl"), [(100.0, 10), (100.9, 10), (101.0, 9), (109.5, 1), (110.0, None), (200.0, None)]
)
def test_ttls_age_by_whole_seconds(now: float, ttl: int | None) -> None:
    store = Store()
    store.keep(b"key", b"xx\0\0\0\12", aged(10, 100.0))
    kept = store.recall(b"key", now)
    assert (int.from_bytes(kept.wire[2:6], "big") if kept else None) == ttl


def test_counts_are_told_when_they_are_read() -> None:
    told: list[int] = []
    facts = Facts()
    facts.counts.append(told.append)
    store = Store()
    store.keep(b"key", b"reply", facts)
    for _ in range(3):
        kept = store.recall(b"key", 0.0)
        assert kept is not None
        kept.hits += 1
    assert told == []
    store.settle()
    store.settle()
    assert told == [3]


def test_a_source_ends_what_was_made_from_it() -> None:
    told: list[int] = []
    source = Source()
    store = Store()
    for number in range(200):
        facts = Facts(inf, source)
        facts.counts.append(told.append)
        store.keep(b"%d" % number, b"reply", facts)
    kept = store.recall(b"7", 0.0)
    assert kept is not None
    kept.hits += 1
    source.drop()
    assert all(store.recall(b"%d" % number, 0.0) is None for number in range(200))
    assert told == [1]


def test_the_store_is_bounded_and_keeps_what_is_used() -> None:
    store = Store(8)
    for number in range(100):
        store.keep(b"%d" % number, b"reply", Facts())
        assert store.recall(b"0", 0.0) is not None or number > 0
    assert len(store.entries) <= 4
    assert sum(store.recall(b"%d" % number, 0.0) is not None for number in range(100)) <= 8


def test_a_store_of_no_size_keeps_nothing() -> None:
    store = Store(0)
    store.keep(b"key", b"reply", Facts())
    assert store.recall(b"key", 0.0) is None


def test_a_use_may_be_turned_away() -> None:
    says = iter([True, False, True])
    facts = aged(10, 100.0)
    facts.admits = says.__next__
    store = Store()
    store.keep(b"key", b"xx\0\0\0\12", facts)
    found = [store.recall(b"key", now) for now in (100.0, 101.0, 104.0, 110.0)]
    assert [kept is not None for kept in found] == [True, False, True, False]
    assert next(says, None) is None  # what has ended is not asked about


def test_whose_uses_are_asked_about_is_never_fresh() -> None:
    facts = Facts()
    facts.admits = lambda: True
    store = Store()
    store.keep(b"key", b"reply", facts)
    kept = store.recall(b"key", 0.0)
    assert kept is not None
    assert kept.fresh == -inf
