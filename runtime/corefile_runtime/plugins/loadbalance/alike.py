"""Replies whose records differ only in their data, as the addresses of a name do: the quick way for `round_robin`.

Most replies are like this. What is known of such a row is where it begins, and how many records it has of which size.
So replies share that, and one that is kept has two references of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import permutations
from operator import itemgetter
from random import random, sample

from corefile_runtime.chain.reply import Reply
from corefile_runtime.replay.terms import Rotated
from corefile_runtime.wire.names import skip_name
from corefile_runtime.wire.rcodes import AAAA, AXFR, IXFR, A
from corefile_runtime.wire.records import question_end

_SIZES = {A.to_bytes(2, "big"): 4, AAAA.to_bytes(2, "big"): 16}
_TRANSFERS = AXFR.to_bytes(2, "big"), IXFR.to_bytes(2, "big")
_FIXED = 10  # octets of a record between its owner and its data: type, class, TTL, length
_FEW = 4  # records whose orders are kept: of five there are 120


class Row:
    """`count` records of `size` octets, from `start` on. It knows no message, so all that have such a row share it."""

    __slots__ = ("_count", "_orders", "_size", "_start")

    def __init__(self, start: int, size: int, count: int) -> None:
        self._start = start
        self._size = size
        self._count = count
        self._orders: list[Callable[[bytes], tuple[bytes, ...]]] = []

    def mix(self, wire: bytes) -> bytes:
        """The message with its records in any order, one as likely as the other."""
        if self._count > _FEW:
            return b"".join(self._cut(sample(range(self._count), self._count))(wire))
        orders = self._orders
        if not orders:
            orders += map(self._cut, permutations(range(self._count)))
        return b"".join(orders[int(random() * len(orders))](wire))  # noqa: S311 - nothing hangs on its being guessed

    def _cut(self, order: Sequence[int]) -> Callable[[bytes], tuple[bytes, ...]]:
        start, size = self._start, self._size
        records = [slice(start + number * size, start + number * size + size) for number in order]
        return itemgetter(slice(0, start), *records, slice(start + self._count * size, None))

    def rotate(self, entry: Rotated) -> Mixing:
        """Mix an entry for each use."""
        return Mixing(entry, self)


find_row = lru_cache(maxsize=256)(Row)


class Mixing:
    """Mixes an entry."""

    __slots__ = ("_entry", "_row")

    def __init__(self, entry: Rotated, row: Row) -> None:
        self._entry = entry
        self._row = row

    def __call__(self, _id: bytes, _peer: bytes, _now: float) -> None:
        """Put its records into another order."""
        self._entry.wire = self._row.mix(self._entry.wire)


def mix_alike(reply: Reply, wire: bytes) -> Reply | None:
    """The reply with its addresses in another order; None for what has other records than those of one owner and type.

    At most an OPT may be behind them, of a message that somebody has looked through.
    """
    places, count = reply.places, wire[7]
    if wire[4:7] != b"\0\1\0" or count < 2 or wire[8:11] != b"\0\0\0" or wire[11] > (places is not None):
        return None
    start = question_end(wire)
    body = start + 2 if wire[start] >= 192 else skip_name(wire, start)
    head = wire[start : body + _FIXED]
    length = _SIZES.get(wire[body : body + 2])
    if length is None or wire[body + 9] != length or wire[body + 8] or wire[start - 4 : start - 2] in _TRANSFERS:
        return None
    size = len(head) + length
    end = start + count * size
    if end > len(wire) or not (wire[11] or end == len(wire)):
        return None
    for at in range(start + size, end, size):
        if not wire.startswith(head, at):
            return None
    terms = reply.terms
    if terms is not None:
        terms.rotations.append(find_row(start - 2, size, count).rotate)  # an entry has no ID
    return Reply(reply.rcode, find_row(start, size, count).mix(wire), reply.error, terms, places)
