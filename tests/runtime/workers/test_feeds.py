"""What the supervisor passes on between workers, and to whom: with workers that only note what they are told."""

import pickle

import pytest
from corefile_runtime.chain.topics import FeedHome, Kind, Topics
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.threads import Threads
from corefile_runtime.workers.board import WorkerBoard
from corefile_runtime.workers.feeds import Feeds
from corefile_runtime.workers.member import Member
from corefile_runtime.workers.messages import Lead, Published, Unwanted, Update, Wanted

KEY = ("transfer", "example.org.")


class Noting(Member):
    """A worker that notes what it is told."""

    def __init__(self, number: int) -> None:
        super().__init__(number, 0)
        self.told: list[object] = []

    def tell(self, message: object, descriptors: tuple[int, ...] = ()) -> None:
        assert descriptors == ()
        self.told.append(message)

    def take(self) -> list[object]:
        told, self.told = self.told, []
        return told


@pytest.fixture
def feeds() -> Feeds:
    return Feeds()


@pytest.fixture
def workers() -> list[Noting]:
    return [Noting(number) for number in range(3)]


def publish(feeds: Feeds, member: Member, want: int, update: bytes, kind: Kind = "change") -> None:
    feeds.publish(member, Published(KEY, want, update, kind))


def test_the_first_one_leads_and_the_others_hear(feeds: Feeds, workers: list[Noting]) -> None:
    first, second, third = workers
    feeds.want(first, Wanted(KEY, 5))
    assert first.take() == [Lead(KEY, 5)]
    feeds.want(second, Wanted(KEY, 1))
    publish(feeds, first, 5, b"a", "whole")
    publish(feeds, first, 5, b"b")
    feeds.want(third, Wanted(KEY, 2))
    updates: list[tuple[bytes, Kind]] = [(b"a", "whole"), (b"b", "change")]
    assert second.take() == [Update(KEY, 1, *update) for update in updates]
    assert third.take() == [Update(KEY, 2, *update) for update in updates]
    assert first.take() == []


def test_a_state_makes_needless_what_was_told_before(feeds: Feeds, workers: list[Noting]) -> None:
    first, second, third = workers
    feeds.want(first, Wanted(KEY, 1))
    publish(feeds, first, 1, b"a", "whole")
    feeds.want(second, Wanted(KEY, 1))
    second.take()
    publish(feeds, first, 1, b"all", "snapshot")
    feeds.want(third, Wanted(KEY, 1))
    assert second.take() == [Update(KEY, 1, b"all", "snapshot")]  # it has that already
    assert third.take() == [Update(KEY, 1, b"all", "whole")]


@pytest.mark.parametrize("dies", [True, False])
def test_who_leads_no_more_is_followed_by_the_next(feeds: Feeds, workers: list[Noting], dies: bool) -> None:
    first, second, third = workers
    for member in workers:
        feeds.want(member, Wanted(KEY, 1))
    publish(feeds, first, 1, b"a", "whole")
    for member in workers:
        member.take()
    if dies:
        feeds.lost(first)
    else:
        feeds.unwant(first, Unwanted(KEY))
    assert second.take() == [Lead(KEY, 1)]
    publish(feeds, first, 1, b"late")
    publish(feeds, third, 1, b"by nobody")
    publish(feeds, second, 1, b"b", "whole")
    assert (first.take(), second.take(), third.take()) == ([], [], [Update(KEY, 1, b"b", "whole")])
    feeds.lost(second)
    feeds.lost(third)
    feeds.want(first, Wanted(KEY, 2))
    assert first.take() == [Lead(KEY, 2)]  # nothing is kept of what nobody wants


def test_what_was_meant_for_an_earlier_wish_is_not_taken() -> None:
    failures: list[BaseException] = []
    loop = Loop(failures.append)
    topics = Topics(loop, Threads(loop), failures.append)
    told: list[object] = []
    board = topics.board = WorkerBoard(told.append, topics)
    seen: list[object] = []
    led: list[int] = []

    class Feed:
        def snapshot(self) -> object:
            return None

        def close(self) -> None:
            """Nothing is open."""

    def lead(home: FeedHome) -> Feed:
        led.append(1)
        home.publish("mine")
        return Feed()

    topics.subscribe(KEY, lead, seen.append)()
    topics.subscribe(KEY, lead, seen.append)
    assert told == [Wanted(KEY, 1), Unwanted(KEY), Wanted(KEY, 2)]
    board.take(Lead(KEY, 1))
    board.take(Update(KEY, 1, pickle.dumps("late"), "change"))
    assert (seen, led) == ([], [])
    board.take(Update(KEY, 2, pickle.dumps("state"), "whole"))
    board.take(Lead(KEY, 2))
    assert (seen, led) == (["state", "mine"], [1])
    assert told[3:] == [Published(KEY, 2, pickle.dumps("mine", pickle.HIGHEST_PROTOCOL), "whole")]
    assert failures == []
    loop.close()
