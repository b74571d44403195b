"""Queries as they are read: what another machine gets of them holds together."""

from typing import cast

import dns.message
import pytest
from corefile_runtime.testing import serve
from corefile_runtime.wire.question import Query, Transport, read_query

from tests.runtime.packets import LOOP, head, opt, question, record

NOBODY = cast("Transport", None)
"""A transport that is not asked."""
A_RECORD = record(LOOP, 1, b"\xc0\0\2\1")


@pytest.mark.parametrize(
    ("counts", "behind", "corrected"),
    [
        ((1, 1, 0, 0), b"", (1, 0, 0, 0)),
        ((1, 0, 1, 0), b"", (1, 0, 0, 0)),
        ((1, 0, 0, 1), b"", (1, 0, 0, 0)),
        ((1, 1, 1, 2), b"", (1, 0, 0, 0)),
        ((1, 1, 1, 0), A_RECORD, (1, 1, 0, 0)),
        ((1, 0, 0, 2), opt(), (1, 0, 0, 1)),
        ((1, 0, 0, 2), opt() + A_RECORD, (1, 0, 0, 2)),
    ],
)
def test_counts_that_lie_are_corrected(
    counts: tuple[int, int, int, int], behind: bytes, corrected: tuple[int, int, int, int]
) -> None:
    """As CoreDNS 1.14.7 counts anew; an upstream that drops such messages made SERVFAIL of them."""
    query = read_query(head(counts=counts) + question() + behind, NOBODY, b"", 0.0)
    assert isinstance(query, Query)
    assert query.wire == head(counts=corrected) + question() + behind


def test_an_upstream_gets_no_counts_that_lie() -> None:
    seen: list[bytes] = []

    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        seen.append(query.to_wire())
        return dns.message.make_response(query)

    with serve("    forward . 127.0.0.1:{up}", respond=respond) as server:
        reply = server.exchange(head(counts=(1, 1, 0, 0)) + question())
        assert reply is not None
        assert reply[3] & 15 == 0
        assert len(seen) == 1
