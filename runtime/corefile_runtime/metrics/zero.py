"""Metrics that are shown as 0 before anything has been counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from corefile_runtime.metrics.registry import Registry


class Zero(NamedTuple):
    """One metric without labels: its kind, name and text, and the bounds of a histogram."""

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    text: str
    bounds: tuple[float, ...] = ()


def define(metrics: Registry, zeros: Iterable[Zero]) -> None:
    """Have them shown; what has been counted already stays."""
    for zero in zeros:
        if zero.kind == "counter":
            metrics.counter(zero.name, zero.text).cell()
        elif zero.kind == "gauge":
            metrics.gauge(zero.name, zero.text).cell()
        else:
            metrics.histogram(zero.name, zero.text, zero.bounds).cell()
