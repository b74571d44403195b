"""Reloads that fail in every way there is, again and again: what is left of them in the process."""

from __future__ import annotations

import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGUSR1

from tests.bench.bench import Bench, Unavailable
from tests.bench.corefiles import CACHE, FORWARD, block, inside
from tests.bench.probe import seconds_until_answer
from tests.bench.processes import Process
from tests.bench.results import Run
from tests.bench.servers import Server
from tests.bench.usage import descriptors, resident_megabytes, threads
from tests.ports import HOST

BLOCKS, POLL = 200, 2.5
EDITED = "edit.test"
KINDS = {  # what is appended to a good Corefile; `$number` makes each a new one
    "parse error": "broken$number.example:$port {\n    whoami\n",
    "refused by lint": block("nosuch", key="broken$number.example:$port"),
    "missing import": "import nosuch$number.conf\n",
    "unreadable": None,  # a folder in its place
    "not served": block("dnssec", "whoami", key="broken$number.example:$port"),
    "prepare raises": block("misbehaves prepare $number", "whoami", key="broken.example:$port"),
    "link raises": block("misbehaves link $number", "whoami", key="broken.example:$port"),
    "ready raises": block("misbehaves begin $number", "whoami", key="broken.example:$port"),
    "ready refuses": block("misbehaves refuse $number", "whoami", key="broken.example:$port"),
    "deadline": block("misbehaves hang $number", "whoami", key="broken.example:$port"),
    "no such address": "broken$number.example:$port {\n    bind 192.0.2.1\n    whoami\n}\n",
    "port taken": block("whoami", key="broken$number.example:$taken"),
    "endpoint taken": block("health 127.0.0.1:$taken", "whoami", key="broken$number.example:$port"),
    "odd port": block("whoami", key="broken$number.example:99999"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """So many failed reloads; `poll` has the `reload` plugin find them, which counts each, else a signal tells."""

    count: int
    poll: bool = False


def measure_failing(bench: Bench, servers: Sequence[Server], count: int) -> Iterator[Run]:
    """`count` by signal, and each kind once by poll."""
    for server in servers:
        for round_ in (Round(count=count), Round(count=len(KINDS), poll=True)):
            yield from _measure(bench, server, round_)


def _measure(bench: Bench, server: Server, round_: Round) -> Iterator[Run]:
    case = "failed by poll" if round_.poll else "failed by signal"
    with (
        bench.around("upstream"),
        closing(socket.create_server((HOST, 0))) as taken,
        bench.start(_with_plugin(server, bench.folder), bench.fill(_good(round_, 1))) as process,
    ):
        attempt = _Attempts(bench, server, process, round_, taken.getsockname()[1])
        if seconds_until_answer(bench.port, EDITED, limit=20, process=process) is None:
            yield Run(case=case, server=server.name, note=f"no answer: {process.last_words()}")
            return
        for number in range(round_.count):
            attempt.fail(number)
            if number + 1 in (round_.count // 5, round_.count):
                yield Run(case=f"{case}, {number + 1}", server=server.name, figures=attempt.figures())
        yield Run(case=f"{case}, then a good one", server=server.name, figures=attempt.succeed())


class _Attempts:
    def __init__(self, bench: Bench, server: Server, process: Process, round_: Round, taken: int) -> None:
        self._bench, self._server, self._process, self._round = bench, server, process, round_
        self._taken = str(taken)
        self._path = bench.folder / f"{server.name}.conf"

    def fail(self, number: int) -> None:
        kinds = list(KINDS)
        text = KINDS[kinds[number % len(kinds)]]
        before = self._failures()
        if text is None:
            self._path.unlink()
            self._path.mkdir()
        else:
            filled = text.replace("$number", str(number)).replace("$taken", self._taken)
            self._bench.configure(self._server, self._bench.fill(_good(self._round, 1) + filled))
        if not self._round.poll:
            self._process.signal(SIGUSR1)
        wait_for(lambda: self._failures() > before, f"no failure of: {kinds[number % len(kinds)]}")
        if text is None:
            self._path.rmdir()

    def succeed(self) -> dict[str, float]:
        self._bench.configure(self._server, self._bench.fill(_good(self._round, 2)))
        begun = time.perf_counter()
        if not self._round.poll:
            self._process.signal(SIGUSR1)
        found = seconds_until_answer(self._bench.port, EDITED, limit=15, wanted=lambda reply: reply[-1:] == b"\2")
        if found is None:
            raise Unavailable("the good configuration was not taken up")
        took = time.perf_counter() - begun
        time.sleep(1)
        return {"reload_ms": took * 1e3, **self.figures()}

    def figures(self) -> dict[str, float]:
        pid = self._process.pid
        return {
            "end_mb": resident_megabytes(pid),
            "descriptors": descriptors(pid),
            "threads": threads(pid),
            "failed": self._failures(),
        }

    def _failures(self) -> int:
        if self._round.poll:
            with urllib.request.urlopen(self._bench.fill("http://127.0.0.1:$metrics/metrics")) as answer:  # noqa: S310
                found = re.search(r"^coredns_reload_failed_total (\d+)", answer.read().decode(), re.MULTILINE)
            return int(found[1]) if found else 0
        return self._process.log.read_text(errors="replace").count("[ERROR] SIGUSR1: ")


def _good(round_: Round, address: int) -> str:
    endpoints = ("health 127.0.0.1:$health", "ready 127.0.0.1:$ready", "prometheus 127.0.0.1:$metrics")
    poll = ("reload 2s 1s",) if round_.poll else ()
    hosts = inside("hosts", f"192.0.2.{address} {EDITED}")
    plugins = ("errors", "prometheus 127.0.0.1:$metrics", CACHE, "loadbalance", FORWARD)
    others = (block(*plugins, key=f"z{number:04}.example:$port") for number in range(BLOCKS - 1))
    return block(*endpoints, *poll, hosts, key=f"{EDITED}:$port") + "".join(others)


def _with_plugin(server: Server, folder: Path) -> Server:
    """The server with the package of the bench installed: a folder on the path, and what tells its entry points."""
    told = folder / "misbehaving" / "misbehaving-1.dist-info"
    told.mkdir(parents=True, exist_ok=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1\n")
    place = "tests.bench.misbehaving.misbehaves"
    points = (("plugins", "PLUGIN"), ("handlers", "HANDLER"))
    (told / "entry_points.txt").write_text(
        "".join(f"[corefile.{group}]\nmisbehaves = {place}:{name}\n" for group, name in points)
    )
    return replace(server, paths=(told.parent, Path(__file__).parents[2]))


def wait_for(done: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Raises Unavailable with `what` when it does not come true."""
    end = time.perf_counter() + seconds
    while not done():
        if time.perf_counter() > end:
            raise Unavailable(what)
        time.sleep(0.005)
