"""What processes have used: CPU time and memory of a process and all its descendants, and of the machine (proc(5))."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree, with that of children which have ended."""
    return sum(sum(map(int, fields[11:15])) for _, fields in _tree(pid)) / TICKS


def resident_megabytes(pid: int) -> float:
    """Resident memory of the tree now; pages that processes share count in each."""
    return _memory(pid, "VmRSS")


def peak_megabytes(pid: int) -> float:
    """The most that was resident, summed over the processes there are."""
    return _memory(pid, "VmHWM")


def descriptors(pid: int) -> int:
    """Open files, sockets and pipes of the tree."""
    return sum(len(os.listdir(PROC / str(process) / "fd")) for process, _ in _tree(pid))


def threads(pid: int) -> int:
    """Threads of the tree."""
    return sum(len(os.listdir(PROC / str(process) / "task")) for process, _ in _tree(pid))


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """CPU seconds of the machine since it started: in use, taken by other guests, and in all."""

    busy: float
    stolen: float
    total: float

    @classmethod
    def now(cls) -> Machine:
        words = (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]
        user, nice, system, idle, waiting, hard, soft, stolen = (int(word) / TICKS for word in words)
        busy = user + nice + system + hard + soft
        return cls(busy=busy, stolen=stolen, total=busy + idle + waiting + stolen)


def own_seconds() -> float:
    """CPU time of this process and of its children that have ended, dnsperf among them."""
    return sum(os.times()[:4])


def _memory(pid: int, key: str) -> float:
    kibibytes = 0
    for process, _ in _tree(pid):
        try:
            found = re.search(rf"^{key}:\s+(\d+)", (PROC / str(process) / "status").read_text(), re.MULTILINE)
        except OSError:
            continue
        kibibytes += int(found[1]) if found else 0
    return kibibytes / 1024


def _tree(pid: int) -> Iterator[tuple[int, list[str]]]:
    """The process and its descendants, each with its fields from `state` on."""
    stats = dict(_processes())
    children: dict[int, list[int]] = {}
    for process, fields in stats.items():
        children.setdefault(int(fields[1]), []).append(process)
    left = [pid] if pid in stats else []
    while left:
        process = left.pop()
        yield process, stats[process]
        left += children.get(process, [])


def _processes() -> Iterator[tuple[int, list[str]]]:
    for entry in os.listdir(PROC):
        if entry.isdigit():
            try:
                text = (PROC / entry / "stat").read_text()
            except OSError:
                continue  # it has ended meanwhile
            yield int(entry), text.rpartition(")")[2].split()  # the name before may have blanks and brackets
