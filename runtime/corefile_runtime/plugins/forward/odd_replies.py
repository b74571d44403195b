"""Odd replies of upstreams, read as CoreDNS reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile_runtime.wire.mend import mend
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.reply_check import Fewer

if TYPE_CHECKING:
    from corefile_runtime.wire.records import Place


def repeats_question(wire: bytes, question: bytes) -> bool:
    """Whether a reply has the question, but for the letter case of its name: type and class have none."""
    end = 12 + len(question)
    return wire[end - 4 : end] == question[-4:] and wire[12 : end - 4].lower() == question[:-4].lower()


def mend_reply(wire: bytes, end: int, error: Malformed, *, whole: bool) -> tuple[bytes, list[Place]]:
    """A reply with an error as CoreDNS understands it, and its records; raises Malformed for what is no reply.

    `end` is that of its question. One of which not everything was read (not `whole`) must say so even if it was cut
    between two records (RFC 2181, 9).
    """
    if not whole and isinstance(error, Fewer):
        raise error
    return mend(wire, end)
