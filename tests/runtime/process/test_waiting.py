"""What takes its time before a configuration serves."""

from collections.abc import Callable

import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.chain.services import Done, Wait
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.process.waiting import Waiting

LONG = 60.0


class Slow:
    """Something that says when it is ready. `wait` is what a plugin has asked for."""

    def __init__(self, seconds: float = LONG, *, refuses: bool = True) -> None:
        late: Callable[[], StartError] | None = (lambda: StartError("late")) if refuses else None
        self.wait = Wait("slow", self._begin, seconds, late)
        self.told: Done | None = None

    def _begin(self, done: Done) -> None:
        self.told = done

    def tell(self, error: str = "") -> None:
        assert self.told is not None
        self.told(StartError(error) if error else None)


class Told:
    """What the waiting has come to, each time that it was told."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def __call__(self, error: StartError | None) -> None:
        self.all.append(str(error or "ready"))


@pytest.fixture
def told() -> Told:
    return Told()


def test_nothing_to_wait_for_is_ready_at_once(loop: Loop, told: Told) -> None:
    Waiting(loop, [], told)
    assert told.all == ["ready"]


def test_all_are_waited_for(loop: Loop, told: Told) -> None:
    one, other = Slow(), Slow()
    Waiting(loop, [one.wait, other.wait], told)
    other.tell()
    other.tell()  # it says so twice
    assert told.all == []
    one.tell()
    one.tell("too late to refuse")
    assert told.all == ["ready"]


def at_once(error: str = "") -> Wait:
    """Something that need not be waited for."""

    def begin(done: Done) -> None:
        done(StartError(error) if error else None)

    return Wait("quick", begin, LONG, None)


def test_what_is_ready_at_once_is_no_trouble(loop: Loop, told: Told) -> None:
    Waiting(loop, [at_once(), at_once()], told)
    assert told.all == ["ready"]


def test_the_first_error_wins(loop: Loop, told: Told) -> None:
    one, other = Slow(), Slow()
    Waiting(loop, [one.wait, other.wait], told)
    other.tell("first")
    one.tell("second")
    assert told.all == ["first"]


def test_after_an_error_nothing_more_is_begun(loop: Loop, told: Told) -> None:
    other = Slow()
    Waiting(loop, [at_once("no"), other.wait], told)
    assert (told.all, other.told) == (["no"], None)


def test_each_has_a_deadline_of_its_own(loop: Loop, told: Told) -> None:
    Waiting(loop, [Slow(0.001).wait, Slow().wait], told)
    while not told.all:
        loop.round()
    assert told.all == ["late"]


def test_one_whose_deadline_is_no_refusal_serves_all_the_same(loop: Loop, told: Told) -> None:
    slow, other = Slow(0.001, refuses=False), Slow()
    Waiting(loop, [slow.wait, other.wait], told)
    other.tell()
    while not told.all:
        loop.round()
    slow.tell("whatever comes later")
    assert told.all == ["ready"]


def test_who_cannot_even_begin_refuses(loop: Loop, told: Told) -> None:
    def begin(_done: Done) -> None:
        raise OSError(24, "Too many open files")

    Waiting(loop, [Wait("mine", begin, LONG, None)], told)
    assert told.all == ["plugin/mine: cannot be made ready: OSError: [Errno 24] Too many open files"]


def test_who_gives_up_is_told_nothing(loop: Loop, told: Told) -> None:
    slow, quick = Slow(), Slow(0.0)
    Waiting(loop, [slow.wait, quick.wait], told).cancel()
    slow.tell()
    loop.after(0.002, told, None)  # behind the deadline
    while not told.all:
        loop.round()
    assert told.all == ["ready"]
