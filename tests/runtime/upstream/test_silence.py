"""Upstreams that say nothing, or less than a header: everybody who waits is told in the end."""

from __future__ import annotations

from functools import partial

import pytest
from corefile_runtime.testing import can_read

from tests.runtime.fuzzing import check_reply, fuzzed
from tests.runtime.packets import head, numbered, question

BODY = "forward . 127.0.0.1:{up} {\n max_fails 0\n read_timeout 60ms\n}\n"


@pytest.mark.parametrize("said", [None, b"", b"12345678"], ids=["nothing", "an ID", "a piece"])
def test_all_who_wait_are_answered(said: bytes | None) -> None:
    """More of them than there are sockets, and not all at once: some of a socket's questions are late, some are not."""
    with fuzzed(BODY, respond=lambda wire: None if said is None else wire[:2] + said) as target:
        server = target.server
        clients = [server.connect() for _ in range(40)]
        for number, client in enumerate(clients):
            client.send(numbered(head() + question(), number))
            server.run(0.001)
        for number, client in enumerate(clients):
            server.wait(partial(can_read, client))
            reply = client.recv(512)
            check_reply(numbered(head() + question(), number), reply)
            assert reply[3] & 15 == 2
