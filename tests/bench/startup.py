"""Starts and reloads: how long until the first answer."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from signal import SIGUSR1

from tests.bench import corefiles
from tests.bench.bench import Bench
from tests.bench.cases import Case
from tests.bench.corefiles import block, inside, many_blocks
from tests.bench.dnsperf import command, parse_output
from tests.bench.inputs import write_zone
from tests.bench.probe import seconds_until_answer
from tests.bench.processes import Process
from tests.bench.results import Run
from tests.bench.servers import Server
from tests.bench.usage import cpu_seconds, peak_megabytes, resident_megabytes

SHAPES = {  # a Corefile, and a name that it answers
    "whoami": (block("whoami"), "n1.example"),
    "kube": (corefiles.KUBERNETES_LIKE, "n1.example"),
    "blocks-5000": (many_blocks(5000), "z4999.example"),
    "zone-100k": (corefiles.LARGE_ZONE, "n99999.zone.example"),
}
EDITED = "edit.test"
LIMIT = 60.0  # seconds for a start


def measure_startup(bench: Bench, servers: Sequence[Server], rounds: int) -> Iterator[Run]:
    """Starts, interleaved, and then reloads, of the servers that read a Corefile."""
    able = [server for server in servers if server.dialect == "corefile"]
    write_zone(bench.folder / "db.100k", 100_000)
    for turn in range(rounds):
        for shape, (text, name) in SHAPES.items():
            for server in able:
                figures, note = _start(bench, server, text, name)
                yield Run(case=f"start {shape}", server=server.name, round=turn, figures=figures, note=note)
    for server in able:
        for reload in RELOADS:
            yield from _reload(bench, server, reload)


def _start(bench: Bench, server: Server, text: str, name: str) -> tuple[dict[str, float], str]:
    with bench.around("upstream"), bench.start(server, bench.fill(text)) as process:
        if seconds_until_answer(bench.port, name, limit=LIMIT, process=process) is None:
            return {}, f"no answer: {process.last_words()}"
        took, cpu = time.perf_counter() - process.started, cpu_seconds(process.pid)
        time.sleep(0.3)  # what is freed after a start is freed by then
        return {
            "first_answer_ms": took * 1e3,
            "cpu_ms": cpu * 1e3,
            "idle_mb": resident_megabytes(process.pid),
            "peak_mb": peak_megabytes(process.pid),
        }, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """Edits of a Corefile that has something else besides; found by the `reload` plugin, or told by a signal."""

    name: str
    edits: int = 5
    poll: str = ""
    besides: str = ""


RELOADS = (
    Reload(name="reload by signal, one block"),
    Reload(name="reload by poll of 2s, one block", edits=3, poll="reload 2s 1s"),
    Reload(name="reload by signal, 5000 blocks", besides=many_blocks(5000)),
)
WATCHED = Case(title="the name that is edited", corefile="", clients=1)


def _reload(bench: Bench, server: Server, reload: Reload) -> Iterator[Run]:
    """From each edit to the first new answer, at 2,000 queries a second; at the end what was lost of these."""
    with bench.around(), bench.start(server, bench.fill(edited(reload, 1))) as process:
        if seconds_until_answer(bench.port, EDITED, limit=LIMIT, process=process) is None:
            yield Run(case=reload.name, server=server.name, note=f"no answer: {process.last_words()}")
            return
        queries = bench.folder / "queries-edit.txt"
        queries.write_text(f"{EDITED} A\n")
        asked = command(WATCHED, bench.port, queries, "-Q", "2000", "-l", "8")
        with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as meanwhile:
            for edit in range(2, 2 + reload.edits):
                time.sleep(0.3)
                run = _edit(bench, server, process, reload, edit)
                yield run
                if run.note:
                    break
            load = parse_output(meanwhile.communicate()[0])
        figures = {"lost_meanwhile": float(load.lost), "end_mb": resident_megabytes(process.pid)}
        yield Run(case=reload.name, server=server.name, figures=figures)


def _edit(bench: Bench, server: Server, process: Process, reload: Reload, edit: int) -> Run:
    bench.configure(server, bench.fill(edited(reload, edit)))
    cpu, begun = cpu_seconds(process.pid), time.perf_counter()
    if not reload.poll:
        process.signal(SIGUSR1)
    found = seconds_until_answer(
        bench.port, EDITED, limit=15, every=0.0005, wanted=lambda reply: reply[-1:] == bytes((edit,))
    )
    if found is None:
        return Run(case=reload.name, server=server.name, round=edit, note=f"edit {edit - 1} was not taken up")
    took = time.perf_counter() - begun
    figures = {"reload_ms": took * 1e3, "cpu_ms": (cpu_seconds(process.pid) - cpu) * 1e3}
    return Run(case=reload.name, server=server.name, round=edit, figures=figures)


def edited(reload: Reload, edit: int) -> str:
    """The Corefile after an edit: the last octet of the one address is its number."""
    hosts = inside("hosts", f"192.0.2.{edit} {EDITED}")
    return block(*filter(None, (reload.poll, hosts)), key=f"{EDITED}:$port") + reload.besides
