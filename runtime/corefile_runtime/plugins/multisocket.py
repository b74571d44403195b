"""multisocket: several processes on sockets that share a port, of which the kernel gives each a part of the queries."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from corefile.plugins.multisocket import Multisocket
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.offers import Process

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.home import Home

PER_PROCESSOR, AT_LEAST = 4, 8
"""More processes than a few for each processor would only cost memory; CoreDNS's sockets cost hardly any."""


def prepare(config: Multisocket, home: Home) -> None:
    """Processes are started before plugins are prepared: here it is only said when there are fewer than wanted."""
    process = home.find_one(Process)

    def tell() -> None:
        there, possible = process.processes, count_wanted((config,))
        wanted = config.sockets or possible
        if wanted <= there:
            return
        text = f"{wanted} sockets are asked for and {there} {'are' if there > 1 else 'is'} served"
        if possible > there:
            text += ": the number of processes changes with the next start"
        home.log("WARNING", text)

    home.on_start(tell)


def count_wanted(configs: tuple[Config, ...]) -> int:
    """The processes of one use; without a number one for each processor, as CoreDNS has GOMAXPROCS sockets."""
    *_, sockets = (config.sockets for config in configs if isinstance(config, Multisocket))
    return min(sockets or count_processors(), max(AT_LEAST, PER_PROCESSOR * count_processors()))


def count_processors() -> int:
    """Those that this process may use, by its affinity and by the quota of its control group."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError), open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
        quota, period = file.read().split()[:2]
        if quota != "max":
            found = min(found, max(2, -(-int(quota) // int(period))))  # as Go: rounded up, not below two
    return found


HANDLER = Handler(one(Multisocket, prepare), runs="once", processes=count_wanted)
