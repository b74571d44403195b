"""What the sockets to upstreams know of the query that waits on them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain, islice
from struct import Struct
from typing import Protocol


class Asker(Protocol):
    """A question under way. The pools set `until`, the monotonic time at which waiting ends.

    `wire` is the message to send (its ID is replaced), `name` the name in it in lower case, `limit` the largest
    UDP reply that is read whole.
    """

    name: bytes

    until: float

    @property
    def wire(self) -> bytes:
        """The message to send."""
        ...

    @property
    def limit(self) -> int:
        """How many octets of a UDP reply are taken."""
        ...

    def arrived(self, wire: bytes, over: str) -> bool:
        """A reply with the right ID, still with the ID it had upstream. Whether it is one to the question."""
        ...

    def failed(self, error: str) -> None:
        """No reply will come."""
        ...


_AHEAD = 2048
_pool = Struct("2s" * _AHEAD)

IDS: Iterator[bytes] = chain.from_iterable(iter(lambda: _pool.unpack(os.urandom(_pool.size)), ()))
"""Message IDs that nobody can guess, two octets each, without end: drawn from the system's generator in advance."""


def _part() -> None:
    """Two processes do not go on with the same ones."""
    for _ in islice(IDS, _AHEAD):
        pass


os.register_at_fork(after_in_child=_part)
