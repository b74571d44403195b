"""forward: upstreams that must be looked up first, and what is left of a configuration that is given up."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.testing import Running, serve
from corefile_runtime.upstream import resolve

HERE = ".:0 {\n    bind 127.0.0.1\n    whoami\n}\n"
ANSWERS = {"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}


def named(*names: str) -> str:
    """The same with another block, whose upstreams are host names. `{{resolver}}` is the port of their name server."""
    upstreams = " ".join(f"{name}:{{up}}" for name in names)
    more = f"    bind 127.0.0.1\n    forward . {upstreams} {{\n        resolver 127.0.0.1:{{resolver}}\n    }}\n"
    return f"{HERE}example.org:0 {{\n{more}}}\n"


class Resolver:
    """A name server that answers when it is told to. `asked` are the questions that came, and from where."""

    def __init__(self, server: Running) -> None:
        self.socket = bind_socket(socket.SOCK_DGRAM, "127.0.0.1", 0)
        self.port: int = self.socket.getsockname()[1]
        self.asked: list[tuple[dns.message.QueryMessage, tuple[str, int]]] = []
        self.answers = False
        self._loop = server.loop
        self._loop.read(self.socket.fileno(), self._read)

    def _read(self) -> None:
        wire, peer = self.socket.recvfrom(512)
        query = dns.message.from_wire(wire)
        assert isinstance(query, dns.message.QueryMessage)
        self.asked.append((query, peer))
        if self.answers:
            self.answer()

    def answer(self) -> None:
        """Answer all that has been asked: an upstream is at 127.0.0.1."""
        self.answers = True
        for query, peer in self.asked:
            reply = dns.message.make_response(query)
            if query.question[0].rdtype == 1:
                reply.answer.append(dns.rrset.from_text(query.question[0].name, 9, "IN", "A", "127.0.0.1"))
            self.socket.sendto(reply.to_wire(), peer)
        self.asked.clear()

    def close(self) -> None:
        self.answer()  # so that threads that wait end now
        self._loop.forget(self.socket.fileno())
        self.socket.close()


@pytest.fixture(name="server")
def a_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(resolve, "TIMEOUT", 60)
    with serve(HERE, whole=True, answers=ANSWERS) as server:
        yield server


@pytest.fixture(name="resolver")
def a_resolver(server: Running) -> Iterator[Resolver]:
    resolver = Resolver(server)
    yield resolver
    resolver.close()


def begin(server: Running, resolver: Resolver, *names: str) -> None:
    """Reload to a configuration that looks names up, and let the questions come."""
    server.text = named(*names).replace("{resolver}", str(resolver.port))
    server.engine.reload_soon()
    server.wait(lambda: len(resolver.asked) == len(names))


def says(server: Running, words: str) -> bool:
    return any(words in line for line in server.output())


def test_the_old_configuration_answers_while_a_name_is_looked_up(server: Running, resolver: Resolver) -> None:
    begin(server, resolver, "up.example.net")
    for tcp in (False, True):
        assert len(server.ask("a.example.org. A", tcp=tcp).additional) == 2  # that of whoami
    resolver.answer()
    server.wait(partial(says, server, "Reloading complete"))
    assert server.answers("a.example.org. A") == ["NOERROR", "a.example.org. 60 IN A 192.0.2.1"]
    assert len(server.ask("a.example.net. A").additional) == 2


def test_names_are_looked_up_side_by_side_and_one_address_is_one_upstream(server: Running, resolver: Resolver) -> None:
    begin(server, resolver, "up.example.net", "up.example.com", "up.example.org")
    resolver.answer()
    server.wait(partial(says, server, "Reloading complete"))
    for _ in range(5):
        assert server.answers("a.example.org. A")[0] == "NOERROR"
    assert server.stub is not None
    place = f'proto="udp",proxy_name="forward",to="127.0.0.1:{server.stub.port}"'
    assert server.metric(f"coredns_proxy_conn_cache_misses_total{{{place}}}") == 1


def test_a_name_server_that_says_nothing_refuses_at_the_deadline(server: Running, resolver: Resolver) -> None:
    begin(server, resolver, "up.example.net", "up.example.com")
    began = server.now
    while not says(server, "Restart failed"):
        server.turn(0)
    assert 9 < server.now - began < 11
    why = 'plugin/forward: failed to resolve "up.example.net": no answer in time (10 s)'
    assert says(server, f"Restart failed: Corefile:7: {why}")
    assert len(server.ask("a.example.org. A").additional) == 2


@pytest.mark.parametrize(
    ("upstream", "why"),
    [
        ("./nosuch.conf", 'failed to resolve "./nosuch.conf": lookup ./nosuch.conf: no such host'),
        ("{folder}/empty.conf", "no valid upstream addresses found"),
        ("{folder}/wrong.conf", "lookup a..b: no such host"),
    ],
)
def test_what_names_no_upstream_is_refused(tmp_path: Path, upstream: str, why: str) -> None:
    (tmp_path / "empty.conf").write_text("search example.org\n")
    (tmp_path / "wrong.conf").write_text("nameserver a..b\n")
    line = f"    forward . {upstream.replace('{folder}', str(tmp_path))}"
    with pytest.raises(StartError, match=r"^Corefile:3: plugin/forward: ") as refusal, serve(line):
        pass
    assert why in str(refusal.value)


def test_the_name_servers_of_a_file_are_asked(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.9\n")
    options = "{\n        max_connect_attempts 1\n        read_timeout 20ms\n        max_fails 1\n    }"
    with serve(f"    forward . {tmp_path}/resolv.conf {options}") as server:
        server.ask("a.example.org. A")
        series = 'coredns_proxy_conn_cache_misses_total{proto="udp",proxy_name="forward",to="127.0.0.9:53"}'
        assert server.metric(series) == 1


GIVEN_UP = """
z{number}.example.org:0 {{
    bind 127.0.0.1
    loop
    forward . 127.0.0.1:{{up}} 127.0.0.9 {{
        max_concurrent 5
    }}
    forward example.org {file}
}}
"""


def left(server: Running) -> tuple[int, int, int]:
    """How many timers, open files and threads there are."""
    timers = server.loop._timers  # pyright: ignore[reportPrivateUsage]
    alive = sum(timer.call is not None for _, _, timer in timers)
    return alive, len(os.listdir("/proc/self/fd")), threading.active_count()


def test_configurations_that_are_given_up_leave_nothing(server: Running, tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("nameserver 127.0.0.9\n")
    blocks = "".join(GIVEN_UP.format(number=number, file=file) for number in range(5))
    server.text = HERE + blocks + ".:0 {\n    bind 192.0.2.9\n    whoami\n}\n"  # where it cannot listen
    counted: list[tuple[int, int, int]] = []
    for _ in range(21):
        server.engine.reload_now()
        counted.append(left(server))
    assert sum("Restart failed" in line for line in server.output()) == 21
    assert counted[1:] == [counted[1]] * 20
    assert counted[-1][:2] == counted[0][:2]
    assert len(server.ask("a.example.org. A").additional) == 2


def test_a_configuration_that_is_gone_leaves_nothing() -> None:
    """Sockets that are idle go at once, and a health check that would go on for ever ends."""

    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message | None:
        return dns.message.make_response(query) if str(query.question[0].name) == "a.example.org." else None

    options = "{\n        health_check 10ms\n        read_timeout 10ms\n        max_concurrent 5\n    }"
    text = f"{HERE}example.org:0 {{\n    bind 127.0.0.1\n    forward . 127.0.0.1:{{up}} {options}\n}}\n"
    with serve(HERE, whole=True, respond=respond) as server:
        before = left(server)
        for over_tcp in (False, True):
            server.text = text
            server.engine.reload_now()
            assert server.answers("a.example.org. A", tcp=over_tcp) == ["NOERROR"]
            assert server.answers("b.example.org. A", tcp=over_tcp) == ["SERVFAIL"]
            server.text = HERE
            server.engine.reload_now()
            server.wait(lambda: left(server)[:2] == before[:2])
