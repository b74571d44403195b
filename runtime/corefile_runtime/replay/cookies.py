"""DNS cookies (RFC 7873), which each client makes for itself: dig sends one with every query.

CoreDNS looks at no cookie and repeats it as it came. So the answer to a query is that to the same query with any other
cookie of the same length, up to its last octets.
"""

from __future__ import annotations

_WITH_OPT = b"\0\1\0\0\0\0\0\1"  # the counts of one question and an OPT
_OPT = b"\0\0\x29"
_BEHIND_NAME = 5 + 15  # the root, type and class, and all that stands before the cookie in an OPT
# By the length of a cookie (RFC 7873, 4): the length of the OPT's data, the option's number, and its length.
_HEADS = {size: (size + 4).to_bytes(2, "big") + b"\0\x0a" + size.to_bytes(2, "big") for size in (8, *range(16, 41))}


def find_cookie(wire: bytes) -> int:
    """Where the cookie of a query begins that has no other option and nothing behind it; 0 for all other queries."""
    if wire[4:12] != _WITH_OPT:
        return 0
    at, end = 12, len(wire)
    while at < end and (length := wire[at]):
        if length > 63:
            return 0
        at += length + 1
    at += _BEHIND_NAME
    head = _HEADS.get(end - at)
    return at if head is not None and wire[at - 6 : at] == head and wire[at - 15 : at - 12] == _OPT else 0


def blank(wire: bytes, size: int) -> bytes:
    """A message that ends in a cookie of so many octets, with a cookie of zeros."""
    return wire[:-size] + bytes(size)
