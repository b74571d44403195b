"""dnsperf: how it is asked, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.cases import Case
from tests.ports import HOST


def command(case: Case, port: int, queries: Path, *options: str) -> tuple[str, ...]:
    """The command for this list of queries; `options` say how long and how fast."""
    mode = () if case.transport == "udp" else ("-m", case.transport)
    clients = ("-c", str(case.clients), "-q", str(case.outstanding))
    return (
        "dnsperf",
        "-s",
        HOST,
        "-p",
        str(port),
        "-t",
        "2",
        *mode,
        *clients,
        *case.dnsperf,
        "-d",
        str(queries),
        *options,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of a run of dnsperf.

    Times are in seconds. `latencies` has one for each query, in order, when dnsperf was asked for them (-v); `rcodes`
    counts answers by mnemonic.
    """

    sent: int = 0
    completed: int = 0
    seconds: float = 0
    rate: float = 0
    average: float = 0
    reply_octets: int = 0
    rcodes: Mapping[str, int] = field(default_factory=dict[str, int])
    latencies: tuple[float, ...] = ()

    @property
    def lost(self) -> int:
        return self.sent - self.completed

    def latency(self, share: float) -> float | None:
        """What this share of the queries stays below."""
        if not self.latencies:
            return None
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


_LATENCY = re.compile(r"^> \w+ \S+ \S+ ([0-9.]+)$", re.MULTILINE)


def parse_output(text: str) -> Load:
    """What dnsperf printed. What it did not print, as when it did not start, is 0."""
    codes = re.search(r"^ *Response codes: +(.*)$", text, re.MULTILINE)
    return Load(
        sent=int(_number(text, r"Queries sent:")),
        completed=int(_number(text, r"Queries completed:")),
        seconds=_number(text, r"Run time \(s\):"),
        rate=_number(text, r"Queries per second:"),
        average=_number(text, r"Average Latency \(s\):"),
        reply_octets=int(_number(text, r"Average packet size:.*response")),
        rcodes={name: int(count) for name, count in re.findall(r"(\w+) (\d+) \(", codes[1] if codes else "")},
        latencies=tuple(sorted(float(found) for found in _LATENCY.findall(text))),
    )


def _number(text: str, label: str) -> float:
    found = re.search(label + r"\s+([0-9.]+)", text)
    return float(found[1]) if found else 0.0
