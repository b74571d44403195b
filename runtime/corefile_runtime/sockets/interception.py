"""The interface of interceptors, which see a UDP socket before its queries are answered."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol, TypeAlias


class DatagramSocket(Protocol):
    """A UDP listener, for those who look at it first."""

    socket: socket.socket

    def take(self) -> list[tuple[bytes, bytes]]:
        """What has arrived, each with its peer."""
        ...


Interceptor: TypeAlias = Callable[[DatagramSocket], bool]
"""Looks at a socket that has something to read; true when it has taken it."""
