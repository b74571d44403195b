"""Metrics of the process itself."""

from __future__ import annotations

import os
import resource
from time import time
from typing import NamedTuple

from corefile_runtime.metrics.registry import render_number

_STARTED = time()


class Process(NamedTuple):
    """What the system knows of a process: seconds of CPU time, open files, octets of memory."""

    cpu: float
    files: int
    resident: int
    virtual: int


def read_process() -> Process:
    """This process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Process(usage.ru_utime + usage.ru_stime, _open_files(), *_memory(usage.ru_maxrss))


def render_process(process: Process) -> str:
    """CPU time, memory, files and age of the process, under the names of Prometheus's libraries."""
    series = [
        ("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", process.cpu),
        ("process_max_fds", "gauge", "Maximum number of open file descriptors.",
         resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        ("process_open_fds", "gauge", "Number of open file descriptors.", process.files),
        ("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", process.resident),
        ("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", _STARTED),
        ("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", process.virtual),
    ]  # fmt: skip
    return "".join(
        f"# HELP {name} {text}\n# TYPE {name} {kind}\n{name} {render_number(value)}\n"
        for name, kind, text, value in series
    )


def _memory(peak: int) -> tuple[int, int]:
    """Resident and virtual size in octets; where there is no /proc, the peak stands for both."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            virtual, resident = file.read().split()[:2]
    except OSError:
        return peak * 1024, peak * 1024
    page = os.sysconf("SC_PAGE_SIZE")
    return int(resident) * page, int(virtual) * page


def _open_files() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0
