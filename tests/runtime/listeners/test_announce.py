"""What the log says of a reply is there before the client has it, as with CoreDNS's errors."""

import os
import socket
from collections.abc import Callable

import dns.message
import pytest
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.testing import can_read, serve

from tests.runtime.conftest import Answerer


@pytest.mark.parametrize("late", [False, True])
def test_before_replies_leave(
    listener: UdpListener, loop: Loop, connect: Callable[[], socket.socket], answerer: Answerer, late: bool
) -> None:
    client = connect()
    had_reply: list[bool] = []
    loop.announce = lambda: had_reply.append(client.fileno() >= 0 and can_read(client))
    answerer.reply = lambda wire: None if late else wire
    client.send(b"?")
    if late:
        found = listener.take()
        while not found:
            found = listener.take()
        listener.send(b"!", found[0][1])
        loop.step(0)
    while not had_reply:
        loop.step(0)
    assert client.recv(16) == (b"!" if late else b"?")
    assert had_reply[0] is False


@pytest.mark.parametrize("tcp", [False, True])
def test_an_error_is_in_the_log_before_its_reply_leaves(tcp: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve("    errors\n    hosts {\n        fallthrough\n    }") as server:
        client = server.connect(tcp=tcp)
        wire = dns.message.make_query("a.example.org.", "A").to_wire()
        client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
        came: list[bool] = []
        write = os.write

        def note(descriptor: int, data: bytes) -> int:
            came.append(can_read(client))
            return write(descriptor, data)

        monkeypatch.setattr(os, "write", note)
        server.wait(lambda: can_read(client))
        assert server.output()
        assert came[:1] == [False]
