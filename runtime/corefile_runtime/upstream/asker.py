"""The interface between a waiting query and the sockets to upstreams."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain, islice
from struct import Struct
from typing import Protocol


class Asker(Protocol):
    """A question under way. The pools set `until`, the monotonic time at which waiting ends.

    `wire` is the message to send (its ID is replaced), `name` the name in it in lower case, `limit` the largest
    UDP reply that is read whole. Each question is told once what came of it.
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

    def crashed(self, error: Exception) -> None:
        """An exception that nobody expected came up where it waited, or in it: it ends, if it has not ended yet."""
        ...


class Pool(Protocol):
    """The sockets or connections to one upstream over one transport."""

    def ask(self, asker: Asker) -> str:
        """Send a question; what went wrong, empty when it is under way. Never tells the asker before it returns."""
        ...

    def expire(self) -> None:
        """Close what has been idle for too long."""
        ...

    def stop(self) -> None:
        """Close each socket as soon as nothing waits on it."""
        ...

    def close(self) -> None:
        """Close all sockets; who waits on them learns nothing."""
        ...


def tell_failure(asker: Asker, error: str) -> None:
    """That no reply will come. Raises what comes up in the asker, which has ended then: for `Loop.guard`."""
    try:
        asker.failed(error)
    except Exception as fault:
        asker.crashed(fault)
        raise


def end_crashed(asker: Asker, error: Exception) -> None:
    """End a question because of an exception, and raise that: for `Loop.guard`, which reports it."""
    asker.crashed(error)
    raise error


# One system call for many IDs: `os.urandom` for each would be one for each question.
_AHEAD = 2048
_pool = Struct("2s" * _AHEAD)

IDS: Iterator[bytes] = chain.from_iterable(iter(lambda: _pool.unpack(os.urandom(_pool.size)), ()))
"""Message IDs that nobody can guess, two octets each, without end: drawn from the system's generator in advance."""


def _part() -> None:
    """Two processes do not go on with the same ones."""
    # At least what was drawn before the fork is thrown away: there is no way to look into the chain of iterators.
    for _ in islice(IDS, _AHEAD):
        pass


os.register_at_fork(after_in_child=_part)
