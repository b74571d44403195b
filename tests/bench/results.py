"""Results: runs, their medians, and the file that keeps them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

RANGED = ("cpu_us", "first_answer_ms", "reload_ms", "wall_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measurement of one server. A figure's unit is the end of its name; `note` is for people."""

    case: str
    server: str
    round: int = 0
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    note: str = ""

    @property
    def is_void(self) -> bool:
        """Whether it measured something else: wrong answers, or lost ones (a hundredth), or none."""
        if "sent" not in self.figures:
            return not self.figures
        done = self.figures["done"]
        return not done or self.figures["lost"] > done / 100 or self.figures["bad"] > done / 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The medians of the runs of one case and server; `ranges` has the least and the most of some of them."""

    case: str
    server: str
    rounds: int
    figures: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
    note: str = ""


def medians(runs: Iterable[Run]) -> tuple[Row, ...]:
    """A row for each case and server, in the order in which they came. Void runs count only where there is no other."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.case, run.server), []).append(run)
    return tuple(_row(case, server, found) for (case, server), found in groups.items())


def _row(case: str, server: str, runs: Sequence[Run]) -> Row:
    good = [run for run in runs if not run.is_void]
    counted = good or runs
    values: dict[str, list[float]] = {}
    for run in counted:
        for key, value in run.figures.items():
            values.setdefault(key, []).append(value)
    notes = [run.note for run in runs if run.note]
    if len(good) < len(runs):
        notes.append(f"{len(runs) - len(good)} of {len(runs)} void")
    return Row(
        case=case,
        server=server,
        rounds=len(good),
        figures={key: statistics.median(found) for key, found in values.items()},
        ranges={key: (min(values[key]), max(values[key])) for key in RANGED if key in values},
        note="; ".join(dict.fromkeys(notes)),
    )


def write_results(path: Path, runs: Sequence[Run]) -> None:
    """Runs and medians as JSON."""
    kept = {"version": 1, "runs": [asdict(run) for run in runs], "medians": [asdict(row) for row in medians(runs)]}
    path.write_text(json.dumps(kept, indent=1) + "\n")


def read_results(path: Path) -> list[Run]:
    """The runs of such a file. Raises OSError, or ValueError for what is none."""
    try:
        return [Run(**run) for run in json.loads(path.read_text())["runs"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} has no results of the bench") from error


def pool(results: Iterable[Sequence[Run]], *, most_noise: float) -> list[Run]:
    """The runs of several results, without void ones and those which others' work took more than this share from."""
    return [run for runs in results for run in runs if not run.is_void and run.figures.get("others", 0) <= most_noise]
