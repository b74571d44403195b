"""Many datagrams with one call: each arrives by itself, and where the system cannot do it they are given back."""

import errno
import socket
import sys
from collections.abc import Generator
from typing import cast

import pytest
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.sockets.segments import Segments

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone cuts datagrams apart")


@pytest.fixture(params=["127.0.0.1", "::1"])
def ends(request: pytest.FixtureRequest) -> Generator[tuple[socket.socket, socket.socket]]:
    try:
        there = bind_socket(socket.SOCK_DGRAM, request.param, 0)
    except OSError:
        pytest.skip(f"this machine has no {request.param}")
    there.settimeout(30)
    here = socket.socket(there.family, socket.SOCK_DGRAM)
    here.connect(there.getsockname())
    yield here, there
    here.close()
    there.close()


def numbered(count: int, size: int) -> list[bytes]:
    return [number.to_bytes(2, "big") + bytes(size - 2) for number in range(count)]


@pytest.mark.parametrize(
    ("wires", "left"),
    [
        (numbered(2, 30), 0),
        (numbered(32, 33), 0),
        (numbered(150, 40), 0),
        (numbered(60, 1232), 0),
        (numbered(3, 1233), 3),
        (numbered(1, 30) + numbered(5, 31) + numbered(1, 32), 2),
        ([], 0),
    ],
)
def test_each_datagram_arrives_or_is_given_back(
    ends: tuple[socket.socket, socket.socket], wires: list[bytes], left: int
) -> None:
    here, there = ends
    segments = Segments()
    back = segments.send(here, wires)
    assert segments.able
    assert len(back) == left
    got = [there.recv(65535) for _ in range(len(wires) - left)]
    assert sorted(got + back) == sorted(wires)


class Failing:
    """A socket that sends so many times and then fails."""

    def __init__(self, number: int, good: int = 0) -> None:
        self.number = number
        self.good = good
        self.sent: list[bytes] = []

    def sendmsg(self, buffers: list[bytes], ancillary: object) -> int:
        del ancillary
        if len(self.sent) == self.good:
            raise OSError(self.number, "no")
        self.sent += buffers
        return len(buffers[0])


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO, errno.EMSGSIZE])
def test_a_system_that_cannot_is_asked_once(number: int) -> None:
    wires = numbered(100, 20) + numbered(3, 30)
    segments, failing = Segments(), Failing(number, good=1)
    back = segments.send(cast("socket.socket", failing), wires)
    assert not segments.able
    assert sorted(back) == sorted(wires[64:])
    assert segments.send(cast("socket.socket", failing), wires) == wires
    assert len(failing.sent) == 1


def test_other_errors_are_told() -> None:
    segments = Segments()
    with pytest.raises(OSError, match="no"):
        segments.send(cast("socket.socket", Failing(errno.ECONNREFUSED)), numbered(2, 20))
    assert segments.able
