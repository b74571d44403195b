"""The parts of several processes, each by itself: messages, sums, and a worker on a thread's hand."""

import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Generator

import pytest
from corefile_runtime.events.log_output import Output
from corefile_runtime.metrics.process import Process
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.workers import messages
from corefile_runtime.workers.aggregation import add_all, read_all
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.load import Load
from corefile_runtime.workers.output import SharedOutput
from corefile_runtime.workers.packing import pack, unpack
from corefile_runtime.workers.sockets import Sockets
from corefile_runtime.workers.worker import Worker

from corefile.compiler import Options, compile_corefile
from corefile.ir.program import Program

ADDRESS = messages.Address(socket.SOCK_DGRAM, "127.0.0.1", 0)


def compiled(text: str) -> Program:
    found = compile_corefile(text, "Corefile", Options(extensions=True))
    assert found.refusal is None
    return found.program


@pytest.fixture
def pair() -> Generator[tuple[Channel, Channel]]:
    ends = [Channel(end) for end in socket.socketpair()]
    yield ends[0], ends[1]
    for end in ends:
        end.close()


def test_messages_come_in_order_with_their_descriptors(pair: tuple[Channel, Channel]) -> None:
    ours, theirs = pair
    read, write = os.pipe()
    ours.send("first")
    ours.send(messages.Given(ADDRESS), [write])
    ours.send("x" * 3_000_000)  # more than the sockets hold
    ours.send("last", [read])
    assert ours.pending
    got: list[tuple[object, list[int]]] = []
    while len(got) < 4:
        got += theirs.receive()
        ours.flush()
    assert [message for message, _ in got[:2]] == ["first", messages.Given(ADDRESS)]
    assert got[3][0] == "last"
    os.write(got[1][1][0], b"through")
    assert os.read(got[3][1][0], 7) == b"through"
    assert theirs.receive() == []
    for descriptor in (read, write, *got[1][1], *got[3][1]):
        os.close(descriptor)


def test_the_other_end_is_gone(pair: tuple[Channel, Channel]) -> None:
    ours, theirs = pair
    ours.send("last words")
    ours.close()
    assert [message for message, _ in theirs.receive()] == ["last words"]
    with pytest.raises(EOFError):
        theirs.receive()
    theirs.send("nobody hears")
    assert not theirs.pending


def test_answers_are_brief_when_they_cost_less_than_a_wake_up() -> None:
    load = Load()
    looks = [
        (0, 1.0, False),
        (1000, 0.009, False),
        (2000, 0.007, True),
        (3000, 0.009, True),
        (4000, 0.011, False),
        (4000, 1.0, False),
        (100, 1.0, False),  # a listener has gone
        (1100, 0.007, True),
    ]
    spent = 0.0
    for queries, seconds, are_brief in looks:
        spent += seconds
        changed = load.are_brief != are_brief
        assert load.look(queries, spent) == changed
        assert load.are_brief == are_brief


def test_the_more_queries_the_sooner_is_the_next_look() -> None:
    load = Load()
    assert [(load.look(queries, 1.0), load.pause)[1] for queries in (0, 2000, 2100)] == [1.0, 0.1, 1.0]


def registry(requests: int, entries: int, at: float) -> Registry:
    metrics = Registry()
    metrics.counter("requests_total", "Requests.", "zone").cell(".").add(requests)
    metrics.gauge("coredns_cache_entries", "Entries.", adds=True).cell().value = entries
    metrics.gauge("changed", "When.").cell().value = at
    metrics.histogram("seconds", "Time.", (1.0, 2.0)).cell().observe(1.5, requests)
    metrics.histogram("unused", "Nothing.", (1.0,))
    return metrics


def test_sums() -> None:
    whole = Registry()
    add_all(whole, read_all(registry(2, 10, -5.0)))
    add_all(whole, read_all(registry(3, 20, -7.0)))
    add_all(whole, read_all(registry(4, 99, 8.0)), gauges=False)
    lines = [line for line in whole.render().splitlines() if not line.startswith("#")]
    assert lines == [
        "changed -5",
        "coredns_cache_entries 30",
        'requests_total{zone="."} 9',
        'seconds_bucket{le="1"} 0',
        'seconds_bucket{le="2"} 9',
        'seconds_bucket{le="+Inf"} 9',
        "seconds_sum 13.5",
        "seconds_count 9",
    ]


def test_lines_leave_in_pieces_that_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []

    def write(_descriptor: int, data: bytes) -> int:
        written.append(data)
        return len(data)

    monkeypatch.setattr(os, "write", write)
    output = SharedOutput(os.open(os.devnull, os.O_WRONLY))
    output._lines = ["x" * 1500] * 4 + ["y" * 9000, "z"]  # pyright: ignore[reportPrivateUsage]
    output.flush()
    output.flush()
    assert [len(data) for data in written] == [3002, 3002, 9001, 2]


def test_a_reader_that_is_gone_stops_nobody() -> None:
    read, write = os.pipe()
    os.close(read)
    SharedOutput(write).line("nobody reads")
    os.close(write)


SIGNS = messages.Counts, messages.Alive, messages.Preparing


class Hand:
    """Plays the supervisor of one worker: on another thread it gives sockets, and goes through a list of messages.

    The next of them are sent when the worker has said something that is no sign of life.
    """

    def __init__(self, script: list[list[object]]) -> None:
        ours, theirs = socket.socketpair()
        self.theirs = Channel(theirs)
        self.heard: list[object] = []
        self._channel = Channel(ours)
        self._script = script
        self._sockets = Sockets()
        self._thread = threading.Thread(target=self._run)

    def play(self, program: Program) -> Worker:
        """Serve until the script is over."""
        worker = Worker(self.theirs, 0, 1, replay=True, output=Output(os.open(os.devnull, os.O_WRONLY)))
        self._thread.start()
        worker.serve(program)
        self._thread.join(60)
        os.close(worker.output.descriptor)
        return worker

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        while True:
            poll.poll(60_000)
            try:
                got = self._channel.receive()
            except EOFError:
                break
            for message, _ in got:
                self.heard.append(message)
                self._answer(message)
        self._channel.close()
        self._sockets.keep([])

    def _answer(self, message: object) -> None:
        if isinstance(message, messages.Want):
            try:
                made = self._sockets.give(message.address, 0)
            except OSError as error:
                self._channel.send(messages.Given(message.address, error.errno or 0, "not to be had"))
            else:
                self._channel.send(messages.Given(message.address), [made.fileno()])
        elif not isinstance(message, SIGNS) and self._script:
            for one in self._script.pop(0):
                self._channel.send(one)
            if isinstance(message, messages.Ready) and message.error:
                self._channel.send(messages.Report(1))


def hosts(address: str, more: str = "") -> Program:
    return compiled(f".:0 {{\n bind 127.0.0.1\n hosts {{\n {address} a.example.org\n }}\n}}\n{more}")


def prepare(number: int, program: Program) -> messages.Prepare:
    return messages.Prepare(number, pack(program, lambda: None), 1)


def test_a_worker_does_what_it_is_told() -> None:
    more = ".:0 {\n bind 127.0.0.2\n erratic\n}\n"
    hand = Hand(
        [
            [messages.Commit()],
            [prepare(1, hosts("192.0.2.2", more))],
            [messages.Commit()],
            [messages.AskReadiness(7)],
            [prepare(2, hosts("192.0.2.2", ".:0 {\n bind 203.0.113.1\n whoami\n}\n"))],
            [prepare(3, hosts("192.0.2.3"))],
            [messages.End()],
        ]
    )
    hand.play(hosts("192.0.2.1"))
    said = [message for message in hand.heard if not isinstance(message, (*SIGNS, messages.Want))]
    assert [type(message).__name__ for message in said] == [
        "Ready", "Serving", "Ready", "Serving", "WorkerReadiness", "Ready", "Ready",
    ]  # fmt: skip
    assert said[0] == messages.Ready(0, "")
    assert isinstance(said[1], messages.Serving)
    assert len(said[1].addresses) == 2
    assert said[2] == messages.Ready(1, "")
    assert isinstance(said[3], messages.Serving)
    assert len(said[3].addresses) == 4
    assert said[4] == messages.WorkerReadiness([(1, "erratic", False)], 7)
    assert isinstance(said[5], messages.Ready)
    assert "not to be had" in said[5].error
    assert said[6] == messages.Ready(3, "")
    last = hand.heard[-1]
    assert isinstance(last, messages.Counts)
    assert isinstance(last.process, Process)


def test_a_worker_that_cannot_start_says_why() -> None:
    hand = Hand([])
    hand.play(compiled(".:0 {\n bind 203.0.113.1\n whoami\n}\n"))
    said = [message for message in hand.heard if not isinstance(message, (*SIGNS, messages.Want))]
    (failed,) = said
    assert isinstance(failed, messages.Failed)
    assert "not to be had" in failed.error


def test_a_change_that_was_not_prepared_is_the_end_of_a_worker() -> None:
    hand = Hand([[messages.Commit()], [messages.Commit()]])
    hand.play(hosts("192.0.2.1"))
    assert any(isinstance(message, messages.Failed) for message in hand.heard)


def test_what_was_prepared_can_be_abandoned() -> None:
    hand = Hand(
        [
            [messages.Commit()],
            [prepare(1, hosts("192.0.2.2"))],
            [messages.Abandon(), messages.AskReadiness(1)],
            [messages.End()],
        ]
    )
    hand.play(hosts("192.0.2.1"))
    assert any(isinstance(message, messages.WorkerReadiness) for message in hand.heard)
    assert sum(isinstance(message, messages.Serving) for message in hand.heard) == 1


def test_a_plugin_may_end_everything() -> None:
    hand = Hand([])
    worker = Worker(hand.theirs, 0, 1, replay=True, output=Output(2))
    worker.fail()
    assert [message for message, _ in hand._channel.receive()] == [messages.Quit()]  # pyright: ignore[reportPrivateUsage]
    worker.close()
    hand._channel.close()  # pyright: ignore[reportPrivateUsage]


def test_one_process_loads_nothing_of_several() -> None:
    code = (
        "import sys; from corefile_cli.run import make_engine; from corefile.compiler import *; "
        "program = compile_corefile('. {\\n whoami\\n}\\n', 'Corefile', Options()).program; "
        "make_engine(lambda: program, program, replay=True, workers=None); "
        "print([name for name in sys.modules if 'workers' in name or 'proxied' in name])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_a_program_arrives_in_pieces_as_it_was() -> None:
    text = "".join(f"z{number}.example.org:0 {{\n    whoami\n}}\n" for number in range(250))
    program = compile_corefile(text, "Corefile").program
    rests: list[str] = []
    packed = pack(program, lambda: rests.append("pack"))
    assert unpack(packed, lambda: rests.append("unpack")) == program
    assert rests == ["pack"] * 3 + ["unpack"] * 3
