"""Matching of names against zones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corefile_runtime.wire.names import Malformed, parse_name

NOWHERE = b"\xff"
"""Ends no name: a zone without names."""


def parse_zone(text: str) -> bytes:
    """A zone as it is written in a Corefile, in lower case; what is no name has no names below it (NOWHERE)."""
    try:
        return parse_name(text).lower()
    except Malformed:
        return NOWHERE


def is_below(name: bytes, zone: bytes) -> bool:
    """Whether a name (labels, lower case) is a zone or below it."""
    if not name.endswith(zone):
        return False
    # The same octets may also be the end of a longer label: only at the start of a label they are the zone.
    at, start = 0, len(name) - len(zone)
    while at < start:
        at += name[at] + 1
    return at == start


def longest_zone(name: bytes, zones: Sequence[bytes]) -> bytes | None:
    """The longest of the zones that has the name."""
    return max((zone for zone in zones if is_below(name, zone)), key=len, default=None)


def matcher(zones: Sequence[bytes], *, empty: bool = True) -> Callable[[bytes], bool] | None:
    """A function that tells whether a name lies in one of the zones; None when there is no need to ask.

    That is so for the root zone, and for no zones at all. With `empty` false the root zone is asked too: None then
    means that no name does.
    """
    if not zones or (empty and b"\0" in zones):
        return None
    if len(zones) == 1:
        zone = zones[0]
        return lambda name: is_below(name, zone)
    return lambda name: any(is_below(name, zone) for zone in zones)
