"""Topics: one reads, all apply."""

from collections.abc import Callable, Generator

import pytest
from corefile_runtime.chain.topics import MOST, FeedHome, Key, Kind, Topics
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.threads import Threads

ZONE = ("transfer", "example.org.")


class Source:
    """What is watched: `home` is there as long as somebody leads."""

    def __init__(self) -> None:
        self.home: FeedHome | None = None
        self.led = self.closed = 0

    def lead(self, home: FeedHome) -> "Source":
        self.home = home
        self.led += 1
        return self

    def say(self, update: object, *, whole: bool = False) -> None:
        assert self.home is not None
        self.home.publish(update, whole=whole)

    def snapshot(self) -> object:
        return "snapshot"

    def close(self) -> None:
        self.closed += 1


class Board:
    """Notes what goes to other processes."""

    def __init__(self) -> None:
        self.said: list[tuple[object, ...]] = []

    def wanted(self, key: Key) -> None:
        self.said.append(("wanted", key))

    def unwanted(self, key: Key) -> None:
        self.said.append(("unwanted", key))

    def publish(self, key: Key, update: object, kind: Kind) -> None:
        self.said.append((key, update, kind))


@pytest.fixture
def threads(loop: Loop) -> Generator[Threads]:
    yield (opened := Threads(loop))
    opened.close()


@pytest.fixture
def make(loop: Loop, threads: Threads) -> Callable[[], Topics]:
    """The topics of one more process."""
    return lambda: Topics(loop, threads, lambda error: pytest.fail(repr(error)))


@pytest.fixture
def topics(make: Callable[[], Topics]) -> Topics:
    return make()


def test_in_one_process_it_is_a_plain_call(topics: Topics) -> None:
    source, seen = Source(), list[object]()
    topics.subscribe(ZONE, source.lead, seen.append)
    source.say("one")
    source.say("two")
    assert (seen, source.led) == (["one", "two"], 1)


def test_newcomers_get_what_was_told_since_the_last_whole_state(topics: Topics) -> None:
    source, first, second = Source(), list[object](), list[object]()
    topics.subscribe(ZONE, source.lead, first.append)
    source.say("needless")
    source.say("state", whole=True)
    source.say("change")
    topics.subscribe(ZONE, source.lead, second.append)
    source.say("another")
    assert first == ["needless", "state", "change", "another"]
    assert second == ["state", "change", "another"]
    assert source.led == 1


def test_what_the_leader_says_at_once_is_applied(topics: Topics) -> None:
    seen: list[object] = []
    source = Source()

    def lead(home: FeedHome) -> Source:
        home.publish("at once")
        return source.lead(home)

    topics.subscribe(ZONE, lead, seen.append)
    assert seen == ["at once"]


def test_very_many_changes_become_a_snapshot_for_newcomers(loop: Loop, topics: Topics) -> None:
    source, first, second = Source(), list[object](), list[object]()
    topics.subscribe(ZONE, source.lead, first.append)
    for number in range(MOST + 3):
        source.say(number)
    loop.step(0)
    source.say("another")
    topics.subscribe(ZONE, source.lead, second.append)
    assert first == [*range(MOST + 3), "another"]
    assert second == ["snapshot", "another"]


def test_the_last_one_that_leaves_closes_the_feed(topics: Topics) -> None:
    source, first, second = Source(), list[object](), list[object]()
    leave_first = topics.subscribe(ZONE, source.lead, first.append)
    leave_second = topics.subscribe(ZONE, source.lead, second.append)
    leave_first()
    leave_first()
    source.say("one")
    assert (first, second, source.closed) == ([], ["one"], 0)
    leave_second()
    source.say("to nobody")
    assert (second, source.closed) == (["one"], 1)
    topics.subscribe(ZONE, source.lead, first.append)
    assert (first, source.led) == ([], 2)  # it begins anew


def test_a_subscriber_that_fails_keeps_the_others_from_nothing() -> None:
    failures: list[BaseException] = []
    loop = Loop(failures.append)
    topics, source, seen = Topics(loop, Threads(loop), failures.append), Source(), list[object]()

    def fail(_update: object) -> None:
        raise ValueError("no")

    topics.subscribe(ZONE, source.lead, fail)
    topics.subscribe(ZONE, source.lead, seen.append)
    source.say("one")
    loop.close()
    assert (seen, [str(error) for error in failures]) == (["one"], ["no"])


def test_a_source_that_cannot_be_read_leaves_no_topic(topics: Topics) -> None:
    source, seen = Source(), list[object]()

    def fail(_home: FeedHome) -> Source:
        raise OSError("no such zone")

    with pytest.raises(OSError, match="no such zone"):
        topics.subscribe(ZONE, fail, seen.append)
    topics.subscribe(ZONE, source.lead, lambda _update: None)
    source.say("one")
    assert (seen, source.led) == ([], 1)


def test_topics_are_apart(topics: Topics) -> None:
    one, other, seen = Source(), Source(), list[object]()
    topics.subscribe(ZONE, one.lead, seen.append)
    topics.subscribe(("transfer", "example.net."), other.lead, seen.append)
    other.say("other")
    one.say("one")
    assert seen == ["other", "one"]


def test_of_several_processes_one_leads(make: Callable[[], Topics]) -> None:
    leading, following = make(), make()
    board, other = Board(), Board()
    leading.board, following.board = board, other
    source, idle, here, there = Source(), Source(), list[object](), list[object]()
    leave = leading.subscribe(ZONE, source.lead, here.append)
    following.subscribe(ZONE, idle.lead, there.append)
    assert (source.led, board.said) == (0, [("wanted", ZONE)])
    leading.lead(ZONE)
    leading.lead(ZONE)
    source.say("one")
    source.say("two")
    following.take(ZONE, "one", "whole")
    following.take(ZONE, "two", "change")
    assert (here, there, source.led, idle.led) == (["one", "two"], ["one", "two"], 1, 0)
    assert board.said[1:] == [(ZONE, "one", "whole"), (ZONE, "two", "change")]
    leave()
    assert (board.said[-1], source.closed) == (("unwanted", ZONE), 1)
    following.lead(ZONE)  # the leader has died
    idle.say("three")
    assert there == ["one", "two", "three"]


def test_the_end_of_the_process_closes_all(topics: Topics) -> None:
    source, seen = Source(), list[object]()
    leave = topics.subscribe(ZONE, source.lead, seen.append)
    topics.close()
    leave()
    topics.take(ZONE, "late", "whole")
    assert (seen, source.closed) == ([], 1)


def test_what_a_feed_has_ends_with_it(loop: Loop, topics: Topics) -> None:
    source, seen = Source(), list[str]()
    leave = topics.subscribe(ZONE, source.lead, lambda _update: None)
    home = source.home
    assert home is not None
    home.own(source)
    home.every(0, lambda: seen.append("every"))
    while not seen:
        loop.round()
    leave()
    seen.clear()
    home.after(0, seen.append, "after")
    home.post(lambda: seen.append("post"))
    loop.after(0.002, seen.append, "end")
    while not seen:
        loop.round()
    assert (seen, source.closed) == (["end"], 2)
