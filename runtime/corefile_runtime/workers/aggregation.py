"""Aggregation of metrics: those of several processes as those of one.

Counters and histograms are added up. Of gauges that tell how much a process holds the sum is taken, of all others the
largest: what each worker says of the one configuration (`coredns_plugin_enabled`, a time of reload) is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from corefile_runtime.metrics.registry import Buckets, Cell, Registry

Values = tuple[str, ...]


class Seen(NamedTuple):
    """One metric at one time: its numbers by the values of its labels."""

    kind: str
    name: str
    text: str
    labels: tuple[str, ...]
    adds: bool
    bounds: tuple[float, ...]
    numbers: dict[Values, float]
    observed: dict[Values, tuple[tuple[int, ...], float]]


def read_all(metrics: Registry) -> list[Seen]:
    """All metrics as they are now."""
    found: list[Seen] = []
    for family in metrics.families():
        numbers: dict[Values, float] = {}
        observed: dict[Values, tuple[tuple[int, ...], float]] = {}
        bounds: tuple[float, ...] = ()
        for values, cell in family.cells.items():
            if isinstance(cell, Cell):
                numbers[values] = cell.value
            else:
                bounds = tuple(cell.bounds)
                observed[values] = tuple(cell.counts), cell.total
        found.append(Seen(family.kind, family.name, family.text, family.labels, family.adds, bounds, numbers, observed))
    return found


def add_all(metrics: Registry, families: Iterable[Seen], *, gauges: bool = True) -> None:
    """Add one process's metrics to the sum; without `gauges` when the process is no more."""
    for seen in families:
        if seen.observed:
            _add_observed(metrics, seen)
        # What a process that is gone has counted stays counted; what it held, it holds no more.
        elif seen.numbers and (seen.kind == "counter" or gauges):
            _add_numbers(metrics, seen)


def _add_numbers(metrics: Registry, seen: Seen) -> None:
    if seen.kind == "counter":
        family = metrics.counter(seen.name, seen.text, *seen.labels)
    else:
        family = metrics.gauge(seen.name, seen.text, *seen.labels, adds=seen.adds)
    for values, number in seen.numbers.items():
        # A gauge may be negative, so the first number counts as it is.
        is_new = values not in family.cells
        cell = family.cell(*values)
        if seen.adds:
            cell.value += number
        elif is_new or number > cell.value:
            cell.value = number


def _add_observed(metrics: Registry, seen: Seen) -> None:
    family = metrics.histogram(seen.name, seen.text, seen.bounds, *seen.labels)
    for values, (counts, total) in seen.observed.items():
        buckets: Buckets = family.cell(*values)
        buckets.counts = [mine + theirs for mine, theirs in zip(buckets.counts, counts, strict=True)]
        buckets.total += total
