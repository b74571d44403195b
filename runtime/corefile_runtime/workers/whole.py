"""Metrics and readiness of all processes together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from corefile.ir.program import Block
from corefile_runtime.chain.services import Readiness
from corefile_runtime.metrics.process import Process, read_process, render_process
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.workers.aggregation import add_all, read_all
from corefile_runtime.workers.crew import Crew
from corefile_runtime.workers.fleet import Fleet
from corefile_runtime.workers.member import Member


def render_whole(own: Registry, crew: Crew) -> str:
    """The metrics of the supervisor and of all workers as they have told last, those that are gone included."""
    whole = Registry()
    add_all(whole, read_all(own))
    add_all(whole, read_all(crew.gone))
    processes = [read_process()]
    for member in crew.members:
        add_all(whole, member.families.values())
        processes.append(member.process)
    # CPU time must not fall when a worker is replaced: Prometheus would take that for a restart.
    cpu = sum(one.cpu for one in processes) + crew.gone_cpu
    sums = (sum(numbers) for numbers in zip(*(one[1:] for one in processes), strict=True))
    return whole.render() + render_process(Process(cpu, *sums))


def read_readiness(blocks: Sequence[Block], fleet: Fleet, silent: set[Member]) -> list[Readiness]:
    """What all workers that get queries said last: a plugin is ready when it is in each of them.

    While one of them is missing, or among the `silent`, something named `workers` is not ready in any block.
    """
    asked = [one for one in fleet.crew.members if one.number < fleet.sharing]
    serving = [one for one in asked if one.alive and one.serving is not None]
    found = [
        Readiness(blocks[number], plugin, partial(bool, ready))
        for member in serving
        for number, plugin, ready in member.ready or ()
        if number < len(blocks)
    ]
    if len(serving) < fleet.sharing or not silent.isdisjoint(serving):
        found += [Readiness(block, "workers", partial(bool, False)) for block in blocks]
    return found
