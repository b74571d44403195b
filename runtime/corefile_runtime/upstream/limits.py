"""Limits of an upstream: lifetimes of its sockets, and the time that a reply may take."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Times are in seconds.

    `expire` is for sockets that are idle, `max_age` for all (0: no bound), `max_idle` bounds the number of idle ones
    (0: no bound). `source` is the address to ask from, empty for the system's choice.
    """

    read_timeout: float
    expire: float = 0.0
    max_age: float = 0.0
    max_idle: int = 0
    source: str = ""
