"""What the supervisor and its workers tell each other."""

from __future__ import annotations

import socket
from typing import NamedTuple

from corefile.ir.program import Program
from corefile_runtime.metrics.process import Process
from corefile_runtime.workers.aggregation import Seen


class Address(NamedTuple):
    """What a socket is bound to."""

    kind: socket.SocketKind
    host: str
    port: int


class Prepare(NamedTuple):
    """To a worker: get ready to serve another program."""

    program: Program


class Ready(NamedTuple):
    """The answer to `Prepare`; with the `error` nothing has changed."""

    error: str


class Commit(NamedTuple):
    """To a worker: serve what was prepared."""


class Abandon(NamedTuple):
    """To a worker: forget what was prepared."""


class Serving(NamedTuple):
    """From a worker: a program is in force, on these sockets."""

    addresses: tuple[Address, ...]


class Failed(NamedTuple):
    """From a worker: it cannot serve, and ends."""

    error: str


class Want(NamedTuple):
    """From a worker: its socket of an address, please."""

    address: Address


class Given(NamedTuple):
    """The answer to `Want`: a descriptor is beside it, or there is an error."""

    number: int = 0
    error: str = ""


class Report(NamedTuple):
    """To a worker: tell your counts now."""


class Counts(NamedTuple):
    """From a worker, now and then and upon `Report`: the metrics that have changed since it told them last."""

    families: list[Seen]
    process: Process | None


class Alive(NamedTuple):
    """From a worker, after a second in which nothing was counted."""


class Brief(NamedTuple):
    """From a worker, when it changes: whether its answers cost less than being woken for them."""

    are_brief: bool


class AskReadiness(NamedTuple):
    """To a worker: which plugins are ready?"""


class Readiness(NamedTuple):
    """From a worker: the number of a block, the name of a plugin in it, and whether it is ready."""

    plugins: list[tuple[int, str, bool]]


class End(NamedTuple):
    """To a worker: finish."""


class Quit(NamedTuple):
    """From a worker: the whole server has to end; why has been logged."""
