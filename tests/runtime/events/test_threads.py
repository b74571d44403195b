"""Reloads that keep nobody waiting: work in a thread, and queries answered between two pieces of other work."""

import socket
from collections.abc import Callable
from threading import current_thread
from typing import NoReturn

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.threads import run_aside
from corefile_runtime.process.reloads import LoadError
from corefile_runtime.testing import serve


def _fail() -> str:
    raise ValueError("no")


@pytest.mark.parametrize(("work", "outcome"), [(lambda: current_thread().name, "Thread-"), (_fail, "no")])
def test_the_loop_is_told_what_came_of_it(work: Callable[[], str], outcome: str) -> None:
    loop = Loop(print)
    seen: list[str | Exception] = []

    def then(result: str | Exception) -> None:
        seen.append(result)
        loop.stop()

    run_aside(loop, work, then)
    loop.run()
    loop.close()
    assert len(seen) == 1
    assert str(seen[0]).startswith(outcome)


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
    loop.breathe()
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
