"""What comes first: functions that put records, known by owner and rdata, into order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from random import getrandbits, randrange, shuffle
from typing import TypeAlias

from corefile_runtime.plugins.loadbalance.weights import Weights

Key: TypeAlias = tuple[bytes, bytes]
"""Owner, as labels, and rdata."""
Arrange: TypeAlias = Callable[[Sequence[Key]], list[int]]
"""Which record stands where: the numbers of the records in their new order."""


def mix(keys: Sequence[Key]) -> list[int]:
    """`round_robin`: any order is as likely as any other."""
    if len(keys) == 2:
        return [1, 0] if getrandbits(1) else [0, 1]
    order = list(range(len(keys)))
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
