"""Forged replies of upstreams: they answer nobody and fill no cache, and nobody can guess what they need."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import dns.message
import dns.rcode
import dns.rrset
import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.testing import Running, can_read, serve
from corefile_runtime.upstream.asker import IDS
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.udp import SHARED, UdpPool
from corefile_runtime.upstream.udp_socket import STRAYS

NAME = "a.example.org."
TRUE, FORGED = "192.0.2.1", "203.0.113.66"


class Upstream:
    """An upstream that answers when it is told to. `queries` are those that came, with the address to answer to."""

    def __init__(self, server: Running) -> None:
        self.socket = bind_socket(socket.SOCK_DGRAM, "127.0.0.1", 0)
        self.port: int = self.socket.getsockname()[1]
        self.queries: list[tuple[dns.message.Message, tuple[str, int]]] = []
        server.text = server.text.replace("{here}", str(self.port))
        server.loop.read(self.socket.fileno(), self._read)

    def _read(self) -> None:
        wire, peer = self.socket.recvfrom(65535)
        self.queries.append((dns.message.from_wire(wire), peer))

    def answer(self, address: str, number: int = -1) -> bytes:
        reply = dns.message.make_response(self.queries[number][0])
        reply.answer.append(dns.rrset.from_text(NAME, 300, "IN", "A", address))
        return reply.to_wire()


@pytest.fixture(name="upstream")
def an_upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Running, Upstream]]:
    made: list[Upstream] = []
    load = Running.load

    def prepared(server: Running) -> object:
        made.append(Upstream(server))
        return load(server)

    monkeypatch.setattr(Running, "load", prepared)
    with serve("cache\nforward . 127.0.0.1:{here} {\n max_fails 0\n}\n") as server:
        yield server, made[0]
        server.loop.forget(made[0].socket.fileno())
        made[0].socket.close()


def await_queries(server: Running, upstream: Upstream, count: int) -> None:
    server.wait(lambda: len(upstream.queries) >= count)


def asked(server: Running, upstream: Upstream, number: int = 7) -> socket.socket:
    """Ask, and let the question come to the upstream."""
    query = dns.message.make_query(NAME, "A")
    query.id = number
    before = len(upstream.queries)
    client = server.connect()
    client.send(query.to_wire())
    server.wait(lambda: len(upstream.queries) > before)
    return client


def reply_to(server: Running, client: socket.socket) -> list[str]:
    server.wait(lambda: can_read(client))
    reply = dns.message.from_wire(client.recv(65535))
    return [dns.rcode.to_text(reply.rcode()), *(str(rrset).rpartition(" ")[2] for rrset in reply.answer)]


def from_elsewhere(host: str, port: int, upstream: Upstream) -> None:
    """The right ID and question, from another address or port than that of the upstream."""
    with bind_socket(socket.SOCK_DGRAM, host, port) as forger:
        forger.sendto(upstream.answer(FORGED), upstream.queries[-1][1])


def wrong_numbers(upstream: Upstream) -> None:
    """From the upstream's own address, with many IDs but the right one."""
    wire = upstream.answer(FORGED)
    for step in range(1, 500):
        number = (int.from_bytes(wire[:2], "big") + step * 131) & 0xFFFF
        if number != int.from_bytes(wire[:2], "big"):
            upstream.socket.sendto(number.to_bytes(2, "big") + wire[2:], upstream.queries[-1][1])


FORGERIES: dict[str, Callable[[Upstream], None]] = {
    "another port": lambda upstream: from_elsewhere("127.0.0.1", 0, upstream),
    "another address": lambda upstream: from_elsewhere("127.0.0.2", upstream.port, upstream),
    "other IDs": wrong_numbers,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_is_forged_answers_nobody(upstream: tuple[Running, Upstream], forge: Callable[[Upstream], None]) -> None:
    server, there = upstream
    client = asked(server, there)
    forge(there)
    server.run(0.05)
    assert not can_read(client)
    there.socket.sendto(there.answer(TRUE), there.queries[-1][1])
    assert reply_to(server, client) == ["NOERROR", TRUE]
    assert server.answers(f"{NAME} A")[1:] == [f"{NAME} 300 IN A {TRUE}"]
    assert len(there.queries) == 1


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "name": lambda wire: wire.replace(b"\1a\7example", b"\1b\7example"),
    "type": lambda wire: wire[:12] + wire[12:].replace(b"\0\1\0\1", b"\0\x1c\0\1", 1),
    "class": lambda wire: wire[:12] + wire[12:].replace(b"\0\1\0\1", b"\0\1\0\3", 1),
    "no question": lambda wire: wire[:4] + bytes(8),
    "a query": lambda wire: wire[:2] + bytes((wire[2] & 127,)) + wire[3:],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_answer_to_something_else_fills_no_cache(
    upstream: tuple[Running, Upstream], change: Callable[[bytes], bytes]
) -> None:
    server, there = upstream
    client = asked(server, there)
    there.socket.sendto(change(there.answer(FORGED)), there.queries[-1][1])
    assert reply_to(server, client) == ["FORMERR"]
    client = asked(server, there, 8)
    there.socket.sendto(there.answer(TRUE), there.queries[-1][1])
    assert reply_to(server, client) == ["NOERROR", TRUE]


BROKEN: dict[str, tuple[Callable[[bytes], bytes], list[str], int]] = {
    "an address of five octets": (lambda wire: wire[:-6] + b"\0\5" + wire[-4:] + b"x", ["SERVFAIL"], 2),
    "an owner that points to itself": (lambda wire: wire[:-16] + b"\xc0\x1f" + wire[-14:], ["SERVFAIL"], 2),
    "an address cut off": (lambda wire: wire[:-2], ["NOERROR"], 1),
    "something behind it": (lambda wire: wire + b"junk", ["NOERROR", FORGED], 1),
}


@pytest.mark.parametrize(("change", "said", "asked_for"), BROKEN.values(), ids=BROKEN)
def test_broken_answers(
    upstream: tuple[Running, Upstream], change: Callable[[bytes], bytes], said: list[str], asked_for: int
) -> None:
    """As in CoreDNS: what is broken is asked again, what has been cut is told to be."""
    server, there = upstream
    client = asked(server, there)
    for attempt in range(asked_for):
        await_queries(server, there, attempt + 1)
        there.socket.sendto(change(there.answer(FORGED)), there.queries[-1][1])
    assert reply_to(server, client) == said
    assert len(there.queries) == asked_for


def test_a_second_answer_comes_too_late(upstream: tuple[Running, Upstream]) -> None:
    server, there = upstream
    client = asked(server, there)
    there.socket.sendto(there.answer(TRUE), there.queries[-1][1])
    there.socket.sendto(there.answer(FORGED), there.queries[-1][1])
    assert reply_to(server, client) == ["NOERROR", TRUE]
    server.run(0.02)
    assert not can_read(client)
    assert server.answers(f"{NAME} A")[1:] == [f"{NAME} 300 IN A {TRUE}"]


def test_numbers_cannot_be_guessed() -> None:
    drawn = [int.from_bytes(next(IDS), "big") for _ in range(65536)]
    # 65536 draws of as many leave 1/e of the numbers out; the deviation is about 80.
    assert abs(len(set(drawn)) - 65536 * 0.6321) < 800
    for shift in (0, 8):
        counts = Counter(number >> shift & 255 for number in drawn)
        # Chi square of 255 degrees of freedom: 450 is 9 deviations away.
        assert sum((counts[octet] - 256) ** 2 / 256 for octet in range(256)) < 450
    steps = Counter((second - first) & 0xFFFF for first, second in pairwise(drawn))
    assert max(steps.values()) < 16


FORKED = """
import os
from itertools import islice
from corefile_runtime.upstream.asker import IDS
next(IDS)
child = os.fork()
os.write(1, b"".join(islice(IDS, 64)).hex().encode() + b"\\n")
if child:
    os.waitpid(child, 0)
else:
    os._exit(0)
"""


def test_processes_do_not_share_their_numbers() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True, timeout=60)
    drawn = done.stdout.split()
    assert [len(one) for one in drawn] == [256, 256]
    assert drawn[0] != drawn[1]


class Somebody:
    until, limit = 0.0, 512

    def __init__(self, name: bytes = b"\0") -> None:
        self.name = name
        self.got: list[bytes] = []
        self.wire = b"\0\0\1\0\0\1" + bytes(6) + name + b"\0\2\0\1"

    def arrived(self, wire: bytes, over: str) -> bool:
        """It is only remembered."""
        del over
        self.got.append(wire)
        return True

    def failed(self, error: str) -> None:
        """Nothing was expected."""

    def crashed(self, error: Exception) -> None:
        """Nor this."""


class Ports:
    """A pool, and the ports from which it asks. `misses` is how often it opened a socket, `hits` how often not."""

    def __init__(self) -> None:
        self.loop = Loop(lambda error: pytest.fail(repr(error)))
        self.there = bind_socket(socket.SOCK_DGRAM, "127.0.0.1", 0)
        self.hits = self.misses = 0.0
        self.pool = self.make()

    def make(self) -> UdpPool:
        port = self.there.getsockname()[1]
        return UdpPool(self.loop, "127.0.0.1", port, Limits(expire=10, read_timeout=2), self._hit, self._miss)

    def _hit(self, amount: float = 1, /) -> None:
        self.hits += amount

    def _miss(self, amount: float = 1, /) -> None:
        self.misses += amount

    def asked(self, *names: bytes, answered: bool = False) -> list[int]:
        """Ask for names in one round of the loop; the port from which each was asked."""
        for name in names:
            assert self.pool.ask(Somebody(name)) == ""
        self.loop.step(0)
        got = [self.there.recvfrom(512) for _ in names]
        if answered:
            for wire, peer in got:
                self.send(wire, peer[1])
        return [peer[1] for _, peer in got]

    def send(self, wire: bytes, port: int) -> None:
        """Let the upstream say something."""
        self.there.sendto(wire, ("127.0.0.1", port))
        assert self.loop.step(60)

    def close(self) -> None:
        self.pool.close()
        self.there.close()
        self.loop.close()


@pytest.fixture(name="ports")
def some_ports() -> Iterator[Ports]:
    ports = Ports()
    yield ports
    ports.close()


def test_source_ports_cannot_be_guessed(ports: Ports) -> None:
    found: list[int] = []
    for _ in range(400):
        found += ports.asked(b"\0")
        ports.pool.close()
        ports.pool = ports.make()
    assert len(set(found)) > 380
    near = sum(abs(second - first) < 64 for first, second in pairwise(found))
    assert near < 20


def named(number: int) -> bytes:
    return b"\3%03d\0" % number


def test_equal_questions_wait_on_different_ports(ports: Ports) -> None:
    """As with CoreDNS: who sends N forged replies to one port has N chances in 65536, however many wait."""
    found = [port for _ in range(10) for port in ports.asked(named(1), named(2), named(1), named(1))]
    equal = [port for at, port in enumerate(found) if at % 4 != 1]
    assert len(set(equal)) == len(equal) == 30
    assert ports.misses == len(set(found))


def test_different_questions_share_ports(ports: Ports) -> None:
    found = [port for turn in range(20) for port in ports.asked(*map(named, range(10 * turn, 10 * turn + 10)))]
    assert len(set(found)) == SHARED


def test_an_answered_question_leaves_its_port_to_an_equal_one(ports: Ports) -> None:
    found = [ports.asked(named(1), answered=True)[0] for _ in range(5)]
    assert len(set(found)) == 1
    ports.pool.flush_counts()
    assert (ports.hits, ports.misses) == (4, 1)


def test_a_port_where_somebody_guesses_is_given_up(ports: Ports) -> None:
    (port,) = ports.asked(named(1), answered=True)
    for _ in range(STRAYS - 1):
        ports.send(b"\1\2" + bytes(10), port)
    assert ports.asked(named(1), answered=True) == [port]
    ports.send(bytes(5), port)
    assert ports.asked(named(1)) != [port]
    assert ports.misses == 2


def test_a_question_that_waits_while_its_port_is_given_up_is_answered(ports: Ports) -> None:
    asker = Somebody(named(1))
    assert ports.pool.ask(asker) == ""
    ports.loop.step(0)
    wire, peer = ports.there.recvfrom(512)
    for number in range(STRAYS):
        ports.send((int.from_bytes(wire[:2], "big") ^ number + 1).to_bytes(2, "big") + wire[2:], peer[1])
    assert ports.asked(named(2)) != [peer[1]]
    ports.send(wire, peer[1])
    assert asker.got == [wire]


def test_ports_grow_old(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.upstream.udp.OLDEST", 0.0)
    ports.pool = ports.make()
    found = [ports.asked(named(turn), answered=True)[0] for turn in range(4)]
    assert len(set(found)) > 1
    assert ports.misses == 4
