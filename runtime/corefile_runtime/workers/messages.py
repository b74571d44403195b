"""The messages between the supervisor and its workers."""

from __future__ import annotations

import socket
from typing import NamedTuple

from corefile_runtime.chain.topics import Key, Kind
from corefile_runtime.metrics.process import Process
from corefile_runtime.workers.aggregation import Seen
from corefile_runtime.workers.packing import Packed


class Address(NamedTuple):
    """What a socket is bound to."""

    kind: socket.SocketKind
    host: str
    port: int


# -- changes


class Prepare(NamedTuple):
    """To a worker: get ready to serve another program, which is packed once for all, as one of so many processes.

    Without a program it is the one that workers begin with.
    """

    change: int
    program: Packed | None
    processes: int


class Preparing(NamedTuple):
    """From a worker that is at it: it is alive, and may need so many seconds from now on."""

    change: int
    seconds: float


class Ready(NamedTuple):
    """The answer to `Prepare`, and to the program that a worker begins with; with an `error` nothing has changed."""

    change: int
    error: str


class Commit(NamedTuple):
    """To a worker: serve what was prepared."""


class Abandon(NamedTuple):
    """To a worker: forget what was prepared."""


class Serving(NamedTuple):
    """From a worker: a program is in force, on these sockets. At `loyal` ones it must get all that a client sends."""

    addresses: tuple[Address, ...]
    loyal: tuple[Address, ...] = ()


class Failed(NamedTuple):
    """From a worker: it cannot serve, and ends."""

    error: str


class End(NamedTuple):
    """To a worker: finish."""


class Quit(NamedTuple):
    """From a worker: the whole server has to end; why has been logged."""


# -- sockets


class Want(NamedTuple):
    """From a worker: it asks for its socket of an address."""

    address: Address


class Given(NamedTuple):
    """The answer to `Want`: a descriptor is beside it, or there is an error."""

    address: Address
    number: int = 0
    error: str = ""


# -- what workers know


class Report(NamedTuple):
    """To a worker: tell your counts now."""

    survey: int


class Counts(NamedTuple):
    """From a worker, now and then and upon `Report`: the metrics that have changed since it told them last."""

    families: list[Seen]
    process: Process | None
    survey: int = 0


class Alive(NamedTuple):
    """From a worker, after a second in which nothing was counted."""


class Brief(NamedTuple):
    """From a worker, when it changes: whether its answers cost less than being woken for them."""

    are_brief: bool


class AskReadiness(NamedTuple):
    """To a worker: which plugins are ready?"""

    survey: int


class WorkerReadiness(NamedTuple):
    """The answer: the number of a block, the name of a plugin in it, and whether it is ready."""

    plugins: list[tuple[int, str, bool]]
    survey: int = 0


# -- topics. `want` numbers a worker's subscriptions, so that answers to an earlier one are told apart.


class Wanted(NamedTuple):
    """From a worker: it has subscribers of a topic."""

    key: Key
    want: int


class Unwanted(NamedTuple):
    """From a worker: it has none any more."""

    key: Key


class Lead(NamedTuple):
    """To a worker: from now on it reads the source."""

    key: Key
    want: int


class Published(NamedTuple):
    """From the leader: an update, pickled."""

    key: Key
    want: int
    update: bytes
    kind: Kind


class Update(NamedTuple):
    """To a worker: the same, for the subscribers there."""

    key: Key
    want: int
    update: bytes
    kind: Kind
