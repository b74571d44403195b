"""Packets that no client should send: a corpus of odd ones, and what becomes of them by accident or malice.

Everything is drawn from a `Random`, so that a seed says which packets there were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from struct import pack

NAMES = (
    b"\0",
    b"\1a\7example\3org\0",
    b"\3WwW\7eXample\3org\0",
    b"\4txt.\7ex\\mple\0",
    b"\1*\7example\3net\0",
    (b"\77" + b"x" * 63) * 3 + b"\75" + b"y" * 61 + b"\0",
    (b"\77" + b"x" * 63) * 4 + b"\0",
    b"\1a" * 127 + b"\0",
    b"\7version\4bind\0",
    b"\011localhost\0",
    b"\1" + b"\0" + b"\3\xff\xfe\xfd\0",
    b"\0011\0010\0010\003127\7in-addr\4arpa\0",
)
TYPES = (1, 28, 5, 6, 2, 12, 15, 16, 33, 35, 41, 43, 46, 47, 48, 64, 65, 249, 250, 251, 252, 255, 0, 257, 65280, 65535)
CLASSES = (1, 3, 4, 255, 254, 0, 2, 65535)
LOOP, FORWARD, OUTSIDE, NOWHERE = b"\xc0\x0c", b"\xc0\x20", b"\xc1\x00", b"\xff\xff"
HEADER = b"\xc0\x00", b"\xc0\x04"


def head(flags: int = 0x0100, counts: tuple[int, int, int, int] = (1, 0, 0, 0)) -> bytes:
    """A header without an ID of its own."""
    return pack("!6H", 0, flags, *counts)


def question(name: bytes = NAMES[1], rtype: int = 1, rclass: int = 1) -> bytes:
    return name + pack("!2H", rtype, rclass)


def record(owner: bytes, rtype: int, rdata: bytes, rclass: int = 1, ttl: int = 60, length: int | None = None) -> bytes:
    """A record; `length` may lie."""
    return owner + pack("!2HIH", rtype, rclass, ttl, len(rdata) if length is None else length) + rdata


def option(number: int, data: bytes = b"", length: int | None = None) -> bytes:
    return pack("!2H", number, len(data) if length is None else length) + data


def opt(size: int = 1232, ttl: int = 0, options: bytes = b"", owner: bytes = b"\0", length: int | None = None) -> bytes:
    return record(owner, 41, options, size, ttl, length)


OPTIONS = (
    b"",
    option(3),
    option(3, b"server"),
    option(10, b"12345678"),
    option(10, b"1234567"),
    option(8, b"\0\1\x18\0\xc0\0\2"),
    option(8, b"\0\1\x21\0\xc0\0\2\0\0"),
    option(8, b"\0\2\x38\0" + bytes(7)),
    option(8, b"\0\7\0\0"),
    option(8, b"\0\1"),
    option(12, bytes(64)),
    option(11),
    option(11, b"\0\x64"),
    option(11, b"\0"),
    option(9),
    option(9, b"\0\0\0\1"),
    option(5, b"\1\2"),
    option(15, b"\0\1text"),
    option(15, b"\0"),
    option(16, b"x"),
    option(18, NAMES[1]),
    option(1, bytes(18)),
    option(2, b"\0\0\0\1"),
    option(65001, b"local"),
    option(26946, b"expert"),
    option(10, b"12345678") + option(3),
    option(10, b"short", 200),
    b"\0\3\0",
)

RDATA = {
    1: b"\xc0\0\2\1", 2: NAMES[1], 5: LOOP, 6: NAMES[1] * 2 + bytes(20), 12: NAMES[1], 15: b"\0\1" + NAMES[1],
    16: b"\4text", 28: bytes(16), 33: bytes(6) + NAMES[1], 43: b"\0\1\5\1" + bytes(20), 46: bytes(18) + NAMES[1] + b"s",
    47: NAMES[1] + b"\0\1\x40", 65: b"\0\1\0\0\1\0\3\2h2", 250: NAMES[9] + bytes(6) + b"\1\x2c\0\x10" + bytes(22),
    257: b"\0\5issueca.example", 41: b"",
}  # fmt: skip


def questions() -> Iterator[bytes]:
    """Whole messages of every name, type, class, opcode and set of flags."""
    for name in NAMES:
        yield head() + question(name)
    for rtype in TYPES:
        yield head() + question(rtype=rtype)
    for rclass in CLASSES:
        yield head() + question(rclass=rclass)
        yield head() + question(NAMES[8], 16, rclass)
    for opcode in range(16):
        yield head(opcode << 11 | 0x0100) + question()
        yield head(opcode << 11, (1, 1, 0, 0)) + question(rtype=6) + record(NAMES[1], 6, RDATA[6])
    for flags in (0, 0x8180, 0x8000, 0x0400, 0x0200, 0x0080, 0x0040, 0x0020, 0x0010, 0x07FF, 0x010F, 0xFFFF):
        yield head(flags) + question()


def counts_that_lie() -> Iterator[bytes]:
    for counts in ((0, 0, 0, 0), (2, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 2), (1, 0, 0, 3), (9, 9, 9, 9)):
        yield head(counts=counts)
        yield head(counts=counts) + question()
        yield head(counts=counts) + question() * 2
        yield head(counts=counts) + question() + b"trailing"


def edns() -> Iterator[bytes]:
    """Options, sizes, versions, flags; OPT records where none belongs."""
    for options in OPTIONS:
        for ttl in (0, 0x8000):
            yield head(counts=(1, 0, 0, 1)) + question() + opt(1232, ttl, options)
    for size in (0, 1, 511, 512, 65535):
        yield head(counts=(1, 0, 0, 1)) + question(rtype=255) + opt(size)
    for ttl in (0x00010000, 0x00FF8000, 0x05000000, 0x0000FFFF, 0xFFFFFFFF):
        yield head(counts=(1, 0, 0, 1)) + question() + opt(ttl=ttl)
    yield head(counts=(1, 0, 0, 2)) + question() + opt() * 2
    yield head(counts=(1, 0, 0, 2)) + question() + opt() + opt(ttl=0x00010000)
    yield head(counts=(1, 1, 0, 0)) + question() + opt()
    yield head(counts=(1, 0, 1, 0)) + question() + opt()
    for owner in (LOOP, NAMES[1], FORWARD, OUTSIDE):
        yield head(counts=(1, 0, 0, 1)) + question() + opt(owner=owner)
    yield head(counts=(1, 0, 0, 1)) + question() + opt(options=option(12, bytes(3900)))


def records() -> Iterator[bytes]:
    """Records that a query has no use for, whole and broken."""
    for rtype, rdata in RDATA.items():
        for counts in ((1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1)):
            for length in (None, 0, len(rdata) - 1, len(rdata) + 1, 65535):
                if length != -1:
                    yield head(counts=counts) + question() + record(LOOP, rtype, rdata, length=length)
        yield head(counts=(1, 0, 0, 2)) + question() + opt(options=OPTIONS[3]) + record(b"\0", rtype, rdata, 255, 0)
        yield head(counts=(1, 0, 0, 1)) + question() + record(LOOP, rtype, rdata, rclass=254)
    yield head(counts=(1, 0, 0, 1)) + question() + record(b"\0", 16, b"\xff" * 1200)


def names() -> Iterator[bytes]:
    """Pointers that loop or lead nowhere, and labels of kinds that there are not."""
    for name in (LOOP, FORWARD, OUTSIDE, NOWHERE, *HEADER, b"\x40", b"\x80a", b"\1a" + LOOP, b"\x3f"):
        yield head() + question(name)
        yield head(counts=(1, 0, 0, 1)) + question() + record(name, 1, RDATA[1])
        yield head(counts=(1, 1, 0, 0)) + question() + record(LOOP, 5, name)


def rests() -> Iterator[bytes]:
    for size in (0, 1, 2, 3, 11, 12, 13, 16, 17, 28, 29, 30):
        yield (head() + question())[:size]
    yield head() + bytes(512)
    yield head() + b"\xff" * 512


CORPUS = (*questions(), *counts_that_lie(), *edns(), *records(), *names(), *rests())


def seeded(seed: int | str) -> Random:
    return Random(seed)  # noqa: S311 - packets, no secrets


def flip(packet: bytearray, random: Random) -> None:
    """A bit, or several."""
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        if packet:
            packet[random.randrange(len(packet))] ^= 1 << random.randrange(8)


def overwrite(packet: bytearray, random: Random) -> None:
    """An octet by one that means something somewhere."""
    if packet:
        packet[random.randrange(len(packet))] = random.choice((0, 1, 12, 41, 63, 64, 127, 128, 191, 192, 250, 255))


def truncate(packet: bytearray, random: Random) -> None:
    del packet[random.randrange(len(packet) + 1) :]


def extend(packet: bytearray, random: Random) -> None:
    packet += random.randbytes(random.choice((1, 2, 4, 11, 64)))


def duplicate(packet: bytearray, random: Random) -> None:
    """A part again, somewhere."""
    start = random.randrange(len(packet) + 1)
    part = packet[start : start + random.choice((1, 2, 4, 11, 15, 100))]
    at = random.randrange(len(packet) + 1)
    packet[at:at] = part


def remove(packet: bytearray, random: Random) -> None:
    start = random.randrange(len(packet) + 1)
    del packet[start : start + random.choice((1, 1, 2, 4, 12))]


def miscount(packet: bytearray, random: Random) -> None:
    """A section has more or fewer records than there are."""
    at = random.choice((5, 7, 9, 11))
    if at < len(packet):
        packet[at] = random.choice((0, 1, 2, 3, 255))


def point(packet: bytearray, random: Random) -> None:
    """A compression pointer, to anywhere."""
    if len(packet) > 14:
        at = random.randrange(12, len(packet) - 1)
        packet[at : at + 2] = pack("!H", 0xC000 | random.randrange(len(packet) + 2))


def address(packet: bytearray, random: Random) -> None:
    """Other flags, another opcode."""
    if len(packet) > 3:
        packet[2:4] = random.choice((b"\1\0", b"\0\0", random.randbytes(2), bytes((random.randrange(16) << 3, 0))))


def splice(packet: bytearray, random: Random) -> None:
    """The end of another packet."""
    other = random.choice(CORPUS)
    packet[random.randrange(len(packet) + 1) :] = other[random.randrange(len(other) + 1) :]


MUTATIONS: tuple[Callable[[bytearray, Random], None], ...] = (
    flip, flip, flip, overwrite, overwrite, truncate, extend, duplicate, remove, miscount, point, point, address,
    splice,
)  # fmt: skip


def mutated(random: Random) -> bytes:
    """One packet of the corpus after a few accidents; some have none."""
    packet = bytearray(random.choice(CORPUS))
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        random.choice(MUTATIONS)(packet, random)
    return bytes(packet)


def numbered(packet: bytes, number: int) -> bytes:
    """The packet with an ID, as far as it has room for one."""
    return (pack("!H", number) + packet[2:])[: len(packet)]
