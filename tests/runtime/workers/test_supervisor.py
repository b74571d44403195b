"""Several processes as one: they are forked here, and driven by the loop of the supervisor."""

import os
import re
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import dns.message
import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.workers import messages

from corefile.ir.program import Program
from corefile.plugins.multisocket import Multisocket
from tests.ports import free_port
from tests.runtime.workers.whole import PATIENCE, Whole, is_gone, whole

pytestmark = [
    pytest.mark.usefixtures("patient", "turns"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]

ENDPOINTS = "prometheus 127.0.0.1:0\n health 127.0.0.1:0\n ready 127.0.0.1:0\n"


def hosts(address: str) -> str:
    return f".:0 {{\n bind 127.0.0.1\n {ENDPOINTS} errors\n hosts {{\n {address} a.example.org\n }}\n}}\n"


@pytest.mark.parametrize("replay", [True, False])
def test_what_is_counted_and_told_is_that_of_the_whole(replay: bool) -> None:
    with whole(hosts("192.0.2.1"), replay=replay) as server:
        server.send(300)
        server.settle()
        assert set(server.answers.values()) == {"192.0.2.1"}
        assert server.metric("coredns_dns_requests_total{") == 300
        assert server.metric("coredns_dns_request_duration_seconds_count{") == 300
        assert server.metric('coredns_plugin_enabled{name="errors"') == 1  # each worker says so
        assert server.metric("coredns_build_info") == 1
        assert server.metric("corefile_worker_restarts_total") == 0
        assert server.metric("process_resident_memory_bytes") > 20e6
        assert (server.get("/health"), server.get("/ready")) == ((200, "OK"), (200, "OK"))
        assert len(shares(server)) == 2
        assert min(shares(server)) > 90  # one client, steered at random: 150 ± 9


def shares(server: Whole) -> list[float]:
    """How many queries each worker has told of."""
    return [
        number
        for member in server.fleet.crew.members
        for seen in member.families.values()
        if seen.name == "coredns_dns_requests_total"
        for number in seen.numbers.values()
    ]


def test_a_worker_that_is_killed_is_replaced() -> None:
    with whole(hosts("192.0.2.1")) as server:
        server.send(100)
        server.settle()
        server.metric("coredns_dns_requests_total{")
        for round_ in range(1, 4):
            (first, *_) = server.pids()
            os.kill(first, signal.SIGKILL)
            server.send(50)  # half of them wait in the socket of the dead one
            server.settle()
            server.wait(partial(server.is_replaced, first))
            assert server.metric("corefile_worker_restarts_total") == round_
            assert is_gone(first)
        assert set(server.answers.values()) == {"192.0.2.1"}
        assert server.metric("coredns_dns_requests_total{") == 250
        assert len(re.findall(r"\[ERROR\] Worker \d \(process \d+\) was killed by signal 9\n", server.output())) == 3


def test_workers_change_together_and_broken_configurations_change_nothing() -> None:
    with whole(hosts("192.0.2.1")) as server:
        for round_ in range(1, 9):
            server.send(40)
            if round_ % 2:
                server.text = "broken {" if round_ % 4 == 1 else hosts("192.0.2.1").replace("errors", "dnstap x")
            else:
                server.text = hosts(f"192.0.2.{round_}")
            server.engine.reload_now()
            first = server.sent
            server.send(40)
            server.settle()
            now = f"192.0.2.{round_ // 2 * 2 or 1}"
            assert {server.answers[number] for number in range(first, server.sent)} == {now}
            assert server.metric("corefile_config_last_reload_successful") == (0 if round_ % 2 else 1)
        assert "ERROR" in server.output()
        assert server.metric("corefile_worker_restarts_total") == 0


def test_a_worker_that_dies_during_a_change_does_not_stop_it() -> None:
    with whole(hosts("192.0.2.1")) as server:
        os.kill(server.pids()[0], signal.SIGKILL)
        server.text = hosts("192.0.2.2")
        server.engine.reload_now()
        server.send(50)
        server.settle()
        assert set(server.answers.values()) == {"192.0.2.2"}
        assert server.metric("corefile_worker_restarts_total") == 1


def test_sockets_come_and_go_with_the_configuration() -> None:
    with whole(hosts("192.0.2.1")) as server:
        before = server.engine.addresses()
        server.text = hosts("192.0.2.2") + ".:0 {\n bind 127.0.0.2\n whoami\n}\n"
        server.engine.reload_now()
        assert len(server.engine.addresses()) == 2
        server.text = hosts("192.0.2.3")
        server.engine.reload_now()
        assert server.engine.addresses() == before


def test_an_address_in_use_changes_nothing() -> None:
    with whole(hosts("192.0.2.1")) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        server.text = hosts("192.0.2.2") + f".:{other.getsockname()[1]} {{\n bind 127.0.0.1\n whoami\n}}\n"
        server.engine.reload_now()
        server.send(20)
        server.settle()
        assert set(server.answers.values()) == {"192.0.2.1"}
        assert "ERROR" in server.output()


@pytest.mark.parametrize("text", [".:0 {\n bind 127.0.0.1\n dnstap x\n}\n", ".:0 {\n bind 203.0.113.1\n whoami\n}\n"])
def test_what_cannot_start_leaves_nothing_behind(text: str) -> None:
    server = Whole(text)
    with pytest.raises(StartError):
        server.start()
    assert not server.pids()
    server.close()


def test_lines_of_all_workers_are_whole() -> None:
    with whole(hosts("192.0.2.1").replace("errors", "log")) as server:
        server.send(400)
        server.settle()
        server.wait(lambda: server.output().count("\n") >= 400)
        lines = server.output().splitlines()
        assert len(lines) == 400
        assert all(
            re.fullmatch(r"\[INFO\] 127\.0\.0\.1:\d+ - \d+ \"A IN a\.example\.org\. .*s", line) for line in lines
        )


def test_readiness_is_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    text = ".:0 {\n bind 127.0.0.1\n " + ENDPOINTS + " erratic\n}\n"
    with whole(text) as server:
        assert server.get("/ready") == (503, "erratic")
        monkeypatch.setattr("corefile_runtime.workers.survey.ANSWER", 0.5)
        os.kill(server.pids()[0], signal.SIGSTOP)  # one that says nothing is not ready
        server.wait(lambda: server.get("/ready") == (503, "erratic,workers"))
        os.kill(server.pids()[0], signal.SIGCONT)


def test_a_worker_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with whole(hosts("192.0.2.1")) as server:
        monkeypatch.setattr("corefile_runtime.workers.crew.HANGS", 2.5)
        (first, *_) = server.pids()
        os.kill(first, signal.SIGSTOP)
        server.wait(partial(server.is_replaced, first))
        assert "hangs" in server.output()


def test_workers_that_die_often_come_back_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.workers.crew.OFTEN", 0)
    monkeypatch.setattr("corefile_runtime.workers.crew.PAUSE", 0.2)
    with whole(hosts("192.0.2.1")) as server:
        (first, *_) = server.pids()
        os.kill(first, signal.SIGKILL)
        server.wait(lambda: len(server.pids()) == 1)
        assert server.get("/ready") == (503, "workers")
        server.wait(partial(server.is_replaced, first))
        server.send(50)
        server.settle()


def test_a_system_without_room_for_a_process_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.workers.crew.PAUSE", 0.1)
    with whole(hosts("192.0.2.1")) as server:
        (first, *_) = server.pids()
        with monkeypatch.context() as full:
            full.setattr(os, "fork", no_room)
            os.kill(first, signal.SIGKILL)
            server.wait(lambda: "cannot be started" in server.output())
        server.wait(partial(server.is_replaced, first))


def no_room() -> int:
    raise OSError(11, "Resource temporarily unavailable")


def test_workers_do_not_outlive_the_supervisor(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(hosts("192.0.2.1"))
    command = [str(Path(sys.executable).parent / "corefile"), "run", "--workers", "2"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.stdout.read()  # ends when the last worker has closed it


def test_a_worker_that_wants_the_end_ends_all() -> None:
    port = free_port()
    text = f".:{port} {{\n bind 127.0.0.1\n loop\n forward . 127.0.0.1:{port}\n}}\n"
    with whole(text) as server:
        server.engine.loop.after(PATIENCE, server.engine.loop.stop)
        server.engine.loop.run()
        assert server.engine.status == 1
        assert "detected for zone" in server.output()


def test_workers_end_with_the_supervisor() -> None:
    server = Whole(hosts("192.0.2.1"), workers=3)
    server.start()
    pids = server.pids()
    assert len(pids) == 3
    server.close()
    assert all(is_gone(pid) for pid in pids)


def test_a_connection_outlives_a_change() -> None:
    with whole(hosts("192.0.2.1")) as server, socket.socket() as client:
        client.connect(server.client.getpeername())
        wire = dns.message.make_query("a.example.org.", "A").to_wire()
        for address in ("192.0.2.1", "192.0.2.2"):
            server.text = hosts(address)
            server.engine.reload_now()
            client.sendall(len(wire).to_bytes(2, "big") + wire)
            client.settimeout(PATIENCE)
            size = int.from_bytes(client.recv(2), "big")
            reply = dns.message.from_wire(client.recv(size))
            assert str(reply.answer[0]).endswith(f" {address}")


def test_pending_processes_are_told_about() -> None:
    with whole(hosts("192.0.2.1").replace("errors", "multisocket 3")) as server:
        assert "[WARNING] plugin/multisocket: 3 sockets are asked for and 2 are served" in server.output()


def test_a_reload_changes_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.workers.fleet.LINGER", 0.2)
    with whole(hosts("192.0.2.1"), count=count_sockets) as server:
        for number in (4, 1, 3, 3, 2):
            before = server.pids()
            server.send(100)
            server.text = hosts("192.0.2.1").replace("errors", f"multisocket {number}")
            server.engine.reload_now()
            server.send(100)
            server.settle()
            server.wait(partial(server.are_workers, number))
            assert server.pids()[: len(before)] == before[:number]  # those that stay are the same
            assert server.get("/ready") == (200, "OK")
        assert set(server.answers.values()) == {"192.0.2.1"}
        assert server.metric("coredns_dns_requests_total{") == server.sent  # also those of workers that have left
        assert server.metric("corefile_worker_restarts_total") == 0
        assert "WARNING" not in server.output()


def count_sockets(program: Program) -> int:
    use = program.blocks[0].plugin("multisocket")
    if use is None:
        return 2
    assert isinstance(use.configs[0], Multisocket)
    return use.configs[0].sockets


def test_new_workers_answer_and_those_that_leave_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.workers.fleet.LINGER", 0.5)
    with whole(hosts("192.0.2.1").replace("errors", "multisocket 2"), count=count_sockets) as server:
        server.text = hosts("192.0.2.2").replace("errors", "multisocket 3")
        server.engine.reload_now()
        fleet = server.fleet
        server.wait(lambda: all(member.serving for member in fleet.crew.members))
        server.send(300)
        server.settle()
        server.metric("coredns_dns_requests_total{")
        assert [share > 40 for share in shares(server)] == [True] * 3  # 100 ± 8
        os.kill(server.pids()[2], signal.SIGSTOP)
        server.send(60)  # a third of them wait for the one that leaves
        server.text = hosts("192.0.2.3").replace("errors", "multisocket 2")
        leaves = server.pids()[2]
        os.kill(leaves, signal.SIGCONT)
        server.engine.reload_now()
        server.settle()
        server.wait(partial(server.are_workers, 2))
        assert is_gone(leaves)


def test_queries_come_in_turns_while_all_answer_briefly(turns: list[int]) -> None:
    with whole(hosts("192.0.2.1")) as server:
        fleet = server.fleet
        for number, said, expected in ((0, True, []), (1, True, [2]), (0, False, [2]), (0, True, [2, 2])):
            fleet._hear(fleet.crew.members[number], messages.Brief(said))  # pyright: ignore[reportPrivateUsage]
            server.engine.loop.step(0)
            assert turns == expected
        server.send(50)
        server.settle()
