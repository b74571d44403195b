"""What CoreDNS makes of garbled replies: `python -m tests.runtime.record_garbled UPSTREAM PORT PORT` writes the table.

A CoreDNS must serve the root zone on the two ports of 127.0.0.1, with the two BODIES, {up} being UPSTREAM: that one is
here. The table is `tests/fixtures/wire/garbled.tsv`.
"""

from __future__ import annotations

import re
import socket
import sys
import threading
from collections.abc import Iterator
from struct import pack

from tests.runtime.packets import LOOP, MUTATIONS, NAMES, OPTIONS, RDATA, head, numbered, opt, question, record, seeded

COUNT = 400
FORWARD = "forward . 127.0.0.1:{up} {\n max_fails 0\n}\n"
BODIES = FORWARD, "cache {\n disable success\n disable denial\n}\n" + FORWARD
DATA = {
    **{rtype: data for rtype, data in RDATA.items() if rtype != 41},
    35: b"\0\1\0\2\1u\1s\5!x!y!" + NAMES[1],
    42: b"\0\1\x18\3\xc0\0\2\0\2\x20\x84\x20\1\x0d\xb8",
    45: b"\x0a\3\2" + NAMES[1] + b"key",
    55: b"\4\2\0\3hit.key" + NAMES[1],
    64: b"\0\1" + NAMES[1] + b"\0\0\0\2\0\1\0\1\0\3\2h2\0\3\0\2\0\x35\0\4\0\4\xc0\0\2\1",
    260: b"\x0a\2" + bytes(16),
}
"""Data of records by type."""
CHAIN = b"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\7\4host\xc0\x0e" + b"\xc0\x2b\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
DENIAL = b"\xc0\x0e\0\6\0\1\0\0\0\x3c\0\x26\2ns\xc0\x0e\x0ahostmaster\xc0\x0e" + bytes(20)
ODD = b"\xc0\1", b"\xc0\0"
"""Pointers into the ID, which is another one each time."""


def whole() -> Iterator[tuple[int, bytes]]:
    """Types and replies to them, before anything has happened to those."""
    for rtype, data in DATA.items():
        yield rtype, head(0x8180, (1, 1, 0, 0)) + question(rtype=rtype) + record(LOOP, rtype, data)
    yield 1, head(0x8180, (1, 2, 0, 0)) + question() + CHAIN
    yield 1, head(0x8183, (1, 0, 1, 0)) + question() + DENIAL
    yield 1, head(0x8180, (1, 2, 1, 1)) + question() + CHAIN + DENIAL + opt(options=OPTIONS[5])
    yield 1, head(0x8180, (1, 40, 0, 0)) + question() + record(LOOP, 1, RDATA[1]) * 40
    yield 255, head(0x8180, (1, 0, 0, 1)) + question(rtype=255) + opt(ttl=0x01000000, options=OPTIONS[3] + OPTIONS[17])


def garbled() -> list[tuple[int, bytes]]:
    """Types and replies after accidents, the same ones each time."""
    random = seeded("garbled")
    intact = list(whole())
    found: dict[bytes, int] = {}
    while len(found) < COUNT:
        rtype, reply = random.choice(intact)
        packet = bytearray(reply)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            random.choice(MUTATIONS)(packet, random)
        if len(packet) >= 12 and not any(pointer in packet[12:] for pointer in ODD):
            found[numbered(bytes(packet), 0)] = rtype
    return [(rtype, reply) for reply, rtype in found.items()]


def verdict(reply: bytes | None) -> str:
    """`silence`, or flags and rcode, and how many records there are in each section."""
    return "silence" if reply is None else re.sub("(....)", r"\1 ", reply[2:4].hex() + reply[6:12].hex()).strip()


class Upstream:
    """An upstream over UDP and TCP that gives `reply` to everybody."""

    def __init__(self, port: int) -> None:
        self.reply = b""
        self._udp = socket.create_server(("127.0.0.1", port)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp[1].bind(("127.0.0.1", port))
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def _serve_udp(self) -> None:
        while True:
            query, peer = self._udp[1].recvfrom(65535)
            self._udp[1].sendto(query[:2] + self.reply[2:], peer)

    def _serve_tcp(self) -> None:
        while True:
            client, _ = self._udp[0].accept()
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        while query := client.recv(65535):
            client.sendall(pack("!H", len(self.reply)) + query[2:4] + self.reply[2:])


def ask(port: int, rtype: int, *, tcp: bool) -> bytes | None:
    """The reply to a question, None when there is none."""
    wire = numbered(head() + question(rtype=rtype), 0x1234)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as client:
        client.settimeout(3)
        client.connect(("127.0.0.1", port))
        client.sendall(pack("!H", len(wire)) + wire if tcp else wire)
        try:
            return client.recv(65535)[2 * tcp :]
        except TimeoutError:
            return None


if __name__ == "__main__":
    print("# CoreDNS 1.14.7: type asked for, reply of the upstream, what the client gets: over UDP and over TCP from")
    print("# `forward` alone, and over UDP and over TCP from `cache` in front of it")
    upstream = Upstream(int(sys.argv[1]))
    for rtype, upstream.reply in garbled():
        got = [verdict(ask(int(port), rtype, tcp=tcp)) for port in sys.argv[2:] for tcp in (False, True)]
        print(rtype, upstream.reply.hex(), *got, sep="\t")
