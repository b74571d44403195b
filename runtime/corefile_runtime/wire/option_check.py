"""Validation of EDNS options, as far as CoreDNS looks."""

from __future__ import annotations

from corefile_runtime.wire.names import Cut, Malformed, read_name

LLQ, LEASE, SUBNET, EXPIRE, KEEPALIVE, ERROR, REPORTING, ZONEVERSION = 1, 2, 8, 9, 11, 15, 18, 19
# Bits of an address by family. Family 0 is no family, but dig sends it with a prefix of 0, and miekg/dns takes it.
_WIDEST = {0: 0, 1: 32, 2: 128}


def check_options(wire: bytes, at: int, end: int) -> None:
    """Raise Malformed for options that run out of their record or cannot be read."""
    while at < end:
        if at + 4 > end:
            raise Cut("option runs out of its record")
        number, size = wire[at] << 8 | wire[at + 1], wire[at + 2] << 8 | wire[at + 3]
        at += 4 + size
        if at > end:
            raise Cut("option runs out of its record")
        if not _is_sound(number, wire[at - size : at]):
            raise Malformed(f"option {number} is broken")


def _is_sound(number: int, data: bytes) -> bool:
    # As the `unpack` of each option in miekg/dns; its messages are not told apart, for CoreDNS does not either.
    size = len(data)
    if number == SUBNET:
        return size >= 4 and _is_subnet(data)
    if number == LLQ:
        return size >= 18
    if number == LEASE:
        return size in (4, 8)
    # A query has it empty (RFC 7314, 2); longer than four octets is taken too.
    if number == EXPIRE:
        return size == 0 or size >= 4
    # Empty in queries, two octets in replies (RFC 7828, 3.1).
    if number == KEEPALIVE:
        return size in (0, 2)
    if number == REPORTING:
        return _is_name(data)
    return number not in (ERROR, ZONEVERSION) or size >= 2


def _is_name(data: bytes) -> bool:
    try:
        return bool(read_name(data, 0))
    except Malformed:
        return False


def _is_subnet(data: bytes) -> bool:
    """RFC 7871: a known family, and prefixes that fit it."""
    widest = _WIDEST.get(data[0] << 8 | data[1])
    return widest is not None and data[2] <= widest and (data[3] <= widest or not widest)
