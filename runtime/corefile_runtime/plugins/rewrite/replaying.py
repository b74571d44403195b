"""Replay terms of rewritten replies."""

from __future__ import annotations

from math import inf
from time import monotonic

from corefile_runtime.plugins.rewrite.answers import Bounds
from corefile_runtime.replay.terms import Terms


def limit_ageing(terms: Terms, bounds: Bounds) -> None:
    """TTLs that age do so within the bounds.

    At the upper one they stand still until they fall below it, at the lower one for good. What ages is patched in all
    records at once, so a TTL that stands still is one that does not age, and is given until it would.
    """
    if not terms.ages:
        return
    left = terms.ttl - int(monotonic() - terms.stored)
    if bounds.least < left <= bounds.most:
        if bounds.least:
            terms.until = min(terms.until, terms.stored + terms.ttl - bounds.least + 1)
        return
    if left > bounds.most:
        terms.until = min(terms.until, terms.stored + terms.ttl - bounds.most)
    terms.stored = inf
