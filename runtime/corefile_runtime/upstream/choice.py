"""The order in which upstreams are asked: policies `random`, `round_robin` and `sequential`."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

P = TypeVar("P")


def choose_order(policy: str, upstreams: list[P]) -> Callable[[], list[P]]:
    """A function that gives the upstreams in the order for the next query: `random`, `round_robin` or `sequential`."""
    if len(upstreams) == 1 or policy == "sequential":
        return lambda: upstreams
    if policy == "round_robin":
        # The first query goes to the second upstream, as in CoreDNS: its counter is moved before it is read.
        turn = 0

        def rotate() -> list[P]:
            nonlocal turn
            turn = (turn + 1) % len(upstreams)
            return [upstreams[turn], *upstreams[:turn], *upstreams[turn + 1 :]]

        return rotate
    return lambda: random.sample(upstreams, len(upstreams))
