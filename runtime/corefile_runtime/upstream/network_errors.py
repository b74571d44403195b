"""Network errors in the words of CoreDNS."""

from __future__ import annotations

import errno
import os
import socket

from corefile_runtime.sockets.addresses import join_host_port

# Go has texts of its own, those of the C library may differ (musl): these are the ones that come up.
_IN_GO = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
}

AGAIN = frozenset((errno.EAGAIN, errno.EINTR))
"""It says nothing: there was no room, or nothing to read."""


def explain(number: int) -> str:
    """An error number in the words of the system, lower case as Go has them."""
    return _IN_GO.get(number) or os.strerror(number).lower()


def describe(opened: socket.socket, over: str, target: tuple[str, int], verb: str, what: str) -> str:
    """What went wrong, as Go says it. The system may not know the socket's address, for port 0 for instance."""
    call = "" if what == "i/o timeout" else f"{verb}: "
    try:
        here = join_host_port(*opened.getsockname()[:2])
    except OSError:
        here = ""
    return f"{verb} {over} {here}->{join_host_port(*target)}: {call}{what}"
