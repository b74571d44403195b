"""Kept answers: how they age, end and are counted."""

import gc
from math import inf

import pytest
from corefile_runtime.replay.eras import Era, Source, Sources
from corefile_runtime.replay.store import Store, fold
from corefile_runtime.replay.terms import Terms

TTL_AT = (4,)


def aged(ttl: int, stored: float) -> Terms:
    """The terms of an answer with a TTL."""
    terms = Terms(until=stored + ttl)
    terms.stored, terms.ttl = stored, ttl
    return terms


def query(name: bytes, qtype: int = 1, number: bytes = b"id", behind: bytes = b"") -> bytes:
    """A message that asks for a name, given as labels."""
    return number + b"\1\0\0\1\0\0\0\0\0\0" + name + qtype.to_bytes(2, "big") + b"\0\1" + behind


NAME = b"\1a\7example\0"
OTHER_LETTERS = b"\1A\7eXAMple\0"


@pytest.mark.parametrize(
    ("now", "ttl"), [(100.0, 10), (100.9, 10), (101.0, 9), (109.5, 1), (110.0, None), (200.0, None)]
)
def test_ttls_age_by_whole_seconds(now: float, ttl: int | None) -> None:
    store = Store()
    store.keep(b"idkey", b"", b"idxx\0\0\0\12", aged(10, 100.0), TTL_AT)
    entry = store.recall(b"key", now)
    assert (int.from_bytes(entry.wire[2:6], "big") if entry else None) == ttl


def test_counts_are_told_when_they_are_read() -> None:
    told: list[int] = []
    terms = Terms()
    terms.counts.append(told.append)
    store = Store()
    store.keep(b"idkey", b"", b"idreply", terms)
    for _ in range(3):
        assert store.replay(b"xxkey", b"", b"", 0.0) == b"xxreply"
    assert told == []
    store.flush_counts()
    store.flush_counts()
    assert told == [3]


def test_a_source_ends_what_was_made_from_it() -> None:
    told: list[int] = []
    source = Source()
    store = Store()
    for number in range(200):
        terms = Terms(source.era)
        terms.counts.append(told.append)
        store.keep(b"id%d" % number, b"", b"idreply", terms)
    entry = store.recall(b"7", 0.0)
    assert entry is not None
    entry.hits += 1
    source.drop()
    assert all(store.recall(b"%d" % number, 0.0) is None for number in range(200))
    assert told == [1]


def test_the_store_is_bounded_and_keeps_what_is_used() -> None:
    store = Store(8)
    for number in range(100):
        store.keep(b"id%d" % number, b"", b"idreply", Terms())
        assert store.recall(b"0", 0.0) is not None or number > 0
    assert len(store.entries) <= 4
    assert sum(store.recall(b"%d" % number, 0.0) is not None for number in range(100)) <= 8


def test_a_store_of_no_size_keeps_nothing() -> None:
    store = Store(0)
    assert store.keep(b"idkey", b"", b"idreply", Terms()) is None
    assert store.recall(b"key", 0.0) is None


def test_a_use_may_be_turned_away() -> None:
    says = iter([True, False, True])
    terms = aged(10, 100.0)
    terms.may_reuse = says.__next__
    store = Store()
    store.keep(b"idkey", b"", b"idxx\0\0\0\12", terms, TTL_AT)
    found = [store.recall(b"key", now) for now in (100.0, 101.0, 104.0, 110.0)]
    assert [entry is not None for entry in found] == [True, False, True, False]
    assert next(says, None) is None  # what has ended is not asked about


def test_whose_uses_are_asked_about_is_never_fresh() -> None:
    terms = Terms()
    terms.may_reuse = lambda: True
    store = Store()
    store.keep(b"idkey", b"", b"idreply", terms)
    entry = store.recall(b"key", 0.0)
    assert entry is not None
    assert entry.fresh == -inf


def test_what_hangs_on_state_that_has_changed_meanwhile_is_not_kept() -> None:
    """An answer that was waited for is made from the state of the time at which its query came."""
    one, other = Source(), Source()
    terms = Terms(one.era, other.era)
    other.drop()
    store = Store()
    assert store.keep(b"idkey", b"", b"idreply", terms) is None
    assert (len(store.entries), len(one.era)) == (0, 0)


def test_what_has_ended_or_was_evicted_leaves_its_eras() -> None:
    source, other = Source(), Source()
    store = Store(4)
    for number in range(50):
        store.keep(b"id%d" % number, b"", b"idreply", Terms(source.era, other.era))
    assert len(source.era) == len(store.entries) + len(store.older) <= 4
    store.keep(b"id49", b"", b"idother", Terms(source.era))  # the same query again
    assert len(other.era) == len(source.era) - 1
    other.drop()
    assert (len(store.entries), len(store.older), len(source.era)) == (1, 0, 1)
    store.clear()
    assert len(source.era) == 0


def test_an_entry_that_is_over_leaves_its_eras() -> None:
    source, store = Source(), Store()
    store.keep(b"idkey", b"", b"idreply", Terms(source.era, until=10.0))
    assert len(source.era) == 1
    assert store.recall(b"key", 10.0) is None
    assert len(source.era) == 0


def test_only_the_part_that_has_changed_ends() -> None:
    sources, store = Sources[str](), Store()
    store.keep(b"ida", b"", b"idreply", Terms(sources["a"]))
    store.keep(b"idb", b"", b"idreply", Terms(sources["b"], sources["c"]))
    sources.drop("a")
    sources.drop("a")
    sources.drop("of nobody")
    assert [store.recall(key, 0.0) is not None for key in (b"a", b"b")] == [False, True]
    sources.drop_all()
    assert store.recall(b"b", 0.0) is None


def test_keys_cost_nothing_when_nothing_hangs_on_them() -> None:
    sources, store = Sources[int](), Store(8)
    asked = sources[0]  # an answer is on its way
    for number in range(1000):
        store.keep(b"id%d" % number, b"", b"idreply", Terms(sources[number]))
    gc.collect()
    assert len(sources) <= 9
    assert sources[0] is asked
    store.clear()
    del asked
    gc.collect()
    assert list(sources) == []


def test_an_era_ends_once() -> None:
    era, store = Era(), Store()
    entry = store.keep(b"idkey", b"", b"idreply", Terms(era))
    assert entry is not None
    era.end()
    era.end()
    era.discard(entry)
    assert (era.ended, len(era)) == (True, 0)


# -- letters


def test_a_name_in_other_letters_gets_the_answer_with_its_own_question() -> None:
    store = Store()
    asked = query(OTHER_LETTERS)
    assert store.keep(asked, b"", asked + b"answer", Terms(folds=True)) is not None
    for name in (OTHER_LETTERS, b"\1A\7EXAMPLE\0", b"\1a\7examplE\0"):
        assert store.replay(query(name, number=b"xx"), b"", b"", 0.0) == query(name, number=b"xx") + b"answer"


def test_what_answers_names_in_lower_case_is_not_for_those_in_capitals_nor_the_other_way_round() -> None:
    """An owner that points to the question has its letters; one that is written out has none of them."""
    store = Store()
    store.keep(query(NAME), b"", query(NAME) + b"pointer", Terms(folds=True))
    assert store.replay(query(OTHER_LETTERS), b"", b"", 0.0) is None
    store.keep(query(OTHER_LETTERS), b"", query(OTHER_LETTERS) + b"written out", Terms(folds=True))
    assert store.replay(query(NAME), b"", b"", 0.0) == query(NAME) + b"pointer"
    assert store.replay(query(OTHER_LETTERS), b"", b"", 0.0) == query(OTHER_LETTERS) + b"written out"


def test_a_name_in_capitals_whose_letters_matter_is_not_kept() -> None:
    store = Store()
    assert store.keep(query(OTHER_LETTERS), b"", query(OTHER_LETTERS), Terms()) is None
    assert not store.folded


@pytest.mark.parametrize(("one", "other"), [(65, 97), (0x4101, 0x6101)])
def test_types_that_look_like_letters_stay_apart(one: int, other: int) -> None:
    """Type 65 is HTTPS, `A`; type 97 is `a`."""
    store = Store()
    asked = query(OTHER_LETTERS, one)
    store.keep(asked, b"", asked + b"answer", Terms(folds=True))
    assert store.replay(asked, b"", b"", 0.0) == asked + b"answer"
    assert store.replay(query(OTHER_LETTERS, other), b"", b"", 0.0) is None


def test_clients_of_other_classes_stay_apart_in_other_letters_too() -> None:
    store = Store()
    asked = query(OTHER_LETTERS)
    store.keep(asked, b"one class", asked + b"answer", Terms(folds=True))
    assert store.replay(asked, b"one class", b"", 0.0) is not None
    assert store.replay(asked, b"another  ", b"", 0.0) is None


def test_uses_in_other_letters_are_counted_and_ended_like_all() -> None:
    told: list[int] = []
    seen: list[tuple[bytes, bytes, float]] = []
    source, store = Source(), Store()
    terms = Terms(source.era, folds=True)
    terms.counts.append(told.append)
    terms.per_use.append(lambda number, peer, now: seen.append((number, peer, now)))
    asked = query(OTHER_LETTERS)
    store.keep(asked, b"", asked, terms)
    store.replay(asked, b"", b"peer", 2.0)
    source.drop()
    assert store.replay(asked, b"", b"peer", 3.0) is None
    assert (told, seen) == ([1], [(b"id", b"peer", 2.0)])


@pytest.mark.parametrize(
    "wire",
    [
        query(NAME),
        query(b"\0"),
        query(b"\1A\xc0\x0c"),
        query(b"\1A\7EXAMPLE\0")[:20],
        b"id",
        b"",
        query(b"\x41" + b"A" * 65 + b"\0"),
    ],
    ids=["lower case", "root", "pointer", "cut", "ID", "nothing", "label too long"],
)
def test_what_is_not_folded(wire: bytes) -> None:
    assert fold(wire) is None


# -- terms


def test_joined_terms_are_the_narrower_of_both() -> None:
    one, other = Source(), Source()
    first, second = Terms(one.era, until=50.0, folds=True), Terms(other.era, until=40.0, folds=True)
    told: list[int] = []
    first.counts.append(told.append)
    second.counts.append(told.append)
    joined = first.join(second, 0.0)
    assert joined is not None
    assert (joined.eras, joined.until, joined.folds, joined.ages) == ((one.era, other.era), 40.0, True, False)
    assert len(joined.counts) == 2
    again = joined.join(Terms(), 0.0)
    assert again is not None
    assert (again.until, again.folds) == (40.0, False)


def test_ttls_of_two_ages_stand_still_until_the_next_second_of_either() -> None:
    joined = aged(10, 100.25).join(aged(300, 98.5), 101.0)
    assert joined is not None
    assert (joined.ages, joined.until) == (False, 101.25)
    joined = aged(10, 100.25).join(Terms(), 101.0)
    assert joined is not None
    assert (joined.ages, joined.until) == (False, 101.25)


def test_ttls_of_one_age_go_on() -> None:
    joined = aged(10, 100.0).join(aged(10, 100.0), 103.0)
    assert joined is not None
    assert (joined.stored, joined.ttl, joined.until) == (100.0, 10, 110.0)


def test_who_decides_about_uses_decides_alone() -> None:
    def yes() -> bool:
        return True

    one, other = Terms(), Terms()
    one.may_reuse = yes
    joined = other.join(one, 0.0)
    assert joined is not None
    assert joined.may_reuse is yes
    other.may_reuse = yes
    assert one.join(other, 0.0) is None


def test_what_is_turned_over_is_not_put_together() -> None:
    one = Terms()
    one.rotations.append(lambda _entry: lambda _number, _peer, _now: None)
    assert one.join(Terms(), 0.0) is None
    assert Terms().join(one, 0.0) is None


def test_large_answers_are_bounded_in_octets_before_there_are_too_many_of_them() -> None:
    store = Store(limit=1000, octets=100_000)
    for number in range(500):
        store.keep(query(NAME, number), b"", bytes(5_000), Terms())
        kept = (*store.entries.values(), *store.older.values())
        assert sum(len(entry.key) + len(entry.wire) for entry in kept) <= 100_000
    assert len(store.entries) + len(store.older) >= 10  # half of what would fit: one generation at least
    assert store.replay(query(NAME, 499), b"", b"", 0.0) is not None


def test_answers_that_end_make_room() -> None:
    store = Store(limit=1000, octets=20_000)
    store.keep(query(b"\1b\0"), b"", bytes(3_000), Terms())
    for _ in range(10):
        store.keep(query(NAME), b"", bytes(5_000), Terms())
    assert [len(entry.wire) + 2 for entry in store.entries.values()] == [3_000, 5_000]
    assert not store.older
