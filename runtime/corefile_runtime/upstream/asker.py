"""What the sockets to upstreams know of the query that waits on them."""

from __future__ import annotations

import os
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


class Ids:
    """Message IDs that nobody can guess, drawn from the system's generator in advance."""

    __slots__ = ("_at", "_pool")

    def __init__(self) -> None:
        self._pool = b""
        self._at = 0

    def draw(self) -> bytes:
        """Two random octets."""
        at = self._at
        if at >= len(self._pool):
            self._pool, at = os.urandom(4096), 0
        self._at = at + 2
        return self._pool[at : at + 2]


IDS = Ids()
