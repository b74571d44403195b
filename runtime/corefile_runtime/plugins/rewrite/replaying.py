"""How a rewritten reply may be replayed."""

from __future__ import annotations

from math import inf, isinf
from time import monotonic

from corefile_runtime.plugins.rewrite.answers import Bounds
from corefile_runtime.replay.store import Facts
from corefile_runtime.wire.rcodes import OPT
from corefile_runtime.wire.records import find_records, question_end


def adjust(facts: Facts, bounds: Bounds | None, wire: bytes) -> Facts:
    """The facts of the reply behind, for the reply as it has become.

    TTLs that age do so within the bounds: at the upper one they stand still until they fall below it, at the lower one
    for good.
    """
    if isinf(facts.stored):
        return facts
    offsets = tuple(body + 4 for _, body, rtype in find_records(wire, question_end(wire)) if rtype != OPT)
    least, most = (bounds.least, bounds.most) if bounds is not None else (0, 0xFFFFFFFF)
    left = facts.ttl - int(monotonic() - facts.stored)
    if least < left <= most:
        facts.offsets = offsets
        if least:
            facts.until = min(facts.until, facts.stored + facts.ttl - least + 1)
        return facts
    if left > most:
        facts.until = min(facts.until, facts.stored + facts.ttl - most)
    facts.stored, facts.offsets = inf, ()
    return facts
