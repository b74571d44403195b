"""The loop: sockets, timers, and callbacks that fail."""

import socket

import pytest
from corefile_runtime.events.event_loop import Loop


def test_a_failing_callback_does_not_end_the_loop() -> None:
    failures: list[BaseException] = []
    loop = Loop(failures.append)
    done: list[str] = []

    def fail() -> None:
        raise ValueError("no")

    loop.later(fail)
    loop.after(0, fail)
    loop.after(0.01, done.append, "timer")
    loop.after(0.011, loop.stop)
    loop.run()
    loop.close()
    assert done == ["timer"]
    assert [str(failure) for failure in failures] == ["no", "no"]


def test_timers_run_in_order_and_can_be_cancelled() -> None:
    loop = Loop(print)
    seen: list[int] = []
    loop.after(0.02, seen.append, 2)
    loop.after(0.01, seen.append, 1)
    loop.after(0.015, seen.append, 9).cancel()
    loop.after(0.03, loop.stop)
    loop.run()
    loop.close()
    assert seen == [1, 2]


def test_a_timer_that_is_due_at_once_lets_sockets_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the clock stands still, as it does for servers under test."""
    monkeypatch.setattr("corefile_runtime.events.event_loop.monotonic", lambda: 100.0)
    loop = Loop(print)
    calls = 0

    def again() -> None:
        nonlocal calls
        calls += 1
        loop.after(0, again)

    again()
    for _ in range(3):
        loop.step(0)
    loop.close()
    assert calls == 4


def test_sockets_are_watched_until_they_are_forgotten() -> None:
    loop = Loop(print)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        got: list[bytes] = []
        wrote: list[int] = []
        loop.read(ours.fileno(), lambda: got.append(ours.recv(9)))
        loop.write(ours.fileno(), lambda: wrote.append(1))
        theirs.send(b"one")
        loop.step(1)
        assert (got, wrote) == ([b"one"], [1])
        loop.write(ours.fileno(), None)
        loop.step(0)
        assert wrote == [1]
        loop.forget(ours.fileno())
        loop.forget(ours.fileno())
        theirs.send(b"two")
        loop.step(0)
        assert got == [b"one"]
    loop.close()
