"""A whole server in this process, packets that it should survive, and what each reply must be."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from random import Random
from time import monotonic

import dns.exception
import dns.message
from corefile_runtime.chain.build import find_handler
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.testing import PATIENCE, Running, can_read
from corefile_runtime.wire.names import Malformed, read_name
from corefile_runtime.wire.options import read_options
from corefile_runtime.wire.rcodes import FORMERR
from corefile_runtime.wire.records import Place, find_opt, find_records

from tests.runtime.packets import CORPUS, numbered

BURST = 64
ENTRIES = 2048
FORWARD = "forward . 127.0.0.1:{up} {\n max_fails 0\n}\n"
CACHE = "cache {\n success 1024\n denial 1024\n}\n"

# Lines that go together in one block, whatever there is of it.
CROWD = {
    "acl": "acl {\n filter net 192.0.2.0/24\n}\n",
    "any": "any\n",
    "bufsize": "bufsize 1400\n",
    "cache": CACHE,
    "chaos": "chaos corefile-fuzz somebody\n",
    "errors": "errors\n",
    "header": "header {\n response set ra\n}\n",
    "hosts": "hosts /dev/null {\n 192.0.2.1 a.example.org\n fallthrough\n}\n",
    "loadbalance": "loadbalance\n",
    "local": "local\n",
    "log": "log\n",
    "metadata": "metadata\n",
    "minimal": "minimal\n",
    "nsid": "nsid fuzz\n",
    "prometheus": "prometheus 127.0.0.1:0\n",
    "rewrite": "rewrite name regex (.*)\\.example\\.org {1}.example.net answer auto\n",
    "trace": "trace 127.0.0.1:9 {\n every 2\n}\n",  # nobody is there
}

BODIES = {
    "whoami": "whoami\n",
    "hosts": CROWD["hosts"] + "whoami\n",
    "chaos": "chaos\nwhoami\n",
    "forward": FORWARD,
    "cache": CACHE + FORWARD,
    "crowd": "".join(line for name, line in CROWD.items() if find_handler(name)) + FORWARD,
    "rewrite": "rewrite edns0 local set 0xffee x\nrewrite name suffix .org .net answer auto\n" + CACHE + "whoami\n",
    "template": 'template ANY ANY {\n answer "{{ .Name }} 60 {{ .Class }} A 192.0.2.1"\n}\n',
}


class Fuzzed:
    """A server under fire. `answered` counts its replies."""

    def __init__(self, body: str, *, replay: bool, respond: Respond) -> None:
        self.server = Running(f".:0 {{\n bind 127.0.0.1\n{body}}}\n", replay=replay)
        self.server.engine.entries = min(self.server.engine.entries, ENTRIES)
        self.answered = 0
        self._respond = respond
        self._number = 0
        self._upstream = self._open_upstream(body)
        self.server.start()
        self.client = self.server.connect()
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)

    def _open_upstream(self, body: str) -> socket.socket | None:
        if "{up}" not in body:
            return None
        made = bind_socket(socket.SOCK_DGRAM, "127.0.0.1", 0)
        self.server.text = self.server.text.replace("{up}", str(made.getsockname()[1]))
        self.server.loop.read(made.fileno(), self._read_upstream)
        return made

    def _read_upstream(self) -> None:
        assert self._upstream is not None
        wire, peer = self._upstream.recvfrom(65535)
        reply = self._respond(wire)
        if reply is not None:
            self._upstream.sendto(reply, peer)

    def shoot(self, packets: Iterable[bytes], *, trusted: bool = True) -> None:
        """Send packets over UDP, in bursts, and look at what comes back."""
        burst: dict[bytes, bytes] = {}
        for packet in packets:
            self._number = (self._number + 1) & 0xFFFF
            wire = numbered(packet, self._number)[:65000]
            self.client.send(wire)
            if len(wire) >= 2:
                burst[wire[:2]] = wire
            if len(burst) == BURST:
                self._collect(burst, trusted=trusted)
                burst = {}
        self._collect(burst, trusted=trusted)

    def _collect(self, burst: dict[bytes, bytes], *, trusted: bool) -> None:
        end = monotonic() + PATIENCE
        waiting = {number for number, wire in burst.items() if deserves_reply(wire)}
        while True:
            self.server.turn()
            while can_read(self.client):
                reply = self.client.recv(65535)
                check_reply(burst[reply[:2]], reply, trusted=trusted)
                waiting.discard(reply[:2])
                self.answered += 1
            if not waiting:
                return
            if monotonic() > end:
                raise AssertionError(f"no reply to {[burst[number].hex() for number in waiting]}")

    def settle(self) -> None:
        """Nothing has failed, and queries are answered as ever."""
        lines = [line for line in self.server.output() if "Recovered from" in line]
        assert not lines, lines
        reply = self.server.exchange(numbered(CORPUS[1], 7))
        assert reply is not None
        check_reply(numbered(CORPUS[1], 7), reply)

    def close(self) -> None:
        if self._upstream is not None:
            self.server.loop.forget(self._upstream.fileno())
            self._upstream.close()
        self.server.close()


Respond = Callable[[bytes], bytes | None]


def answer(wire: bytes) -> bytes | None:
    """What the upstream says: an address."""
    at = 12
    while wire[at]:
        at += wire[at] + 1
    records = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
    return wire[:2] + bytes((wire[2] | 128, wire[3] & 16)) + b"\0\1\0\1" + bytes(4) + wire[12 : at + 5] + records


@contextmanager
def fuzzed(body: str, *, replay: bool = True, respond: Respond = answer) -> Generator[Fuzzed]:
    """Serve a block's body."""
    made = Fuzzed(body, replay=replay, respond=respond)
    try:
        yield made
    finally:
        made.close()


def deserves_reply(wire: bytes) -> bool:
    """Whether a message gets a reply at all: not a fragment of a header, and no reply itself."""
    return len(wire) >= 12 and not wire[2] & 128


def check_reply(wire: bytes, reply: bytes, *, trusted: bool = True) -> None:
    """A reply is whole, repeats ID, opcode and question, or is a bare header.

    Where the upstream is not `trusted` it may have chosen opcode and data.
    """
    assert deserves_reply(wire), wire.hex()
    assert reply[:2] == wire[:2]
    # Malformed is a query, whatever it says: as CoreDNS has it.
    opcodes = {0, wire[2] & 0x78} if reply[3] & 15 == FORMERR else {wire[2] & 0x78}
    assert not trusted or reply[2] & 0x78 in opcodes, (wire.hex(), reply.hex())
    assert reply[2] & 128
    if len(reply) == 12:
        assert not any(reply[4:]), (wire.hex(), reply.hex())
        return
    asked, end = read_name(wire, 12)
    kind = (wire[end : end + 4] + bytes(4))[:4]
    assert reply[4:6] == b"\0\1"
    assert reply[12 : 12 + len(asked) + 4] == asked + kind, (wire.hex(), reply.hex())
    try:
        places = find_records(reply, 12 + len(asked) + 4)
        # dnspython knows other addresses in class CH than CoreDNS writes there.
        if trusted and kind[2:] != b"\0\3" and not has_odd_cookie(reply, places):
            dns.message.from_wire(reply)
    except (dns.exception.DNSException, Malformed) as error:
        raise AssertionError(f"{error!r}: {wire.hex()} {reply.hex()}") from error


def has_odd_cookie(reply: bytes, places: list[Place]) -> bool:
    """Whether a client's own cookie comes back that is none (RFC 7873, 4): the server does not look at it."""
    opt = find_opt(reply, places)
    options = read_options(reply, opt[1] - 1) if opt else []
    return any(number == 10 and not (len(data) == 8 or 16 <= len(data) <= 40) for number, data in options)


def memory() -> int:
    """Octets of this process that are in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def drawn(random: Random, make: Callable[[Random], bytes], count: int) -> Iterable[bytes]:
    return (make(random) for _ in range(count))
