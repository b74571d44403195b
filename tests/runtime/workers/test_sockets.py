"""The sockets of all workers, and how what arrives is steered to them."""

import socket
import struct
import sys
from collections.abc import Generator
from time import monotonic, monotonic_ns
from typing import Any

import pytest
from corefile_runtime.sockets.addresses import bind_both, bind_socket
from corefile_runtime.workers import steering
from corefile_runtime.workers.messages import Address
from corefile_runtime.workers.sockets import Sockets
from corefile_runtime.workers.steering import steer_at_random, steer_by_time

UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM
IP_LOCAL_PORT_RANGE = 51
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture
def sockets() -> Generator[Sockets]:
    made = Sockets()
    yield made
    made.keep([])


@pytest.fixture
def pair(sockets: Sockets) -> list[socket.socket]:
    """Two sockets on one port."""
    return [sockets.give(Address(UDP, "127.0.0.1", 0), number) for number in range(2)]


def send(made: list[socket.socket], count: int = 100, data: bytes = b"?") -> None:
    """All from one client."""
    with socket.socket(socket.AF_INET, UDP) as client:
        for _ in range(count):
            client.sendto(data, made[0].getsockname())


def drain(one: socket.socket) -> list[bytes]:
    one.setblocking(False)
    got: list[bytes] = []
    while True:
        try:
            got.append(one.recv(16))
        except BlockingIOError:
            return got


def arrived(made: list[socket.socket], total: int = 100) -> list[int]:
    """How many of so many datagrams came to each."""
    counts, end = [0] * len(made), monotonic() + 60
    while sum(counts) < total and monotonic() < end:
        counts = [count + len(drain(one)) for count, one in zip(counts, made, strict=True)]
    return counts


def test_sockets_share_a_port_and_stay_until_nobody_uses_them() -> None:
    sockets = Sockets()
    any_port = Address(UDP, "127.0.0.1", 0)
    bind_both(lambda kind, host, port: sockets.give(Address(kind, host, port), 0), "127.0.0.1", 0)
    made = [sockets.give(any_port, number) for number in range(3)]
    ports = {one.getsockname()[1] for one in made}
    assert len(ports) == 1
    assert sockets.addresses() == [("127.0.0.1", *ports)]
    sockets.steer((), 3)
    sockets.keep([any_port])
    assert sockets.give(any_port, 1) is made[1]
    sockets.keep([])
    assert [one.fileno() for one in made] == [-1, -1, -1]


@pytest.mark.parametrize("kind", [UDP, socket.SOCK_STREAM])
def test_workers_of_another_server_have_no_part_of_a_port(kind: socket.SocketKind) -> None:
    first, second = Sockets(), Sockets()
    port = first.give(Address(kind, "127.0.0.1", 0), 0).getsockname()[1]
    with pytest.raises(OSError, match="in use"):
        second.give(Address(kind, "127.0.0.1", port), 0)
    first.keep([])
    assert second.give(Address(kind, "127.0.0.1", port), 0).getsockname()[1] == port
    assert second.give(Address(kind, "127.0.0.1", port), 1).getsockname()[1] == port
    second.keep([])


def test_a_port_that_tcp_cannot_have_is_given_up_for_udp_too() -> None:
    sockets = Sockets()

    def bind(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
        if kind == TCP:
            return bind_socket(kind, host, port)
        sockets.keep([])  # what has been chosen in vain
        return sockets.give(Address(kind, host, port), 0)

    _, other = bind_both(bind, "127.0.0.1", 0)
    with other:
        other.listen()
        port: int = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            sockets.give(Address(TCP, "127.0.0.1", port), 0)
    assert sockets.addresses() == []
    sockets.keep([])


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux to be told what to choose from")
def test_a_port_that_the_system_chooses_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two servers of one user with shared sockets: Linux would take the port of one for a free one of the other."""

    class Choosy(socket.socket):
        """Port 0 of it is one certain port, for which Linux has an option since 6.3."""

        def bind(self, address: Any) -> None:
            self.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack("=HH", port, port))
            super().bind(address)

    first, second = Sockets(), Sockets()
    port: int = first.give(Address(UDP, "127.0.0.1", 0), 0).getsockname()[1]
    monkeypatch.setattr(socket, "socket", Choosy)
    with pytest.raises(OSError, match=r"in use|not available"):
        second.give(Address(UDP, "127.0.0.1", 0), 0)
    first.keep([])


@LINUX
@pytest.mark.parametrize("by_time", [True, False])
def test_one_client_reaches_all_evenly(sockets: Sockets, pair: list[socket.socket], by_time: bool) -> None:
    sockets.steer((), 2, by_time=not by_time)
    sockets.steer((), 2, by_time=by_time)
    end, counts = monotonic() + 60, [0, 0]
    while min(counts) < 2000:
        assert monotonic() < end
        send(pair, 1)
        counts = [count + len(drain(one)) for count, one in zip(counts, pair, strict=True)]
    assert max(counts) < 8000


@LINUX
def test_a_client_whose_header_is_remembered_stays_with_one(sockets: Sockets, pair: list[socket.socket]) -> None:
    sockets.steer((), 2)
    sockets.steer([Address(UDP, "127.0.0.1", 0)], 2, by_time=True)
    send(pair)
    assert sorted(arrived(pair)) == [0, 100]


@LINUX
def test_a_system_without_such_programs_goes_by_addresses(
    sockets: Sockets, pair: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "_BPF", {})
    monkeypatch.setattr(steering, "_ATTACH_CLASSIC", 9999)
    sockets.steer((), 2, by_time=True)
    send(pair)
    assert sorted(arrived(pair)) == [0, 100]


@LINUX
def test_by_chance_each_datagram_goes_to_anybody(pair: list[socket.socket]) -> None:
    steer_at_random(pair[0], 2)
    send(pair)
    assert min(arrived(pair)) > 15  # 50 ± 5


@LINUX
def test_in_turns_many_go_to_the_same(pair: list[socket.socket]) -> None:
    try:
        steer_by_time(pair[0], 2)
    except PermissionError:
        pytest.skip("needs the right to load a program")
    turns: dict[int, set[int]] = {}
    end = monotonic() + 60
    while len(turns) < 200:
        assert monotonic() < end
        before = turn_of(monotonic_ns() - 10_000)
        send(pair, 1)
        (number,) = [number for number, count in enumerate(arrived(pair, 1)) if count]
        if turn_of(monotonic_ns() + 10_000) == before:  # it certainly came in this turn
            turns.setdefault(before, set()).add(number)
    assert all(len(numbers) == 1 for numbers in turns.values())
    assert 50 < sum(0 in numbers for numbers in turns.values()) < 150  # 100 ± 7


def turn_of(nanoseconds: int) -> int:
    return nanoseconds >> steering._TURN  # pyright: ignore[reportPrivateUsage]


@LINUX
def test_sockets_at_the_end_get_nothing_more_and_keep_what_they_have(
    sockets: Sockets, pair: list[socket.socket]
) -> None:
    made = [*pair, sockets.give(Address(UDP, "127.0.0.1", 0), 2)]
    steer_at_random(made[0], 3)
    send(made, data=b"old")
    sockets.steer((), 1)
    send(made, data=b"new")
    got = [drain(one) for one in made]
    assert [one.count(b"new") for one in got] == [100, 0, 0]
    assert min(one.count(b"old") for one in got) > 3  # 33 ± 5
    sockets.cut(1)
    assert [one.fileno() >= 0 for one in made] == [True, False, False]
