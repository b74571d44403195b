"""Odd packets get from us what CoreDNS gave for them: the same flags and rcode, or the same silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from corefile_runtime.testing import PATIENCE

from tests.runtime.fuzzing import Fuzzed, deserves_reply, fuzzed
from tests.runtime.record_verdicts import packets, verdict

TABLE = Path(__file__).parent.parent / "fixtures" / "wire" / "verdicts.tsv"


def recorded() -> list[tuple[bytes, str]]:
    lines = TABLE.read_text(encoding="ascii").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(bytes.fromhex(packet.strip("-")), said) for packet, said in rows]


def test_the_table_has_the_packets_of_today() -> None:
    assert [packet for packet, _ in recorded()] == packets()


@pytest.fixture(scope="module", name="whoami", params=[True, False], ids=["replay", "plain"])
def a_server(request: pytest.FixtureRequest) -> Iterator[Fuzzed]:
    with fuzzed("whoami\n", replay=request.param) as target:
        yield target


def test_verdicts(whoami: Fuzzed) -> None:
    different: list[tuple[str, str, str]] = []
    for packet, said in recorded():
        reply = whoami.server.exchange(packet, seconds=PATIENCE if deserves_reply(packet) else 0.01)
        if verdict(reply) != said:
            different.append((packet.hex(), said, verdict(reply)))
    assert different == []


def test_a_query_of_more_than_512_octets_is_read_whole(whoami: Fuzzed) -> None:
    """CoreDNS reads 512 octets of it, and refuses what it has cut itself."""
    padding = bytes.fromhex("0000290fa0000000000294000c0290") + bytes(0x290)
    packet = bytes.fromhex("123401000001000000000001" + "076578616d706c65036f726700" + "00010001") + padding
    assert len(packet) > 512
    assert verdict(whoami.server.exchange(packet)) == "8500 question"
