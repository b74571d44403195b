"""Data of records: what CoreDNS 1.14.7 took in queries and what it answered with FORMERR; what it took in replies."""

import pytest
from corefile_runtime.wire.names import Cut, Malformed
from corefile_runtime.wire.rdata_check import check_rdata
from corefile_runtime.wire.reply_check import check_records

from tests.runtime.packets import LOOP, head, question, record

NAME = "0161076578616d706c6500"

SOUND = {
    "A": (1, "c0000201"),
    "AAAA": (28, "20010db8000000000000000000000001"),
    "nothing at all": (1, ""),
    "MX that ends behind its preference": (15, "0001"),
    "MX": (15, "0001" + NAME),
    "APL": (42, "00011803c00002" + "0002808101"),
    "NSEC": (47, NAME + "00014001020003"),
    "SVCB": (64, "0001" + NAME + "0001000302683200030002003500040004c0000201"),
    "SVCB without a value": (64, "0001" + NAME + "00020000"),
    "SVCB with IPv6 hints": (64, "0001" + NAME + "0006001020010db8000000000000000000000001"),
    "NSEC3PARAM with salt": (51, "0100000a02abcd"),
    "TSIG that ends behind the length of its MAC": (250, NAME + "000000000000012c0010"),
    "a type that nobody knows": (65280, "ff"),
    "HIP": (55, "02050003abcd" + "010203" + NAME + NAME),
    "HIP without servers": (55, "02050001abcd" + "01"),
    "HIP that ends behind its lengths": (55, "02050003"),
    "IPSECKEY without a gateway": (45, "0a0002" + "010203"),
    "IPSECKEY with an IPv4 gateway": (45, "0a0102" + "c0000201" + "010203"),
    "IPSECKEY with a name": (45, "0a0302" + NAME),
    "IPSECKEY with a gateway of no kind": (45, "0a0902" + "010203"),
    "AMTRELAY with an IPv6 relay": (260, "0a02" + "20010db8000000000000000000000001"),
    "AMTRELAY with a name": (260, "0a03" + NAME),
    "AMTRELAY that ends behind its kind": (260, "0a02"),
    "SOA": (6, NAME + NAME + "0000000100000002000000030000000400000005"),
}

BROKEN = {
    "A": (1, "c00002"),
    "A with more": (1, "c000020100"),
    "MX without room": (15, "00"),
    "TXT": (16, "05746578"),
    "APL of no family": (42, "00031801c0"),
    "APL too wide": (42, "00012101c0"),
    "APL with a zero at its end": (42, "00011802c000"),
    "NSEC with an empty window": (47, NAME + "0000"),
    "NSEC with windows out of order": (47, NAME + "0101800001ff"),
    "SVCB with keys out of order": (64, "0001" + NAME + "000300020035" + "00010003026832"),
    "SVCB with a broken alpn": (64, "0001" + NAME + "00010003056832"),
    "SVCB with a port of one octet": (64, "0001" + NAME + "0003000135"),
    "SVCB with an IPv4 hint for IPv6": (64, "0001" + NAME + "0006001000000000000000000000ffffc0000201"),
    "SVCB cut off": (64, "0001" + NAME + "00030002"),
    "HIP with a key that runs out": (55, "02050003abcd" + "0102"),
    "HIP with half a length": (55, "020500"),
    "HIP with a server that runs out": (55, "02050001abcd" + "01" + "0461"),
    "IPSECKEY with half a gateway": (45, "0a0102" + "c000"),
    "IPSECKEY with a name that runs out": (45, "0a0302" + "0461"),
    "AMTRELAY with half a relay": (260, "0a02" + "20010db8"),
    "AMTRELAY with more": (260, "0a01" + "c0000201" + "00"),
    "AMTRELAY with discovery": (260, "0a81" + "c0000201"),
    "ANY": (255, "00"),
    "TSIG with a MAC that runs out": (250, NAME + "000000000000012c0010abcd"),
    "TSIG that ends behind its MAC": (250, NAME + "000000000000012c0002abcd"),
}


CUT = {
    "A": (1, "c00002"),
    "TXT": (16, "05746578"),
    "MX without room": (15, "00"),
    "NSEC with a window that runs out": (47, NAME + "000440"),
    "SVCB cut off": (64, "0001" + NAME + "00030002"),
    "SVCB with a protocol that runs out": (64, "0001" + NAME + "00010003056832"),
    "APL with an address that runs out": (42, "00012004c000"),
    "HIP with a key that runs out": (55, "02050003abcd" + "0102"),
    "an option that runs out": (41, "000a0008" + "01"),
}
"""What runs out of its room. CoreDNS called each an overflow, and passed a reply with it on as truncated."""
NOT_CUT = {
    "A with more": (1, "c000020100"),
    "MX with a name that runs out": (15, "00010361"),
    "NSEC with an empty window": (47, NAME + "0000"),
    "SVCB with a port of one octet": (64, "0001" + NAME + "0003000135"),
    "a client subnet of two octets": (41, "00080002" + "0001"),
}
"""What CoreDNS took for no reply at all."""


@pytest.mark.parametrize(("rtype", "data"), SOUND.values(), ids=SOUND)
def test_sound(rtype: int, data: str) -> None:
    check_rdata(bytes.fromhex(data), rtype, 0, len(data) // 2)


@pytest.mark.parametrize(("rtype", "data"), BROKEN.values(), ids=BROKEN)
def test_broken(rtype: int, data: str) -> None:
    with pytest.raises((Malformed, IndexError)):
        check_rdata(bytes.fromhex(data), rtype, 0, len(data) // 2)


def in_a_reply(rtype: int, data: str) -> bytes:
    return head(0x8180, (1, 1, 0, 0)) + question() + record(LOOP, rtype, bytes.fromhex(data))


@pytest.mark.parametrize(("rtype", "data"), CUT.values(), ids=CUT)
def test_cut(rtype: int, data: str) -> None:
    with pytest.raises(Cut):
        check_records(in_a_reply(rtype, data), 31)


@pytest.mark.parametrize(("rtype", "data"), NOT_CUT.values(), ids=NOT_CUT)
def test_broken_but_not_cut(rtype: int, data: str) -> None:
    with pytest.raises(Malformed) as raised:
        check_records(in_a_reply(rtype, data), 31)
    assert not isinstance(raised.value, Cut)
