"""Whatever call of a plugin fails, and whenever: a refusal, SERVFAIL or a line in the log, and the server goes on.

Each body of BODIES is served, asked, reloaded, asked, reloaded and ended, once without a fault and then once for each
place at which something may fail.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import re
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import dns.message
import dns.rcode
import pytest
from corefile_runtime import plugins
from corefile_runtime.chain.external import find_installed
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.testing import Running, Stub, can_read
from corefile_runtime.testing.clock import CLOCK

from tests.runtime.faults import Faults, Place
from tests.runtime.tls_client import write_certificates

ANSWERS = {
    "a.example.org. A": ["a.example.org. 60 IN A 192.0.2.7", "a.example.org. 60 IN A 192.0.2.8"],
    "b.example.org. A": ["b.example.org. 2 IN A 192.0.2.9"],
}
QUESTIONS = ("a.example.org. A", "b.example.org. A", "none.example.org. AAAA")
STUB = "    forward . 127.0.0.1:{up}\n"


class Body(NamedTuple):
    """The lines of a plugin, and what shows it at work."""

    text: str
    questions: tuple[str, ...] = QUESTIONS
    path: str = ""
    """Of its HTTP endpoint."""
    rclass: str = "IN"
    tcp: bool = False


BODIES: dict[str, list[Body]] = {
    "acl": [Body("    acl a.example.org {\n filter type A\n}\nacl b.example.org {\n drop type A\n}\n    whoami\n")],
    "any": [Body("    any\n    whoami\n", ("a.example.org. ANY", *QUESTIONS))],
    "bind": [Body("    whoami\n")],
    "bufsize": [Body("    bufsize 1232\n    whoami\n")],
    "cache": [
        Body("    cache 30 {\n prefetch 1 10s\n servfail 1s\n}\n" + STUB),
        Body("    cache 30 {\n serve_stale 1h verify 100ms\n}\n" + STUB),
    ],
    "cancel": [Body("    cancel 1s\n" + STUB)],
    "chaos": [Body("    chaos one two\n    whoami\n", ("hostname.bind. TXT", "authors.bind. TXT"), rclass="CH")],
    "debug": [Body("    debug\n    local\n    whoami\n", ("localhost. A", *QUESTIONS))],
    "erratic": [Body("    erratic {\n delay 2 10ms\n drop 3\n truncate 5\n}\n")],
    "errors": [Body('    errors {\n consolidate 2s ".*" warning\n}\n    forward . 127.0.0.1:1\n')],
    "forward": [
        Body(STUB),
        Body("    forward . 127.0.0.1:{up} 127.0.0.1:1 {\n health_check 1s\n}\n"),
        Body("    forward . 127.0.0.1:1 {\n health_check 1s\n force_tcp\n max_concurrent 5\n}\n"),
        Body("    forward . 127.0.0.1:{up} {\n force_tcp\n max_concurrent 5\n}\n"),
        Body("    forward . tls://127.0.0.1:{up} {\n tls {dir}/ca.pem\n}\n", QUESTIONS[:1]),
        Body("    forward . localhost:{up} {dir}/resolv.conf {\n policy sequential\n}\n", QUESTIONS[:1]),
    ],
    "header": [Body("    header {\n response set ra\n}\n    whoami\n")],
    "health": [Body("    health 127.0.0.1:0 {\n lameduck 1s\n}\n    whoami\n", path="/health")],
    "hosts": [Body("    hosts {dir}/hosts . {\n reload 1s\n fallthrough\n}\n    whoami\n")],
    "loadbalance": [
        Body("    loadbalance\n" + STUB),
        Body("    loadbalance weighted {dir}/weights {\n reload 1s\n}\n" + STUB),
    ],
    "local": [Body("    local\n    whoami\n", ("localhost. A", "1.0.0.127.in-addr.arpa. PTR", *QUESTIONS))],
    "log": [Body('    metadata\n    log . "[INFO] {type} {name} {/forward/upstream}"\n' + STUB)],
    "loop": [Body("    loop\n    whoami\n")],
    "metadata": [Body("    metadata\n" + STUB)],
    "minimal": [Body("    minimal\n" + STUB)],
    "multisocket": [Body("    multisocket\n    whoami\n")],
    "nsid": [Body("    nsid\n    whoami\n")],
    "on": [Body("    on startup true\n    on startup true &\n    on startup {dir}/none\n    whoami\n")],
    "pprof": [Body("    pprof 127.0.0.1:0\n    whoami\n", path="/debug/pprof/")],
    "prometheus": [Body("    prometheus 127.0.0.1:0\n    whoami\n", path="/metrics")],
    "proxyproto": [Body("    proxyproto {\n allow 192.0.2.0/24\n}\n    whoami\n")],
    "ready": [Body("    ready 127.0.0.1:0\n    erratic\n", path="/ready")],
    "reload": [Body("    reload 2s 1s\n    whoami\n")],
    "rewrite": [
        Body(
            "    rewrite name exact a.example.org b.example.org answer auto\n rewrite ttl exact b.example.org 7\n"
            "    rewrite edns0 local set 0xffee abc\n" + STUB
        )
    ],
    "root": [Body("    root {dir}\n    hosts hosts\n")],
    "shed": [Body("    shed\n    whoami\n")],
    "template": [Body('    template IN A example.org {\n answer "{{ .Name }} 60 IN A 192.0.2.3"\n}\n    whoami\n')],
    "timeouts": [Body("    timeouts {\n read 5s\n}\n    whoami\n", tcp=True)],
    "tls": [Body("    tls {dir}/cert.pem {dir}/key.pem {dir}/ca.pem {\n keylog {dir}/keys\n}\n    whoami\n")],
    "trace": [Body("    trace zipkin 127.0.0.1:1 {\n every 2\n}\n    whoami\n")],
    "view": [Body("    view one {\n expr name() == 'a.example.org.'\n}\n    whoami\n")],
    "whoami": [Body("    whoami\n")],
}


def test_there_is_a_body_for_each_plugin_that_is_served() -> None:
    found = {one.name for one in pkgutil.iter_modules(plugins.__path__)}
    assert set(BODIES) == {name for name in found if name != "zeros"}  # metrics of those that do not stand there
    assert not any(find_installed(name) for name in BODIES)


@pytest.fixture(name="folder", scope="module")
def a_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    write_certificates(folder)
    (folder / "hosts").write_text("192.0.2.1 a.example.org\n")
    (folder / "weights").write_text("a.example.org\n192.0.2.7 3\n192.0.2.8 1\n")
    (folder / "resolv.conf").write_text("nameserver 127.255.255.254\n")
    return folder


# -- one run


class Seen(NamedTuple):
    """What a run has shown: the rcode of each question, `None` for no reply; the timers at its end; its log."""

    rcodes: list[int | None]
    timers: int
    log: list[str]


class Life:
    """One server from its start to its end, with at most one fault."""

    def __init__(self, plugin: str, body: Body, folder: Path, faults: Faults) -> None:
        self.faults = faults
        self.body = body
        # What is never begun, because that is what fails, does not go on.
        self.polls = plugin == "reload" and not re.search(r"callback of on_start|Home\.every", str(faults.place))
        self._folder = folder
        self.server = Running(self.text(1))
        self.server.stub = Stub(self.server.loop, ANSWERS)

    def text(self, number: int) -> str:
        """The Corefile; a block of its own tells which configuration is in force."""
        body = self.body.text.replace("{dir}", str(self._folder))
        mark = f'    template IN A {{\n answer "{{{{ .Name }}}} 60 IN A 192.0.2.{number}"\n}}\n'
        marked = f"mark.test:0 {{\n    bind 127.0.0.1\n{mark}}}\n"
        return f".:0 {{\n    bind 127.0.0.1\n{body}}}\n{marked}"

    def play(self) -> Seen:
        """All of it. Raises what refuses the start."""
        with self.faults.armed():
            try:
                self.faults.step = "start"
                self.server.start()
                self.faults.step = "query"
                rcodes = self._look_around()
                self.faults.step = "reload"
                took = self._reload(2)
                self.faults.step = "then"
                assert self._mark() == (2 if took else 1)
                rcodes += self._look_around()
                self.faults.step = ""
                assert self._reload(3), self.server.output()[-3:]
                assert self._mark() == 3
                rcodes += self._look_around()
                self._pass(40)
                timers = sum(timer.call is not None for _, _, timer in vars(self.server.loop)["_timers"])
                log = self.server.output()
                self.faults.step = "end"
            finally:
                self.server.close()
        return Seen(rcodes, timers, log)

    def _look_around(self) -> list[int | None]:
        rcodes = [self._ask(question) for question in (*self.body.questions, *self.body.questions)]
        if self.body.path:
            self._fetch()
        self._pass(5)
        return rcodes

    def _ask(self, question: str) -> int | None:
        name, rtype = question.split()
        query = dns.message.make_query(name, rtype, self.body.rclass, use_edns=0, payload=4096)
        wire = self.exchange(query.to_wire())
        return dns.message.from_wire(wire).rcode() if wire is not None else None

    def _mark(self) -> int:
        wire = self.exchange(dns.message.make_query("mark.test.", "A").to_wire())
        assert wire is not None
        return wire[-1]

    def exchange(self, wire: bytes) -> bytes | None:
        """A reply, if one comes in half a minute as the server counts."""
        tcp = self.body.tcp
        client = self.server.connect(tcp=tcp)
        client.send(len(wire).to_bytes(2, "big") + wire if tcp else wire)
        came = self.wait(lambda: can_read(client), 30)
        data = client.recv(65535) if came else b""
        vars(self.server)["_clients"].remove(client)
        client.close()
        return data[2 if tcp else 0 :] or None

    def _fetch(self) -> None:
        """An endpoint says something or breaks off, if it is there at all."""
        if "127.0.0.1:0" not in self.server.engine.endpoints.servers:
            return
        address = self.server.engine.endpoints.servers["127.0.0.1:0"].socket.getsockname()
        with socket.create_connection(address) as client:
            client.send(f"GET {self.body.path} HTTP/1.0\r\n\r\n".encode())
            assert self.wait(lambda: can_read(client), 30), "the endpoint says nothing"

    def _reload(self, number: int) -> bool:
        """Whether another configuration has been taken up."""
        self.server.text = self.text(number)
        before = len(self.server.output())
        if not self.polls:
            self.server.engine.reload_soon()

        def ended() -> list[str]:
            return [
                line
                for line in self.server.output()[before:]
                if "Reloading complete" in line or "Restart failed" in line or "change is under way" in line
            ]

        assert self.wait(ended, 60), self.server.output()[before:]
        return "Reloading complete" in ended()[-1]

    # -- time: it goes on as soon as nothing else does

    def wait(self, done: Callable[[], object], seconds: float) -> bool:
        end = CLOCK.now + seconds
        while not done():
            if CLOCK.now > end:
                return False
            self._turn()
        return True

    def _pass(self, seconds: float) -> None:
        self.wait(lambda: False, seconds)

    def _turn(self) -> None:
        works = vars(self.server.engine.threads)["_busy"]
        if not self.server.loop.step(0.002 if works else 0) and not works:
            CLOCK.now += 0.25


# -- what must hold


LINE = re.compile(r"\[(DEBUG|INFO|WARNING|ERROR|FATAL)\] ")
"""There is no other line in the log: no traceback."""
HEALTH = 4
"""Timers of two upstreams that are being checked: each waits for a reply, or for the next try."""
ERRORS = (dns.rcode.SERVFAIL, dns.rcode.NOERROR)
"""What a query may get instead of its answer: a cache that fails to answer may let the answer of before through."""


def check(plugin: str, body: Body, folder: Path, place: Place, error: type[Exception], usual: Seen) -> None:
    """One fault."""
    gc.collect()
    files, others, began = descriptors(), set(threading.enumerate()), monotonic()
    faults = Faults(plugin, place, error)
    with watch_for_unclosed() as unclosed:
        try:
            seen = Life(plugin, body, folder, faults).play()
        except (StartError, OSError) as refusal:
            check_refusal(plugin, place, str(refusal))
        else:
            check_service(plugin, seen, usual)
        assert monotonic() - began < 8, "it has waited for a deadline"
        wait_for_threads(others)
        gc.collect()
    assert not unclosed
    assert descriptors() <= files
    # Later, threads come when they come, and `loop` asks itself when it gets to it.
    assert faults.hit or not place[0].startswith("start:") or place[0] == "start: serve"


def wait_for_threads(others: set[threading.Thread]) -> None:
    """Threads end when they get to it, and with them what they have; others are of tests before."""
    end = monotonic() + 10
    while left := set(threading.enumerate()) - others:
        assert monotonic() < end, left
        left.pop().join(0.01)


def check_refusal(plugin: str, place: Place, text: str) -> None:
    """One line, and where it is the plugin that fails, the plugin and its place."""
    assert place[0].startswith("start:"), text
    assert text
    assert "\n" not in text
    if re.match(r"start: (Home\.|prepare|link|callback)", place[0]):
        assert text.startswith("Corefile:")
        assert f": plugin/{plugin}: " in text


def check_service(plugin: str, seen: Seen, usual: Seen) -> None:
    """No query is lost, and in the end all is as if nothing had been."""
    third = len(usual.rcodes) // 3
    if plugin != "erratic":
        lost = [n for n, (rcode, normal) in enumerate(zip(seen.rcodes, usual.rcodes, strict=True)) if rcode != normal]
        assert all(seen.rcodes[number] in ERRORS for number in lost)
        assert not [number for number in lost if number >= 2 * third]
    assert seen.timers <= usual.timers + HEALTH  # whether an upstream is being checked at that moment is chance
    assert not [line for line in seen.log if not LINE.match(line)]


@contextmanager
def watch_for_unclosed() -> Generator[list[str]]:
    """The sockets and files that Python closes meanwhile, because nobody has."""
    unclosed: list[str] = []

    def note(told: sys.UnraisableHookArgs) -> None:
        # A child whose end nobody waits for is taken care of when the next one starts.
        if "subprocess" not in str(told.exc_value):
            unclosed.append(str(told.exc_value))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", note)
        yield unclosed


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def find_errors(label: str) -> tuple[type[Exception], ...]:
    """What the system may raise, and what nobody expects."""
    if " in " not in label:
        return (RuntimeError,)
    # In between is the standard library, which closes its sockets when they raise OSError, not otherwise.
    return (OSError,) if "reporter.deliver" in label else (OSError, RuntimeError)


CASES = [(plugin, number) for plugin, bodies in BODIES.items() for number in range(len(bodies))]


@pytest.mark.parametrize(("plugin", "number"), CASES)
def test_a_plugin_survives_each_call_that_fails(folder: Path, plugin: str, number: int) -> None:
    body, others = BODIES[plugin][number], set(threading.enumerate())
    Life(plugin, body, folder, Faults(plugin)).play()  # what is loaded now has the clock of the test
    wait_for_threads(others)
    faults = Faults(plugin)
    usual = Life(plugin, body, folder, faults).play()
    wait_for_threads(others)
    failures: list[str] = []
    tried = 0
    gc.collect()
    gc.freeze()  # what is there now need not be looked at again and again
    for label, times in list(faults.seen.items()):
        for time in sorted({1, min(2, times)}):
            for error in find_errors(label):
                tried += 1
                try:
                    check(plugin, body, folder, (label, time), error, usual)
                except Exception as failure:
                    failures.append(f"{label} {time} {error.__name__}: {type(failure).__name__} {str(failure)[:300]}")
    gc.unfreeze()
    assert tried
    assert not failures, f"{len(failures)} of {tried}:\n" + "\n".join(failures)
