"""Reloads that hang or take long: what queries over UDP and TCP, and /health, wait for meanwhile."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from signal import SIGUSR1

from tests.bench.bench import Bench
from tests.bench.corefiles import CACHE, FORWARD, block, inside, many_blocks
from tests.bench.inputs import question
from tests.bench.probe import seconds_until_answer
from tests.bench.results import Run
from tests.bench.servers import Server
from tests.ports import HOST, free_port

NAME = "edit.test"
PATIENCE, QUIET, LINES = 5.0, 2.0, 100_000
GOOD = block("health 127.0.0.1:$health", inside("hosts", f"192.0.2.1 {NAME}"), key=f"{NAME}:$port")
CLUSTER = ("errors", CACHE, "loadbalance", FORWARD)
REFUSED, TAKEN = "[ERROR] SIGUSR1", "[INFO] Reloading complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is added to a good Corefile, and the line of the log that ends the reload."""

    text: str
    ends: str = TAKEN


SHAPES = {
    "nothing": Shape(text=""),
    "silent resolver": Shape(
        text=block(inside("forward . up.example.net", "resolver 127.0.0.1:$silent"), key="up.test:$port"), ends=REFUSED
    ),
    "hanging certificate": Shape(
        text=block("tls $dir/fifo $dir/fifo", "whoami", key="tls://up.test:$secure"), ends=REFUSED
    ),
    "hosts, 100,000 lines": Shape(text=block("hosts $dir/hosts.long", key="long.test:$port")),
    "5,000 blocks": Shape(text=many_blocks(5000)),
    "1,000 blocks of a cluster": Shape(
        text="".join(block(*CLUSTER, key=f"c{number}.example:$port") for number in range(1000))
    ),
}


def measure_hanging(bench: Bench, servers: Sequence[Server], rounds: int) -> Iterator[Run]:
    """Each shape with one process and with two workers: the longest waits, and how long the reload took."""
    if not (bench.folder / "fifo").exists():
        os.mkfifo(bench.folder / "fifo")
    lines = (f"192.0.{number >> 8 & 255}.{number & 255} n{number}.long.test\n" for number in range(LINES))
    (bench.folder / "hosts.long").write_text("".join(lines))
    for turn in range(rounds):
        for name, shape in SHAPES.items():
            for server in servers:
                for workers in (1, 2):
                    case = f"reload: {name}, {workers}"
                    with_workers = replace(server, command=f"{server.command} --workers {workers}")
                    figures, note = _measure(bench, with_workers, shape)
                    yield Run(case=case, server=server.name, round=turn, figures=figures, note=note)


def _measure(bench: Bench, server: Server, shape: Shape) -> tuple[dict[str, float], str]:
    with (
        bench.around("upstream"),
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent,
        bench.start(server, bench.fill(GOOD)) as process,
    ):
        silent.bind((HOST, 0))
        if seconds_until_answer(bench.port, NAME, limit=20, process=process) is None:
            return {}, f"no answer: {process.last_words()}"
        text = (GOOD + shape.text).replace("$silent", str(silent.getsockname()[1]))
        text = text.replace("$secure", str(free_port()))
        clients = _Clients(bench.port, int(bench.fill("$health")))
        time.sleep(QUIET / 2)
        bench.configure(server, bench.fill(text))
        begun = time.perf_counter()
        process.signal(SIGUSR1)
        while shape.ends not in process.log.read_text(errors="replace") and time.perf_counter() - begun < 30:
            time.sleep(0.02)
        took = time.perf_counter() - begun
        time.sleep(QUIET / 2)
        return {**clients.end(), "reload_ms": took * 1e3}, ""


class _Clients:
    """One asks over UDP 500 times a second, one over TCP 100 times, and one looks at /health 20 times."""

    def __init__(self, port: int, health: int) -> None:
        self._ended = threading.Event()
        self._longest: dict[str, float] = {}
        self._lost = 0
        query = question(NAME)

        def over_udp() -> None:
            udp.send(query)
            udp.recv(512)

        def over_tcp() -> None:
            tcp.sendall(len(query).to_bytes(2, "big") + query)
            tcp.recv(512)

        def over_http() -> None:
            with socket.create_connection((HOST, health), PATIENCE) as client:
                client.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                client.recv(512)

        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.settimeout(PATIENCE)
        udp.connect((HOST, port))
        tcp = socket.create_connection((HOST, port), PATIENCE)
        self._sockets = udp, tcp
        asked = (("udp_ms", over_udp, 0.002), ("tcp_ms", over_tcp, 0.01), ("health_ms", over_http, 0.05))
        over_http()  # what is loaded for the first connection is loaded
        self._threads = [threading.Thread(target=self._ask, args=one) for one in asked]
        for thread in self._threads:
            thread.start()

    def _ask(self, name: str, ask: Callable[[], object], every: float) -> None:
        longest = 0.0
        while not self._ended.is_set():
            begun = time.perf_counter()
            try:
                ask()
            except OSError:
                self._lost += 1
            took = time.perf_counter() - begun
            longest = max(longest, took)
            time.sleep(max(0.0, every - took))
        self._longest[name] = longest * 1e3

    def end(self) -> dict[str, float]:
        """The longest waits, and what has not been answered."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()
        return {**dict(sorted(self._longest.items())), "lost_meanwhile": self._lost}
