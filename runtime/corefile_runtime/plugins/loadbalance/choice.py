"""Policies of order: functions that sort records, known by owner and rdata."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from itertools import permutations
from random import random, randrange, shuffle
from typing import TypeAlias

from corefile_runtime.plugins.loadbalance.weights import Weights

Key: TypeAlias = tuple[bytes, bytes]
"""Owner, as labels, and rdata."""
Arrange: TypeAlias = Callable[[Sequence[Key]], Sequence[int]]
"""Which record stands where: the numbers of the records in their new order."""


# All orders of few records: to choose one is quicker than to make one.
_ORDERS = [list(permutations(range(count))) for count in range(6)]


def mix(keys: Sequence[Key]) -> Sequence[int]:
    """`round_robin`: any order is as likely as any other."""
    count = len(keys)
    if count < len(_ORDERS):
        orders = _ORDERS[count]
        return orders[int(random() * len(orders))]  # noqa: S311 - nothing hangs on its being guessed
    order = list(range(count))
    shuffle(order)
    return order


def by_weight(weights: Weights) -> Arrange:
    """`weighted`: one record changes places with the first, chosen by the weights of the addresses."""

    def arrange(keys: Sequence[Key]) -> list[int]:
        order = list(range(len(keys)))
        shares = [weights.of(owner, rdata) for owner, rdata in keys]
        lot = randrange(sum(shares))  # noqa: S311 - nothing hangs on its being guessed
        for number, share in enumerate(shares):
            lot -= share
            if lot < 0:
                order[0], order[number] = number, 0
                break
        return order

    return arrange


def preferring(networks: Sequence[str], arrange: Arrange) -> Arrange:
    """Addresses in the first network, then those in the second, and so on; the rest as `arrange` has them."""
    ranges: list[tuple[int, int, int]] = []
    for text in networks:
        network = ip_network(text, strict=False)
        ranges.append((network.max_prefixlen // 8, int(network.netmask), int(network.network_address)))

    def rank(rdata: bytes) -> int:
        number = int.from_bytes(rdata, "big")
        for place, (size, mask, network) in enumerate(ranges):
            if len(rdata) == size and number & mask == network:
                return place
        return len(ranges)

    def prefer(keys: Sequence[Key]) -> list[int]:
        ranks = [rank(rdata) for _, rdata in keys]
        return sorted(arrange(keys), key=ranks.__getitem__)

    return prefer


def keep(keys: Sequence[Key]) -> list[int]:
    """As they are."""
    return list(range(len(keys)))
