"""Network errors in the words of CoreDNS."""

from __future__ import annotations

import errno
import os

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
