"""Names in random letters whose state changes all the time: what is replayed, what it costs in memory, what is stale.

Server and client are in this process, with a socket between them: so it is known for each answer what is right.
"""

from __future__ import annotations

import os
import random
import socket
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corefile_runtime.chain.home import Home
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.chain.site import Link, Site
from corefile_runtime.replay.eras import Sources
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import Running, Words, made_up, serve
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

from tests.bench.inputs import question
from tests.bench.results import Run
from tests.bench.usage import own_seconds, resident_megabytes

NAMES, BATCH, BELOW = 10_000, 50, "letters.example"
SAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many queries, at a `rate` a second; in each of these seconds there are so many `changes`."""

    queries: int
    rate: int = 5_000
    changes: int = 50


class World:
    """What the names have now, as (a number for each of) the last two octets of an address."""

    def __init__(self) -> None:
        self.now = [0] * NAMES
        self.asked = 0
        self.sources: Sources[bytes] = Sources()

    def prepare(self, _configs: tuple[Words, ...], _home: Home) -> Link:
        """A plugin with a source for each name."""

        def link(_site: Site) -> Serve:
            return self._answer

        return link

    def _answer(self, query: Query) -> Outcome:
        self.asked += 1
        name = query.name
        value = self.now[int(name[2 : 1 + name[0]])]
        record = Record(query.asked, A, query.qclass, 60, address(value))
        return Reply(NOERROR, compose(query, NOERROR, [record]), "", Terms(self.sources[name], folds=True))

    def prepare_count(self, _configs: tuple[Words, ...], _home: Home) -> Link:
        """A plugin that counts what goes through the chain."""

        def link(site: Site) -> Serve:
            def count(query: Query) -> Outcome:
                self.asked += 1
                return site.next(query)

            return count

        return link

    def change(self, number: int) -> None:
        """One name has another address."""
        self.now[number] = (self.now[number] + 1) % 65536
        self.sources.drop(label(number))


def measure_letters(queries: int) -> Iterator[Run]:
    """A plugin with a source for each name, and `hosts`, which has one for all and whose file changes every 5 s."""
    load = Load(queries=queries)
    world = World()
    with made_up("letters", world.prepare), serve("letters\nwhoami") as server:
        yield from _measure("letters, a source each", server, world, load, lambda: world.asked, world.change)
    for rate in (load.rate, 4 * load.rate):
        world = World()
        with made_up("counted", world.prepare_count, before="hosts"), _hosts(world) as (server, rewrite):
            plan = Load(queries=queries, rate=rate, changes=0)
            case = f"letters, one source (hosts), {rate} a second"
            yield from _measure(case, server, world, plan, lambda: world.asked, None, rewrite)  # noqa: B023


@contextmanager
def _hosts(world: World) -> Generator[tuple[Running, Callable[[], None]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hosts"

        def write() -> None:
            path.write_text(
                "".join(f"192.0.{world.now[n] >> 8}.{world.now[n] & 255} n{n}.{BELOW}\n" for n in range(NAMES))
            )

        write()
        with serve(f"counted\nhosts {path} {{\n reload 1s\n }}") as server:
            parsed = server.metric

            def rewrite() -> None:
                for number in range(0, NAMES, 40):
                    world.now[number] = (world.now[number] + 1) % 65536
                before = parsed("coredns_hosts_reload_timestamp_seconds")
                write()
                server.wait(lambda: parsed("coredns_hosts_reload_timestamp_seconds") != before)

            yield server, rewrite


def _measure(
    case: str,
    server: Running,
    world: World,
    load: Load,
    asked: Callable[[], int],
    change: Callable[[int], None] | None,
    rewrite: Callable[[], None] | None = None,
) -> Iterator[Run]:
    chance = random.Random(7)  # noqa: S311 - the same queries each time
    done = stale = lost = 0
    missed, cpu, begun = asked(), own_seconds(), time.perf_counter()
    after_changes = load.rate // load.changes if load.changes else 0
    after_rewrite = load.rate * 5 if rewrite else 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.connect(("127.0.0.1", server.port))
        client.setblocking(False)
        for sample in range(SAMPLES):
            while done < load.queries * (sample + 1) // SAMPLES:
                numbers = [chance.randrange(NAMES) for _ in range(BATCH)]
                for place, number in enumerate(numbers):
                    client.send(place.to_bytes(2, "big") + question(_in_letters(number, chance))[2:])
                got = _receive(server, client)
                lost += BATCH - len(got)
                stale += sum(wire[-4:] != address(world.now[numbers[place]]) for place, wire in got.items())
                done += BATCH
                if change and after_changes and done % after_changes == 0:
                    change(chance.randrange(NAMES))
                if rewrite and done % after_rewrite == 0:
                    rewrite()
            yield Run(
                case=case,
                server=f"after {done}",
                figures={
                    "end_mb": resident_megabytes(os.getpid()),
                    "replayed": 1 - (asked() - missed) / done,
                    "stale": stale,
                    "sent": done,
                    "done": done - lost,
                    "lost": lost,
                    "bad": 0,
                    "cpu_us": (own_seconds() - cpu) / done * 1e6,
                    "qps": done / (time.perf_counter() - begun),
                },
            )


def _receive(server: Running, client: socket.socket) -> dict[int, bytes]:
    """The replies to a batch, by their ID."""
    got: dict[int, bytes] = {}
    for _ in range(100):
        server.loop.step(0.01 if len(got) < BATCH else 0)
        try:
            while len(got) < BATCH:
                wire = client.recv(512)
                got[int.from_bytes(wire[:2], "big")] = wire
        except BlockingIOError:
            continue
        break
    return got


def _in_letters(number: int, chance: random.Random) -> str:
    return "".join(letter.upper() if chance.random() < 0.5 else letter for letter in f"n{number}.{BELOW}")


def label(number: int) -> bytes:
    """The name on the wire."""
    return question(f"n{number}.{BELOW}")[12:-4]


def address(value: int) -> bytes:
    """Where a name is."""
    return bytes((192, 0)) + value.to_bytes(2, "big")
