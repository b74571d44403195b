"""Garbled replies of upstreams become for the client what CoreDNS made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dns.message
import pytest
from corefile_runtime.testing import Running, serve

from tests.runtime.packets import head, numbered, question
from tests.runtime.record_garbled import BODIES, garbled, verdict

UNSAID = "8102 0000 0000 0000"
"""SERVFAIL, where CoreDNS has a response code above 15 for a client without EDNS, and says nothing."""
TABLE = Path(__file__).parent.parent / "fixtures" / "wire" / "garbled.tsv"


def recorded() -> list[tuple[int, bytes, list[str]]]:
    """Type, reply, and what became of it: by body, over UDP and over TCP."""
    lines = TABLE.read_text(encoding="ascii").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(int(rtype), bytes.fromhex(reply), said) for rtype, reply, *said in rows]


def test_the_table_has_the_replies_of_today() -> None:
    assert [row[:2] for row in recorded()] == garbled()


class Garbling:
    """A server in front of an upstream that gives `reply` to everybody. `number` is that of its body."""

    reply = b""
    server: Running

    def __init__(self, number: int) -> None:
        self.number = number

    def respond(self, query: dns.message.QueryMessage, over: str) -> bytes:
        del over
        return query.id.to_bytes(2, "big") + self.reply[2:]


@pytest.fixture(scope="module", name="garbling", params=range(len(BODIES)), ids=["alone", "cache"])
def a_server(request: pytest.FixtureRequest) -> Iterator[Garbling]:
    garbling = Garbling(request.param)
    with serve(BODIES[garbling.number], respond=garbling.respond) as garbling.server:
        yield garbling


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_verdicts(garbling: Garbling, tcp: bool) -> None:
    different: list[tuple[str, str, str]] = []
    for rtype, garbling.reply, verdicts in recorded():
        said = verdicts[2 * garbling.number + tcp].replace("silence", UNSAID)
        reply = garbling.server.exchange(numbered(head() + question(rtype=rtype), 0x1234), tcp=tcp)
        if verdict(reply) != said:
            different.append((garbling.reply.hex(), said, verdict(reply)))
    assert different == []
