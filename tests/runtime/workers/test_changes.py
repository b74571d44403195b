"""Changes of all workers while some of them wait, hang or die: nobody else notices."""

import os
import signal
import socket
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import dns.message
import pytest
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.offers import Process
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.chain.services import Done
from corefile_runtime.process.reloads import LoadError
from corefile_runtime.testing.plugins import Words, made_up

from corefile.ir.program import Program
from tests.runtime.workers.whole import PATIENCE, Whole, is_gone, whole

pytestmark = [
    pytest.mark.usefixtures("patient", "turns"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
ENDPOINTS = "prometheus 127.0.0.1:0\n health 127.0.0.1:0\n ready 127.0.0.1:0\n"


def prepare(configs: tuple[Words, ...], home: Home) -> None:
    """What the word says: `wait FILE`, `follow FILE` (the first worker does not wait), `late`, `refuse`, `die`."""
    what, *rest = configs[-1].words
    if what == "refuse":
        raise home.refuse("not today")
    if what == "die":
        os._exit(3)
    if what == "late":
        home.on_ready(lambda _done: None, seconds=0.2)
    if what == "wait" or (what == "follow" and not home.find_one(Process).leads):
        home.on_ready(partial(look, home, Path(rest[0])), seconds=PATIENCE)


def look(home: Home, path: Path, done: Done) -> None:
    if path.exists():
        done(None)
    else:
        home.delay(0.01, look, home, path, done)


@pytest.fixture(autouse=True)
def mine() -> Generator[None]:
    with made_up("mine", prepare):
        yield


def config(address: str, what: str = "nothing") -> str:
    return (
        f".:0 {{\n bind 127.0.0.1\n {ENDPOINTS} mine {what}\n hosts {{\n  {address} a.example.org\n }}\n whoami\n}}\n"
    )


def begin(server: Whole, text: str) -> list[Exception | None]:
    """Have it change; the list gets the outcome."""
    server.text = text
    outcome: list[Exception | None] = []
    server.engine.change(server.load(), outcome.append)
    return outcome


def asked_over_udp(server: Whole) -> set[str]:
    first = server.sent
    server.send(30)
    server.settle()
    return {server.answers[number] for number in range(first, server.sent)}


def asked_over_tcp(server: Whole) -> str:
    wire = dns.message.make_query("a.example.org.", "A").to_wire()
    with socket.create_connection(server.client.getpeername(), PATIENCE) as client:
        client.sendall(len(wire).to_bytes(2, "big") + wire)
        size = int.from_bytes(client.recv(2), "big")
        return str(dns.message.from_wire(client.recv(size)).answer[0]).rpartition(" ")[2]


def fetch(server: Whole, path: str, meanwhile: Callable[[], object]) -> bytes:
    """The whole answer of an endpoint over HTTP; `meanwhile` is called again and again until it has come."""
    assert server.engine.instance is not None
    (address,) = [one.address for one in server.engine.instance.endpoints if one.path == path]
    place = next(one.socket.getsockname() for one in server.engine.endpoints.servers.values() if path in one.paths)
    assert address.startswith("127.0.0.1")
    with socket.create_connection(place, PATIENCE) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        client.setblocking(False)
        data = b""
        while True:
            server.engine.loop.step(0.001)
            meanwhile()
            try:
                got = client.recv(65536)
            except BlockingIOError:
                continue
            if not got:
                return data
            data += got


def test_while_workers_wait_the_old_configuration_answers(tmp_path: Path) -> None:
    with whole(config("192.0.2.1")) as server:
        outcome = begin(server, config("192.0.2.2", f"wait {tmp_path / 'event'}"))
        for round_ in range(1, 4):
            assert asked_over_udp(server) == {"192.0.2.1"}
            assert asked_over_tcp(server) == "192.0.2.1"
            assert fetch(server, "/health", lambda: None).startswith(b"HTTP/1.1 200 OK")
            assert server.metric("coredns_dns_requests_total{") == server.sent + round_
            assert server.get("/ready") == (200, "OK")
        assert outcome == []
        (tmp_path / "event").touch()
        server.wait(lambda: outcome)
        assert outcome == [None]
        assert asked_over_udp(server) == {"192.0.2.2"}
        assert server.metric("corefile_worker_restarts_total") == 0


def test_a_worker_that_hangs_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.workers.fleet_change.PATIENCE", 1.0)
    monkeypatch.setattr("corefile_runtime.workers.fleet_change.MARGIN", 2.0)
    with whole(config("192.0.2.1")) as server:
        stopped = server.pids()[1]
        os.kill(stopped, signal.SIGSTOP)
        outcome = begin(server, config("192.0.2.2"))
        assert fetch(server, "/health", lambda: None).startswith(b"HTTP/1.1 200 OK")
        assert outcome == []  # it has been answered before
        server.wait(lambda: outcome)
        assert isinstance(outcome[0], StartError)
        assert str(outcome[0]) == "worker 1 does not answer"
        server.wait(partial(server.is_replaced, stopped))
        assert is_gone(stopped)
        assert asked_over_udp(server) == {"192.0.2.1"}
        outcome = begin(server, config("192.0.2.3"))
        server.wait(lambda: outcome)
        assert outcome == [None]
        assert asked_over_udp(server) == {"192.0.2.3"}


def test_a_worker_that_hangs_is_shown_with_its_last_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    with whole(config("192.0.2.1")) as server:
        asked_over_udp(server)
        assert server.metric("coredns_dns_requests_total{") == 30
        monkeypatch.setattr("corefile_runtime.workers.survey.ANSWER", 0.3)
        os.kill(server.pids()[0], signal.SIGSTOP)
        order: list[str] = []
        server.begin("/metrics", lambda _answer: order.append("metrics"))
        assert fetch(server, "/health", lambda: None).startswith(b"HTTP/1.1 200 OK")
        order.append("health")
        assert server.metric("coredns_dns_requests_total{") == 30
        assert order == ["health", "metrics"]
        assert server.get("/ready") == (503, "workers")
        os.kill(server.pids()[0], signal.SIGCONT)


def test_a_worker_that_dies_when_it_is_ready_is_replaced_by_one_that_gets_ready(tmp_path: Path) -> None:
    with whole(config("192.0.2.1")) as server:
        outcome = begin(server, config("192.0.2.2", f"follow {tmp_path / 'event'}"))
        first = server.fleet.crew.members[0]
        server.wait(lambda: first.prepared)
        os.kill(first.pid, signal.SIGKILL)
        server.wait(lambda: not first.alive)
        (tmp_path / "event").touch()
        server.wait(lambda: outcome)
        assert outcome == [None]
        assert first not in server.fleet.crew.members
        assert asked_over_udp(server) == {"192.0.2.2"}
        assert server.metric("corefile_worker_restarts_total") == 1


def test_a_worker_that_dies_unseen_before_it_changes_begins_with_the_new_program(tmp_path: Path) -> None:
    with whole(config("192.0.2.1")) as server:
        outcome = begin(server, config("192.0.2.2", f"follow {tmp_path / 'event'}"))
        first, second = server.fleet.crew.members
        server.wait(lambda: first.prepared)
        assert second.line is not None
        (tmp_path / "event").touch()
        os.kill(first.pid, signal.SIGKILL)
        os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)
        while not second.prepared:  # the first thing that is seen is that the second one is ready
            second.line._read()  # pyright: ignore[reportPrivateUsage]
        assert outcome == []
        server.wait(lambda: outcome)
        assert outcome == [None]
        server.wait(partial(server.is_replaced, first.pid))
        assert asked_over_udp(server) == {"192.0.2.2"}


def test_what_is_not_ready_in_time_is_refused_with_its_place() -> None:
    with whole(config("192.0.2.1")) as server:
        outcome = begin(server, config("192.0.2.2", "late"))
        server.wait(lambda: outcome)
        assert str(outcome[0]) == "Corefile:6: plugin/mine: is not ready in time (0.2 s)"
        assert asked_over_udp(server) == {"192.0.2.1"}
        assert server.metric("corefile_worker_restarts_total") == 0


def test_what_a_worker_refuses_at_the_start_is_the_error_of_the_start() -> None:
    server = Whole(config("192.0.2.1", "refuse"))
    with pytest.raises(StartError, match=r"^Corefile:6: plugin/mine: not today$"):
        server.start()
    assert server.pids() == []
    server.close()


def test_a_program_that_workers_die_of_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.workers.fleet_change.OFTEN", 2)
    with whole(config("192.0.2.1")) as server:
        outcome = begin(server, config("192.0.2.2", "die"))
        server.wait(lambda: outcome)
        assert str(outcome[0]) == "workers die while they are told about it"
        server.wait(partial(server.are_workers, 2))
        assert asked_over_udp(server) == {"192.0.2.1"}


def test_a_corefile_that_hangs_keeps_nobody_waiting(tmp_path: Path) -> None:
    with whole(config("192.0.2.1")) as server:
        os.mkfifo(tmp_path / "Corefile")  # who reads it waits for somebody who writes

        def load() -> Program:
            server.text = (tmp_path / "Corefile").read_text()
            return server.load()

        server.engine.load = load
        server.engine.reload_soon()
        for _ in range(3):
            assert asked_over_udp(server) == {"192.0.2.1"}
            assert fetch(server, "/health", lambda: None).startswith(b"HTTP/1.1 200 OK")
        assert "Reloading complete" not in server.output()
        (tmp_path / "Corefile").write_text(config("192.0.2.2"))
        server.wait(lambda: "Reloading complete" in server.output())
        assert asked_over_udp(server) == {"192.0.2.2"}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LoadError("Corefile:1:1: error", digest="x"), "Corefile:1:1: error"),
        (FileNotFoundError(2, "No such file or directory", "Corefile"), "no such file"),
        (ZeroDivisionError("at all"), "ZeroDivisionError: at all"),
    ],
)
def test_what_loading_raises_is_told(error: Exception, said: str) -> None:
    with whole(config("192.0.2.1")) as server:

        def load() -> Program:
            raise error

        server.engine.load = load
        server.engine.reload_soon()
        server.wait(lambda: "SIGUSR1: " in server.output().partition("Reloading\n")[2])
        assert said in server.output()
        assert server.metric("corefile_config_last_reload_successful") == 0


def test_a_process_that_dies_while_it_loads_is_a_failure() -> None:
    with whole(config("192.0.2.1")) as server:
        server.engine.load = partial(os._exit, 3)
        server.engine.reload_soon()
        server.wait(lambda: "the process that loads the configuration has died" in server.output())
        assert server.metric("corefile_config_last_reload_successful") == 0


def test_one_change_at_a_time(tmp_path: Path) -> None:
    with whole(config("192.0.2.1")) as server:
        outcome = begin(server, config("192.0.2.2", f"wait {tmp_path / 'event'}"))
        with pytest.raises(StartError, match="another change is under way"):
            server.engine.reload(server.load())
        (tmp_path / "event").touch()
        server.wait(lambda: outcome)
        assert outcome == [None]


def test_the_end_does_not_wait_for_a_change(tmp_path: Path) -> None:
    with whole(config("192.0.2.1")) as server:
        pids = server.pids()
        outcome = begin(server, config("192.0.2.2", f"wait {tmp_path / 'event'}"))
    assert all(is_gone(pid) for pid in pids)
    assert outcome == []
