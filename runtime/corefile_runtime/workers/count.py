"""How many processes a program asks for."""

from __future__ import annotations

import contextlib
import os
from typing import cast

from corefile.ir.program import Program
from corefile.plugins.multisocket import Multisocket

PER_PROCESSOR, AT_LEAST = 4, 8


def count_processors() -> int:
    """Those that this process may use, by its affinity and by the quota of its control group."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError), open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
        quota, period = file.read().split()[:2]
        if quota != "max":
            found = min(found, max(2, -(-int(quota) // int(period))))  # as Go: rounded up, not below two
    return found


def count_wanted(config: Multisocket) -> int:
    """The processes of one `multisocket`; more than a few for each processor would only cost memory."""
    return min(config.sockets or count_processors(), max(AT_LEAST, PER_PROCESSOR * count_processors()))


def count_workers(program: Program) -> int:
    """The processes of a program: each serves every address, and the largest number counts."""
    uses = [use for block in program.blocks if (use := block.plugin("multisocket")) is not None]
    return max((count_wanted(cast("Multisocket", use.configs[0])) for use in uses), default=1)
