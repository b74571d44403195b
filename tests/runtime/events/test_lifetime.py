"""What belongs to a configuration, and that nothing of it is left when it has gone."""

from collections.abc import Generator
from threading import Event

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.lifetime import Lifetime
from corefile_runtime.events.threads import Threads


class Resource:
    """Notes when it is closed, and may fail to."""

    def __init__(self, name: str, closed: list[str], *, fails: bool = False) -> None:
        self._name = name
        self._closed = closed
        self._fails = fails

    def close(self) -> None:
        self._closed.append(self._name)
        if self._fails:
            raise OSError(self._name)


@pytest.fixture
def threads(loop: Loop) -> Generator[Threads]:
    yield (opened := Threads(loop))
    opened.close()


@pytest.fixture
def life(loop: Loop, threads: Threads) -> Lifetime:
    return Lifetime(loop, threads)


def settle(loop: Loop) -> None:
    """Let timers that are due, and calls that were posted, come."""
    seen: list[int] = []
    loop.after(0.002, seen.append, 1)
    while not seen:
        loop.round()


def test_clocks_run_from_the_take_over_to_the_next(loop: Loop, life: Lifetime) -> None:
    seen: list[str] = []
    life.after(0, seen.append, "early")
    settle(loop)
    assert seen == []
    life.start()
    life.after(0, seen.append, "late")
    settle(loop)
    assert seen == ["early", "late"]
    life.after(0, seen.append, "not any more")
    life.stop()
    life.after(0, seen.append, "nor this")
    settle(loop)
    assert seen == ["early", "late"]


def test_what_is_called_again_and_again_ends_too(loop: Loop, life: Lifetime) -> None:
    seen: list[int] = []
    life.start()
    life.every(0, lambda: seen.append(1))
    other = life.every(0, lambda: seen.append(2))
    while len(seen) < 6:
        loop.round()
    assert set(seen) == {1, 2}
    other.cancel()
    seen.clear()
    while len(seen) < 3:
        loop.round()
    life.stop()
    seen_then = list(seen)
    settle(loop)
    assert (set(seen), seen) == ({1}, seen_then)


def test_a_call_that_fails_comes_again(threads: Threads) -> None:
    failures: list[BaseException] = []
    loop = Loop(failures.append)
    life = Lifetime(loop, threads)
    life.start()

    def fail() -> None:
        raise ValueError("no")

    life.every(0, fail)
    while len(failures) < 3:
        loop.round()
    life.close()
    loop.close()
    assert {str(error) for error in failures} == {"no"}


def test_a_delay_is_for_a_query_under_way(loop: Loop, life: Lifetime) -> None:
    seen: list[str] = []
    life.delay(0, seen.append, "before the take-over")
    life.start()
    life.stop()
    life.delay(0, seen.append, "after the next one's")
    settle(loop)
    assert seen == ["before the take-over", "after the next one's"]
    life.delay(0, seen.append, "gone")
    life.close()
    life.delay(0, seen.append, "gone as well")
    settle(loop)
    assert len(seen) == 2


def test_a_timer_can_be_cancelled(loop: Loop, life: Lifetime) -> None:
    seen: list[int] = []
    life.start()
    life.after(0, seen.append, 1).cancel()
    life.delay(0, seen.append, 2).cancel()
    settle(loop)
    assert seen == []


def test_resources_are_closed_once_the_last_one_first(threads: Threads) -> None:
    failures: list[BaseException] = []
    loop = Loop(failures.append)
    life = Lifetime(loop, threads)
    closed: list[str] = []
    for name in ("first", "second", "third"):
        life.own(Resource(name, closed, fails=name == "second"))
    assert not life.ended
    life.close()
    life.close()
    assert (closed, [str(error) for error in failures], life.ended) == (["third", "second", "first"], ["second"], True)
    life.own(Resource("late", closed))
    assert closed[3:] == ["late"]
    loop.close()


def test_work_in_a_thread_tells_nobody_who_has_gone(loop: Loop, threads: Threads, life: Lifetime) -> None:
    told: list[str | Exception] = []
    free = Event()

    def work() -> str:
        free.wait(30)
        return "late"

    life.in_thread(lambda: "in time", told.append)
    while not told:
        loop.round()
    late = life.in_thread(work, told.append)
    life.close()
    free.set()
    assert late.wait(30)
    never = life.in_thread(lambda: "after the end", told.append)
    assert never.wait(30)
    threads.run(lambda: "of somebody else", told.append)
    while len(told) < 2:
        loop.round()
    assert told == ["in time", "of somebody else"]


def test_a_call_from_a_thread_comes_as_long_as_somebody_is_there(loop: Loop, life: Lifetime) -> None:
    seen: list[int] = []
    life.post(lambda: seen.append(1))
    settle(loop)
    life.post(lambda: seen.append(2))
    life.close()
    settle(loop)
    assert seen == [1]
