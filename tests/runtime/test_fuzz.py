"""Whatever arrives on the wire: no exception, no ill-formed reply, and the server goes on."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from random import Random

import dns.message
import pytest
from corefile_runtime.testing import can_read
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.fuzzing import BODIES, FORWARD, Fuzzed, answer, check_reply, deserves_reply, drawn, fuzzed, memory
from tests.runtime.packets import CORPUS, head, mutated, numbered, question, seeded

PACKETS = 1500
MEBIBYTE = 1 << 20


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize("body", BODIES)
def test_a_server_survives_what_comes_over_udp(body: str, replay: bool) -> None:
    with fuzzed(BODIES[body], replay=replay) as target:
        target.shoot(CORPUS)
        target.shoot(drawn(seeded(f"{body} {replay}"), mutated, PACKETS - len(CORPUS)))
        target.settle()
        assert target.answered > PACKETS / 2


def framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2, "big") + packet


@pytest.mark.parametrize("body", ["whoami", "cache", "crowd"])
def test_a_server_survives_what_comes_over_tcp(body: str) -> None:
    random = seeded(body)
    with fuzzed(BODIES[body]) as target:
        for _ in range(60):
            packets = [numbered(mutated(random), number) for number in range(random.choice((1, 1, 3, 20)))]
            replies = converse(target, b"".join(map(framed, packets)), random)
            for reply in replies:
                check_reply(packets[int.from_bytes(reply[:2], "big")], reply)
            answered = {reply[:2] for reply in replies}
            assert [p.hex() for p in packets if deserves_reply(p) and p[:2] not in answered] == []
        target.settle()


def converse(target: Fuzzed, data: bytes, random: Random) -> list[bytes]:
    """Send in pieces over one connection, then say that this was all; the replies that come before it is closed."""
    client = target.server.connect(tcp=True)
    client.setblocking(False)
    got = b""
    while data:
        size = random.choice((1, 2, 3, 17, 1000, 100_000))
        try:
            data = data[client.send(data[:size]) :]
        except BlockingIOError:
            pass
        except OSError:  # the server has closed it
            break
        target.server.loop.step(0)
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_WR)
    part = None
    while part != b"":
        target.server.wait(lambda: can_read(client))
        try:
            part = client.recv(1 << 20)
        except OSError:
            part = b""
        got += part
    replies: list[bytes] = []
    while len(got) >= 2 and len(got) >= 2 + int.from_bytes(got[:2], "big"):
        end = 2 + int.from_bytes(got[:2], "big")
        replies.append(got[2:end])
        got = got[end:]
    assert got == b""
    return replies


@pytest.mark.parametrize(
    "packet",
    [
        head() + question() + bytes(65535 - 12 - 19),
        head(counts=(1, 0, 0, 1)) + question() + b"\0\0\x29\4\xd0\0\0\0\0\xff\xc5\0\x0c\xff\xc1" + bytes(0xFFC1),
        head() + b"\xc0\x0c" * 30000,
        b"\xff" * 65535,
    ],
    ids=["trailing", "padding", "pointers", "ones"],
)
def test_64_kib(packet: bytes) -> None:
    packet = packet[:65535]
    with fuzzed(BODIES["cache"]) as target:
        replies = converse(target, framed(packet) + framed(numbered(CORPUS[1], 1)), seeded(1))
        assert len(replies) == 1 + deserves_reply(packet)
        for reply in replies:
            check_reply(numbered(CORPUS[1], 1) if reply[:2] == b"\0\1" else packet, reply)
        target.settle()


def test_what_upstreams_say_harms_nobody() -> None:
    random = seeded(4)

    def garble(wire: bytes) -> bytes | None:
        reply = answer(wire)
        return None if reply is None else disturbed(reply, random)

    impatient = "forward . 127.0.0.1:{up} {\n max_connect_attempts 1\n max_fails 0\n read_timeout 20ms\n}\n"
    with fuzzed(BODIES["crowd"].replace(FORWARD, impatient), respond=garble) as target:
        target.shoot((head() + question(b"\3%03d\0" % (at % 400)) for at in range(3000)), trusted=False)
        target.settle()


def disturbed(reply: bytes, random: Random) -> bytes:
    """A reply after a few accidents behind its ID, so that somebody takes it for one."""
    other = bytearray(reply)
    for _ in range(random.choice((0, 1, 2, 5))):
        at = random.randrange(2, len(other))
        if random.random() < 0.2:
            del other[at:]
            break
        other[at] = random.choice((0, 1, 12, 41, 63, 64, 128, 192, 255, random.randrange(256)))
    return bytes(other)


def test_memory_does_not_grow() -> None:
    with fuzzed(BODIES["crowd"]) as target:
        random = seeded(5)
        target.shoot(drawn(random, mutated, 4000))
        before = memory()
        target.shoot(drawn(random, mutated, 4000))
        assert memory() - before < 8 * MEBIBYTE
        target.settle()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600), st.booleans())
def test_any_octets(target: Fuzzed, packet: bytes, asking: bool) -> None:
    target.shoot([head() + packet if asking else packet])
    assert target.server.metric("coredns_panics_total") in (None, 0)


@pytest.fixture(scope="module", name="target")
def a_server() -> Iterator[Fuzzed]:
    with fuzzed(BODIES["crowd"]) as target:
        yield target
        target.settle()


def test_the_corpus_has_what_clients_send() -> None:
    assert str(dns.message.from_wire(CORPUS[1]).question[0]) == "a.example.org. IN A"
