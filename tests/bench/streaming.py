"""A reply of very many records over TCP, as AXFR is, and what all others wait for meanwhile."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator

from corefile_runtime.chain.home import Home
from corefile_runtime.chain.reply import Outcome, Serve, Stream
from corefile_runtime.chain.site import Link, Site
from corefile_runtime.testing import Running, Words, made_up, serve
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

from tests.bench.inputs import question
from tests.bench.results import Run
from tests.bench.usage import resident_megabytes

EACH = 500
"""Records of a message."""
OTHER = "other.example"


def measure_stream(records: int, rounds: int) -> Iterator[Run]:
    """A client that reads as fast as it can, and one that takes a rest after each message; others ask over UDP."""

    def prepare(_configs: tuple[Words, ...], _home: Home) -> Link:
        return lambda site: _serve(site, records)

    sys.setswitchinterval(0.0005)
    with made_up("streamed", prepare), serve("streamed\nwhoami") as server:
        for turn in range(rounds):
            for case, rest in (("stream, nothing", None), ("stream, fast", 0.0), ("stream, slow", 0.005)):
                yield _measure(server, case, turn, rest, records)


def _serve(site: Site, records: int) -> Serve:
    def answer(query: Query) -> Outcome:
        if query.via.over == "udp":
            return site.next(query)
        messages = _messages(query, records)
        return Stream(NOERROR, next(messages), messages)

    return answer


def _messages(query: Query, records: int) -> Iterator[bytes]:
    for at in range(0, records, EACH):
        yield compose(query, NOERROR, [_record(number) for number in range(at, min(at + EACH, records))])


def _record(number: int) -> Record:
    text = f"n{number}".encode()
    return Record(
        bytes((len(text),)) + text + b"\7example\0", A, 1, 60, b"\xc0\0" + (number & 65535).to_bytes(2, "big")
    )


def _measure(server: Running, case: str, turn: int, rest: float | None, records: int) -> Run:
    """The server has the loop of this thread, clients have threads of their own.

    These take the interpreter from it, so beside what others wait for there is the processor time of its longest round.
    """
    ended = threading.Event()
    waits: list[float] = []
    got: list[int] = []
    threads = [threading.Thread(target=_ask, args=(server.port, ended, waits))]
    if rest is not None:
        threads.append(threading.Thread(target=_read, args=(server.port, -(-records // EACH), rest, ended, got)))
    for thread in threads:
        thread.start()
    begun, rounds = time.perf_counter(), 0.0
    while not ended.is_set() and time.perf_counter() - begun < (1.0 if rest is None else 60.0):
        before = time.thread_time()
        server.loop.step(0.01)
        rounds = max(rounds, time.thread_time() - before)
    took = time.perf_counter() - begun
    ended.set()
    while any(thread.is_alive() for thread in threads):
        server.loop.step(0.01)
    waits.sort()
    figures = {
        "longest_ms": max(waits) * 1e3,
        "p99_us": waits[len(waits) * 99 // 100] * 1e6,
        "round_cpu_ms": rounds * 1e3,
        "wall_ms": took * 1e3,
        "messages": float(len(got)),
        "end_mb": resident_megabytes(os.getpid()),
    }
    return Run(case=case, server=f"{records} records", round=turn, figures=figures)


def _ask(port: int, ended: threading.Event, waits: list[float]) -> None:
    query = question(OTHER)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.settimeout(5)
        while not ended.is_set():
            begun = time.perf_counter()
            client.send(query)
            client.recv(512)
            waits.append(time.perf_counter() - begun)
            time.sleep(0.002)


def _read(port: int, messages: int, rest: float, ended: threading.Event, got: list[int]) -> None:
    query = question("example")
    try:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(len(query).to_bytes(2, "big") + query)
            data = client.makefile("rb")
            for _ in range(messages):
                got.append(len(data.read(int.from_bytes(data.read(2), "big"))))
                if rest:
                    time.sleep(rest)
    finally:
        ended.set()
