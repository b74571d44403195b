"""Questions that the server asks itself."""

from typing import cast

import dns.message
from corefile_runtime.chain.inner_query import MAX_DEPTH, Inward, asker
from corefile_runtime.chain.reply import Reply
from corefile_runtime.testing import serve
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query, Transport, read_query


class Client:
    """A transport that remembers what was sent."""

    over = "tcp"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, wire: bytes, peer: bytes) -> None:
        del peer
        self.sent.append(wire)

    def client(self, peer: bytes) -> tuple[str, int]:
        del peer
        return "192.0.2.1", 53

    def local(self) -> str:
        return "198.51.100.1"


def test_it_looks_like_the_client_but_gets_nothing() -> None:
    client = Client()
    via = Inward(Inward(client))
    assert (via.over, via.depth, via.client(b""), via.local()) == ("tcp", 2, ("192.0.2.1", 53), "198.51.100.1")
    via.send(b"wire", b"")
    assert not client.sent


def test_answers_come_from_the_chain_of_the_name() -> None:
    with serve("    hosts /dev/null {\n        192.0.2.7 b.example.org\n    }") as server:
        assert server.engine.instance is not None
        ask = asker(server.engine.instance, "dns://127.0.0.1:0")
        query = read_query(dns.message.make_query("a.example.org.", "TXT").to_wire(), Client(), b"", 0)
        assert isinstance(query, Query)
        reply = ask(query, parse_name("b.example.org."), 1)
        assert isinstance(reply, Reply)
        assert reply.wire is not None
        assert str(dns.message.from_wire(reply.wire).answer[0]) == "b.example.org. 3600 IN A 192.0.2.7"


def test_a_circle_ends() -> None:
    with serve("    whoami") as server:
        assert server.engine.instance is not None
        via: Transport = Client()
        for _ in range(MAX_DEPTH):
            via = Inward(via)
        query = read_query(dns.message.make_query("a.example.org.", "A").to_wire(), via, b"", 0)
        reply = asker(server.engine.instance, "dns://127.0.0.1:0")(cast("Query", query), parse_name("b."), 1)
        assert isinstance(reply, Reply)
        assert reply.wire is None
