"""Under load a moment is given for more queries to come, so that being woken is worth it."""

import socket
from collections.abc import Callable

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners import udp
from corefile_runtime.listeners.udp import FEW, MANY, SOON, UdpListener
from corefile_runtime.sockets.batch import AVAILABLE

from tests.runtime.conftest import Answerer, hold

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="without batches there is nothing to wait for")

LATER, MUCH_LATER = SOON / 2, SOON * 2


@pytest.mark.parametrize(
    ("batches", "answered", "moments"),
    [
        ([(LATER, FEW), (LATER, FEW), (LATER, MANY)], True, 3),
        ([(MUCH_LATER, FEW), (LATER, FEW)], True, 1),
        ([(MUCH_LATER, MANY), (MUCH_LATER, MANY)], True, 0),
        ([(LATER, FEW - 1), (LATER, FEW - 1)], True, 0),
        ([(LATER, MANY + 1), (LATER, MANY + 1)], True, 0),
        # What has gone on to an upstream must leave first.
        ([(LATER, FEW), (LATER, FEW)], False, 0),
    ],
)
def test_a_moment_is_given_when_small_batches_follow_each_other(
    listener: UdpListener,
    loop: Loop,
    connect: Callable[[], socket.socket],
    answerer: Answerer,
    monkeypatch: pytest.MonkeyPatch,
    batches: list[tuple[float, int]],
    answered: bool,
    moments: int,
) -> None:
    now, slept = 1000.0, list[float]()
    monkeypatch.setattr(udp, "monotonic", lambda: now)
    monkeypatch.setattr(udp, "sleep", slept.append)
    answerer.reply = lambda wire: wire if answered else None
    client, each = connect(), 0
    client.send(b"?")
    each = hold(listener, 1)
    loop.step(0)
    slept.clear()
    for seconds, count in batches:
        now += seconds
        for _ in range(count):
            client.send(b"?")
        hold(listener, count * each)
        loop.step(0)
    assert len(slept) == moments
