"""What the server writes, and a reader that stalls."""

from __future__ import annotations

import os
import pty
import select
import socket
import termios
from collections.abc import Callable, Generator

import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.log_output import ROOM, Output
from corefile_runtime.workers.output import SharedOutput

Ends = tuple[int, int]


def pipe_ends() -> Ends:
    return os.pipe()


def socket_ends() -> Ends:
    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()


def terminal_ends() -> Ends:
    ours, theirs = pty.openpty()
    flags = termios.tcgetattr(theirs)
    flags[1] &= ~termios.OPOST  # line ends as they are
    termios.tcsetattr(theirs, termios.TCSANOW, flags)
    return ours, theirs


@pytest.fixture(params=[pipe_ends, socket_ends, terminal_ends])
def ends(request: pytest.FixtureRequest) -> Generator[Ends]:
    make: Callable[[], Ends] = request.param
    made = make()
    yield made
    for descriptor in made:
        os.close(descriptor)


def read_all(descriptor: int) -> bytes:
    data = b""
    while select.select([descriptor], [], [], 0)[0]:
        data += os.read(descriptor, 1 << 16)
    return data


@pytest.mark.parametrize("kind", [Output, SharedOutput])
def test_a_reader_that_stalls_stops_nobody_and_misses_what_is_told(ends: Ends, kind: type[Output]) -> None:
    loop = Loop(lambda error: pytest.fail(repr(error)))
    output = kind(ends[1])
    output.attach(loop)
    count = 0
    while output.dropped < 1000:  # with writes that wait this never ends
        output.line(f"line {count} " + "x" * 100)
        output.flush()
        count += 1
    data = b""
    while b"were dropped" not in data:
        loop.step(0.01)
        data += read_all(ends[0])
    output.line("goes on")
    output.close()
    lines = (data + read_all(ends[0])).decode().splitlines()
    assert lines[-1] == "goes on"
    assert lines[-2] == (
        f"[WARNING] {output.dropped} lines of this log were dropped: they are not read as fast as they come"
    )
    kept = count - output.dropped
    assert [line.split()[1] for line in lines[:-2]] == [str(number) for number in range(kept)]
    assert kept * 110 < ROOM + (1 << 20)  # and what the pipe holds
    loop.close()


def test_the_end_waits_only_so_long_for_a_reader_that_stalls(ends: Ends) -> None:
    output = Output(ends[1])
    while not output.dropped:
        output.line("x" * 10_000)
    output.close(0.01)
    assert read_all(ends[0]).startswith(b"xxx")
