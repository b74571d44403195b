"""What CoreDNS says to odd packets: `python -m tests.runtime.record_verdicts PORT > tests/fixtures/wire/verdicts.tsv`.

A CoreDNS with `whoami` for the root zone must listen on PORT of 127.0.0.1. The packets are those of the fuzz test's
corpus and some that have been mutated, the same ones each time.
"""

from __future__ import annotations

import socket
import sys

from tests.runtime.packets import CORPUS, mutated, numbered, seeded

NUMBER = 0x1234
MUTATED = 250
LARGEST = 512
"""Octets of a query over UDP that CoreDNS reads."""


def packets() -> list[bytes]:
    random = seeded("verdicts")
    found = [*CORPUS, *(mutated(random) for _ in range(MUTATED))]
    return list(dict.fromkeys(numbered(packet, NUMBER) for packet in found if len(packet) <= LARGEST))


def verdict(reply: bytes | None) -> str:
    """`silence`, or header without ID, and whether the question is there."""
    if reply is None:
        return "silence"
    return f"{reply[2:4].hex()} {'question' if reply[4:6] == bytes((0, 1)) else 'bare'}"


def ask(port: int, packet: bytes) -> bytes | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        client.sendto(packet, ("127.0.0.1", port))
        try:
            return client.recv(65535)
        except TimeoutError:
            return None


if __name__ == "__main__":
    print("# CoreDNS 1.14.7, `. { whoami }`, over UDP: packet, flags and rcode of the reply, and what is behind them")
    for packet in packets():
        print(f"{packet.hex() or '-'}\t{verdict(ask(int(sys.argv[1]), packet))}")
