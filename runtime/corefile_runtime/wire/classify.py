"""Kinds of replies as CoreDNS tells them apart (plugin/pkg/response), for `cache` and for the classes of `log`."""

from __future__ import annotations

from time import time
from typing import Literal

from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.rcodes import AXFR, IXFR, NOERROR, NOTIMP, NS, NXDOMAIN, RRSIG, SERVFAIL, SOA
from corefile_runtime.wire.records import Place, find_opt, find_records, question_end

Kind = Literal["NOERROR", "NXDOMAIN", "SERVERERROR", "NODATA", "DELEGATION", "META", "UPDATE", "OTHERERROR"]
Class = Literal["success", "denial", "error"]

_OPT_MARK = b"\0\0\x29"
"""How an OPT begins: it belongs to the root, and this is its type. The upper bits stand three octets behind."""

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


def read_rcode(wire: bytes) -> int:
    """The same without the records, which are looked for only where the upper bits may be more than 0."""
    at = wire.find(_OPT_MARK, 12) if wire[11] or wire[10] else -1
    while at >= 0:
        if any(wire[at + 5 : at + 6]):
            try:
                return full_rcode(wire, find_records(wire, question_end(wire)))
            except (Malformed, IndexError):
                break
        at = wire.find(_OPT_MARK, at + 1)
    return wire[3] & 15


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
