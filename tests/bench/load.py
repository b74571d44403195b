"""Under load: CPU time for a query, throughput, latency and memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench.bench import Bench, Unavailable
from tests.bench.cases import CASES, Case
from tests.bench.dnsperf import Load
from tests.bench.inputs import write_queries
from tests.bench.probe import seconds_until_answer
from tests.bench.processes import Process
from tests.bench.results import Run
from tests.bench.servers import Server
from tests.bench.usage import Machine, cpu_seconds, own_seconds, peak_megabytes, resident_megabytes

LIGHT_SECONDS = 2
PASS_SECONDS = 60  # when a list that is asked once is not through after this, it is cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Names of cases, rounds of each, seconds of a run, and queries a second of the run at a low rate."""

    cases: Sequence[str]
    rounds: int = 3
    seconds: int = 3
    rate: int = 2000


def measure_load(bench: Bench, servers: Sequence[Server], plan: Plan) -> Iterator[Run]:
    """The servers take turns within each case, so that what changes on the machine meets all of them."""
    for name in plan.cases:
        case = CASES[name]
        able = [server for server in servers if case.configuration(server.dialect) is not None]
        for turn in range(plan.rounds):
            for server in able:
                figures, note = _measure(bench, server, case, plan)
                yield Run(case=name, server=server.name, round=turn, figures=figures, note=note)


def _measure(bench: Bench, server: Server, case: Case, plan: Plan) -> tuple[dict[str, float], str]:
    """Figures of a fresh process, and a note that says why there are none."""
    configuration = case.configuration(server.dialect)
    assert configuration is not None
    try:
        with (
            bench.around(*case.beside) as beside,
            bench.start(server, bench.fill(configuration)) as process,
        ):
            if not _is_up(bench, case, process):
                return {}, f"no answer: {process.last_words()}"
            return _loaded(bench, case, plan, process, tuple(beside.values())), ""
    except (Unavailable, OSError) as error:
        return {}, str(error)


def _is_up(bench: Bench, case: Case, process: Process) -> bool:
    name = case.probe or _first_name(bench, case)
    took = seconds_until_answer(bench.port, name, limit=20, every=0.05, transport=case.transport, process=process)
    return took is not None


def _first_name(bench: Bench, case: Case) -> str:
    with write_queries(bench.folder, case.queries).open() as lines:
        return next(lines).split()[0]


def _loaded(bench: Bench, case: Case, plan: Plan, process: Process, beside: Sequence[Process]) -> dict[str, float]:
    queries = write_queries(bench.folder, case.queries)
    light_queries = write_queries(bench.folder, case.queries, late=case.once)
    time.sleep(0.2)  # what a server does after its first answer is no work of queries
    idle = resident_megabytes(process.pid)
    if not case.once:
        bench.ask(case, queries, "-n", "2", "-l", "5")
        bench.ask(case, queries, "-l", "1")
    long = ("-n", "1", "-l", str(PASS_SECONDS)) if case.once else ("-l", str(max(plan.seconds, case.seconds)))
    before = _Clocks.now(process, beside)
    load = bench.ask(case, queries, *long, *(("-Q", str(case.rate)) if case.rate else ()))
    spent = _Clocks.now(process, beside) - before
    light_before = cpu_seconds(process.pid)
    light = bench.ask(case, light_queries, "-l", str(LIGHT_SECONDS), "-Q", str(plan.rate), "-v")
    light_spent = cpu_seconds(process.pid) - light_before
    memory = {"idle_mb": idle, "peak_mb": peak_megabytes(process.pid), "end_mb": resident_megabytes(process.pid)}
    return figures_of(load, case.rcode, spent.server) | _light(light, light_spent) | spent.noise() | memory


def figures_of(load: Load, rcode: str, cpu: float) -> dict[str, float]:
    """What a run of dnsperf says, with the CPU seconds that the server spent meanwhile."""
    figures: dict[str, float] = {
        "sent": load.sent,
        "done": load.completed,
        "lost": load.lost,
        "bad": load.completed - load.rcodes.get(rcode, 0),
        "qps": load.rate,
        "avg_us": load.average * 1e6,
        "reply_octets": load.reply_octets,
    }
    if load.completed:
        figures |= {"cpu_us": cpu * 1e6 / load.completed, "cores": cpu / load.seconds}
    return figures


def _light(load: Load, cpu: float) -> dict[str, float]:
    """At a low rate, so that the latency is not that of dnsperf's own queue."""
    found = {"p50_us": load.latency(0.5), "p99_us": load.latency(0.99)}
    figures = {key: seconds * 1e6 for key, seconds in found.items() if seconds is not None}
    return figures | ({"light_cpu_us": cpu * 1e6 / load.completed} if load.completed else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clocks:
    """CPU seconds of the server, of what we started beside it, and of the machine."""

    server: float
    beside: float
    own: float
    machine: Machine

    @classmethod
    def now(cls, process: Process, beside: Sequence[Process]) -> _Clocks:
        return cls(
            server=cpu_seconds(process.pid),
            beside=sum(cpu_seconds(other.pid) for other in beside),
            own=own_seconds(),
            machine=Machine.now(),
        )

    def __sub__(self, before: _Clocks) -> _Clocks:
        now, then = self.machine, before.machine
        machine = Machine(busy=now.busy - then.busy, stolen=now.stolen - then.stolen, total=now.total - then.total)
        return _Clocks(
            server=self.server - before.server,
            beside=self.beside - before.beside,
            own=self.own - before.own,
            machine=machine,
        )

    def noise(self) -> dict[str, float]:
        """Shares of the machine that unrelated processes and other guests took."""
        total = self.machine.total or 1
        others = self.machine.busy - self.server - self.beside - self.own
        return {"others": max(0.0, others) / total, "steal": self.machine.stolen / total}
