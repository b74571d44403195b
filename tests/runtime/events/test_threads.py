"""Reloads that keep nobody waiting: work in a thread, and queries answered between two pieces of other work."""

import socket
import sys
from collections.abc import Callable, Generator
from threading import Event, Thread, current_thread
from time import monotonic, sleep
from typing import NoReturn
from weakref import ref

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.threads import Threads
from corefile_runtime.process.reloads import LoadError
from corefile_runtime.testing import PATIENCE, serve


def _fail() -> str:
    raise ValueError("no")


@pytest.fixture
def threads(loop: Loop) -> Generator[Threads]:
    yield (opened := Threads(loop))
    opened.close()


@pytest.mark.parametrize(("work", "outcome"), [(lambda: current_thread().name, "corefile"), (_fail, "no")])
def test_the_loop_is_told_what_came_of_it(loop: Loop, threads: Threads, work: Callable[[], str], outcome: str) -> None:
    seen: list[str | Exception] = []
    threads.run(work, seen.append)
    while not seen:
        loop.round()
    assert [str(one) for one in seen] == [outcome]


def test_threads_are_used_again(loop: Loop, threads: Threads) -> None:
    seen: list[int | Exception | None] = []
    for number in range(5):
        threads.run(lambda: current_thread().ident, seen.append)
        while len(seen) <= number:
            loop.round()
    assert len(set(seen)) == 1


def test_one_that_hangs_keeps_nobody_else_waiting(loop: Loop, threads: Threads) -> None:
    free = Event()
    hung, seen = list[bool | Exception](), list[int | Exception]()
    threads.run(lambda: free.wait(30), hung.append)
    for number in range(3):
        threads.run(lambda number=number: number, seen.append)  # type: ignore[misc]
    while len(seen) < 3:
        loop.round()
    assert (sorted(map(str, seen)), hung) == (["0", "1", "2"], [])
    free.set()
    while not hung:
        loop.round()
    assert hung == [True]


def test_what_was_cancelled_is_not_told(loop: Loop, threads: Threads) -> None:
    seen: list[str | Exception] = []
    work = threads.run(lambda: "cancelled", seen.append)
    work.cancel()
    assert work.wait(30)
    threads.run(lambda: "told", seen.append)
    while not seen:
        loop.round()
    assert seen == ["told"]


def test_the_loop_gets_its_turn_sooner_while_a_thread_computes(loop: Loop, threads: Threads) -> None:
    usual = sys.getswitchinterval()
    seen: list[float | Exception] = []
    threads.run(sys.getswitchinterval, seen.append)
    while not seen:
        loop.round()
    assert seen[0] == pytest.approx(0.0005)  # pyright: ignore[reportUnknownMemberType]
    assert sys.getswitchinterval() == usual


def test_a_call_may_come_from_any_thread(loop: Loop) -> None:
    seen: list[str] = []
    for _ in range(3):
        Thread(target=lambda: loop.post(lambda: seen.append(current_thread().name))).start()
    while len(seen) < 3:
        loop.round()
    assert set(seen) == {current_thread().name}


def test_after_the_loop_nobody_is_called() -> None:
    seen: list[int] = []
    loop = Loop(lambda error: pytest.fail(repr(error)))
    loop.close()
    loop.post(lambda: seen.append(1))
    assert seen == []


def test_only_what_is_urgent_is_read_in_between() -> None:
    failures: list[BaseException] = []
    loop = Loop(failures.append)
    pairs = [socket.socketpair() for _ in range(3)]
    seen: list[int] = []

    def read(number: int) -> None:
        seen.append(number)
        pairs[number][0].recv(1)
        if number == 2:
            raise ValueError("no")

    for number, (ours, theirs) in enumerate(pairs):
        theirs.send(b"x")
        loop.read(ours.fileno(), lambda number=number: read(number), urgent=number > 0)  # type: ignore[misc]
    loop.serve_pending()
    assert sorted(seen) == [1, 2]
    assert len(failures) == 1
    loop.step(0)
    assert sorted(seen) == [0, 1, 2]
    for pair in pairs:
        loop.forget(pair[0].fileno())
        pair[0].close()
        pair[1].close()
    loop.close()


HOSTS = "    hosts {\n        192.0.2.1 a.example.org\n    }"


def test_two_wishes_to_reload_are_two_reloads() -> None:
    with serve(HOSTS) as server:
        assert "192.0.2.1" in str(server.ask("a.example.org. A"))
        server.text = server.text.replace("192.0.2.1", "192.0.2.2")
        server.engine.reload_soon()
        server.engine.reload_soon()
        looked: list[str] = []
        server.engine.look("as it was", looked.append)
        assert looked == ["as it was"]
        assert "192.0.2.1" in str(server.ask("a.example.org. A"))
        server.wait(lambda: server.output().count("[INFO] Reloading complete") == 2)
        assert "192.0.2.2" in str(server.ask("a.example.org. A"))


@pytest.mark.parametrize("error", [LoadError("no", digest="1"), OSError("no")])
def test_a_broken_configuration_leaves_the_old_one(error: Exception) -> None:
    with serve(HOSTS) as server:

        def refuse() -> NoReturn:
            raise error

        server.engine.load = refuse
        server.engine.reload_soon()
        server.wait(lambda: "[ERROR] SIGUSR1: no" in server.output())
        looked: list[str] = []
        server.engine.look("0", looked.append)
        server.wait(lambda: looked)
        assert looked == ["1" if isinstance(error, LoadError) else "0"]
        assert "192.0.2.1" in str(server.ask("a.example.org. A"))


class Large:
    """Something that is better let go."""


def test_what_a_thread_has_made_does_not_stay_while_it_is_idle(loop: Loop, threads: Threads) -> None:
    seen: list[ref[Large]] = []
    threads.run(Large, lambda made: seen.append(ref(made)) if isinstance(made, Large) else None)
    while not seen:
        loop.round()
    end = monotonic() + PATIENCE
    while seen[0]() is not None:
        assert monotonic() < end
        sleep(0.001)  # the thread lets go when it comes to it


def test_a_thread_that_is_busy_at_the_end_leaves_when_it_is_done(loop: Loop) -> None:
    threads, free, ran = Threads(loop), Event(), list[Thread]()
    began = Event()

    def work() -> None:
        ran.append(current_thread())
        began.set()
        free.wait(30)

    threads.run(work, lambda _outcome: None)
    assert began.wait(30)
    threads.close()
    free.set()
    ran[0].join(30)
    assert not ran[0].is_alive()
