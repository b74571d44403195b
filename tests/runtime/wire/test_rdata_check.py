"""Data of records that queries carry: what CoreDNS 1.14.7 took and what it answered with FORMERR."""

import pytest
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.rdata_check import check_rdata

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
    "ANY": (255, "00"),
    "TSIG with a MAC that runs out": (250, NAME + "000000000000012c0010abcd"),
    "TSIG that ends behind its MAC": (250, NAME + "000000000000012c0002abcd"),
}


@pytest.mark.parametrize(("rtype", "data"), SOUND.values(), ids=SOUND)
def test_sound(rtype: int, data: str) -> None:
    check_rdata(bytes.fromhex(data), rtype, 0, len(data) // 2)


@pytest.mark.parametrize(("rtype", "data"), BROKEN.values(), ids=BROKEN)
def test_broken(rtype: int, data: str) -> None:
    with pytest.raises((Malformed, IndexError)):
        check_rdata(bytes.fromhex(data), rtype, 0, len(data) // 2)
