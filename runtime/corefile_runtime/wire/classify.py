"""Kinds of replies as CoreDNS tells them apart (plugin/pkg/response), for `cache` and for the classes of `log`."""

from __future__ import annotations

from time import time
from typing import Literal

from corefile_runtime.wire.rcodes import AXFR, IXFR, NOERROR, NOTIMP, NS, NXDOMAIN, RRSIG, SERVFAIL, SOA
from corefile_runtime.wire.records import Place, find_opt

Kind = Literal["NOERROR", "NXDOMAIN", "SERVERERROR", "NODATA", "DELEGATION", "META", "UPDATE", "OTHERERROR"]
Class = Literal["success", "denial", "error"]

CLASSES: dict[Kind, Class] = {"NOERROR": "success", "DELEGATION": "success", "NXDOMAIN": "denial", "NODATA": "denial"}


def classify(wire: bytes, qtype: int, places: list[Place]) -> Kind:
    """The kind of a reply, given its records (plugin/pkg/response: Typify)."""
    # By its numbers: 5 is UPDATE (RFC 2136), 4 is NOTIFY (RFC 1996). Typify looks at nothing else of these.
    if opcode := wire[2] >> 3 & 15:
        if opcode == 5:
            return "UPDATE"
        if opcode == 4:
            return "META"
    if qtype in (AXFR, IXFR):
        return "META"
    if _has_expired_signature(wire, places):
        return "OTHERERROR"
    rcode, answers = full_rcode(wire, places), wire[6] << 8 | wire[7]
    if answers:
        if rcode == NOERROR:
            return "NOERROR"
        # Typify calls that an error, though the end of a CNAME chain may well not exist (RFC 6604, 3).
        if rcode == NXDOMAIN:
            return "OTHERERROR"
    return _classify_empty(rcode, authority_types(wire, places))


def full_rcode(wire: bytes, places: list[Place]) -> int:
    """The response code of a message, the upper bits of which are in its OPT (RFC 6891, 6.1.3)."""
    opt = find_opt(wire, places)
    return wire[3] & 15 | (wire[opt[1] + 4] << 4 if opt is not None else 0)


def _classify_empty(rcode: int, authority: list[int]) -> Kind:
    if rcode == NXDOMAIN:
        return "NXDOMAIN"
    if rcode in (SERVFAIL, NOTIMP):
        return "SERVERERROR"
    if rcode != NOERROR:
        return "OTHERERROR"
    # The SOA decides, as in RFC 2308, 2.2: with one it is NODATA even beside NS records, without it a referral.
    if SOA in authority:
        return "NODATA"
    return "DELEGATION" if NS in authority else "NOERROR"


def authority_types(wire: bytes, places: list[Place]) -> list[int]:
    """The types of the records in the authority section."""
    answers = wire[6] << 8 | wire[7]
    return [rtype for _, _, rtype in places[answers : answers + (wire[8] << 8 | wire[9])]]


def _has_expired_signature(wire: bytes, places: list[Place]) -> bool:
    """Whether a signature is not valid now; nobody looks unless the reply has DO set."""
    signatures = [body + 10 for _, body, rtype in places if rtype == RRSIG]
    if not signatures:
        return False
    opt = find_opt(wire, places)
    if opt is None or not wire[opt[1] + 6] & 128:
        return False
    # Inception and expiration are seconds of the wall clock (RFC 4034, 3.1.5).
    now = int(time())
    return any(
        not int.from_bytes(wire[at + 12 : at + 16], "big") <= now <= int.from_bytes(wire[at + 8 : at + 12], "big")
        for at in signatures
    )
