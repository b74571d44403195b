"""Validation of upstream replies, names and rdata included, in one pass: each reply comes this way."""

from __future__ import annotations

import struct
from contextlib import suppress

from corefile_runtime.wire.names import Cut, Malformed, check_name
from corefile_runtime.wire.option_check import check_options
from corefile_runtime.wire.rcodes import AAAA, OPT, A
from corefile_runtime.wire.rdata_check import CheckName, check_inner_name, check_rdata, follow_name
from corefile_runtime.wire.records import Place

# The number of records in each section; type and length of data of a record.
_read_counts, _read_fixed = struct.Struct("!HHH").unpack_from, struct.Struct("!H6xH").unpack_from


class Fewer(Cut):
    """A message ends behind a record, before it has as many as it announces. `places` are those that are there."""

    def __init__(self, places: list[Place]) -> None:
        super().__init__("there are fewer records than announced")
        self.places = places


def check_records(wire: bytes, at: int, name: CheckName = check_name) -> list[Place]:
    """All records behind the question, which ends at an offset. Raises Malformed for what a reply should not have.

    Names are followed too, so that whoever looks at the reply later meets no surprise. It is Cut where something ends
    too early, Fewer if that is between two records, and Astray where only pointers are odd.
    """
    found: list[Place] = []
    try:
        answers, authorities, additional = _read_counts(wire, 6)
        for _ in range(answers + authorities + additional):
            body = at + 2 if wire[at] == 192 and wire[at + 1] == 12 else name(wire, at, len(wire))
            rtype, size = _read_fixed(wire, body)
            found.append((at, body, rtype))
            at = body + 10 + size
            # Most records are addresses: what their type demands is checked here, without a call.
            if rtype == A:
                if size != 4 and size:
                    raise (Cut if size < 4 or at > len(wire) else Malformed)("address of another size")
            elif size:
                if at > len(wire):
                    break
                if rtype != AAAA or size != 16:
                    _check_data(wire, rtype, body + 10, at, name)
    except (IndexError, struct.error):
        if at == len(wire):
            raise Fewer(found) from None
        raise Cut("record runs out of the message") from None
    if at > len(wire):
        raise Cut("record runs out of the message")
    return found


def check_reply(wire: bytes) -> None:
    """Raise Malformed for a message that is broken anywhere, whatever it answers."""
    at = 12
    if len(wire) == at:  # its counts do not matter then
        return
    for _ in range(wire[4] << 8 | wire[5]):
        behind = check_inner_name(wire, at, len(wire), follow_name)
        at = min(behind + 4, len(wire))
        # A question may end behind its name or behind its type, but not within a field (miekg/dns: unpackQuestion).
        if at - behind in (1, 3):
            raise Cut("question runs out of the message")
    with suppress(Fewer):
        check_records(wire, at, follow_name)


def _check_data(wire: bytes, rtype: int, at: int, end: int, name: CheckName) -> None:
    try:
        if rtype == OPT:
            check_options(wire, at, end)
        else:
            check_rdata(wire, rtype, at, end, name)
    except IndexError:
        raise Cut("record is too short for its type") from None
