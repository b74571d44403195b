"""Questions that the server asks itself."""

from collections.abc import Callable, Iterator

import dns.message
import pytest
from corefile_runtime.chain.inner_query import MAX_DEPTH, Circular, Dropped, Followed, Inner, follow
from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.chain.server import Server
from corefile_runtime.replay.eras import Source
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import Running, made_up, serve
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query, Transport, read_query
from corefile_runtime.wire.rcodes import CNAME, NOERROR, SERVFAIL
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose


class Client:
    """A transport that remembers what was sent."""

    over = "tcp"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, wire: bytes, peer: bytes) -> None:
        del peer
        self.sent.append(wire)

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        del peer
        self.sent += messages

    def client(self, peer: bytes) -> tuple[str, int]:
        del peer
        return "192.0.2.1", 53

    def local(self) -> str:
        return "198.51.100.1"


def a_query(via: Transport) -> Query:
    query = read_query(dns.message.make_query("a.example.org.", "A").to_wire(), via, b"", 0)
    assert isinstance(query, Query)
    return query


def the_server(running: Running) -> Server:
    assert running.engine.instance is not None
    (server,) = running.engine.instance.servers.values()
    return server


def the_reply(outcome: Outcome) -> Reply:
    assert isinstance(outcome, Reply)
    return outcome


def test_it_looks_like_the_client_but_gets_nothing() -> None:
    client = Client()
    via = Inner(Inner(client))
    assert (via.over, via.depth, via.client(b""), via.local()) == ("tcp", 2, ("192.0.2.1", 53), "198.51.100.1")
    via.send(b"wire", b"")
    via.stream(iter([b"wire"]), b"")
    assert not client.sent


def test_answers_come_from_the_chain_of_the_name() -> None:
    with serve("    hosts /dev/null {\n        192.0.2.7 b.example.org\n    }") as server:
        reply = the_reply(the_server(server).ask_inside(a_query(Client()), parse_name("b.example.org."), 1))
        assert reply.wire is not None
        assert str(dns.message.from_wire(reply.wire).answer[0]) == "b.example.org. 3600 IN A 192.0.2.7"


def test_a_circle_ends() -> None:
    with serve("    whoami") as server:
        via: Transport = Client()
        for _ in range(MAX_DEPTH):
            via = Inner(via)
        assert isinstance(the_server(server).ask_inside(a_query(via), parse_name("b."), 1), Circular)


@pytest.mark.parametrize(("rcode", "kind"), [(NOERROR, Dropped), (SERVFAIL, Reply)])
def test_no_reply_and_a_reply_that_the_server_would_write_are_told_apart(rcode: int, kind: type[Reply]) -> None:
    with made_up("mine", lambda _words, _home: lambda _site: lambda _query: Reply(rcode)), serve("    mine") as server:
        reply = the_server(server).ask_inside(a_query(Client()), parse_name("b."), 1)
        assert (type(reply), the_reply(reply).wire) == (kind, None)


# -- to follow a CNAME

TARGET = Record(parse_name("b.example.org."), 1, 1, 60, b"\xc0\0\2\1")
ALIAS = Record(parse_name("a.example.org."), CNAME, 1, 60, TARGET.owner)


def an_answer(query: Query, name: bytes, qtype: int) -> Reply:
    asked = query.with_question(name, qtype, 1)
    return Reply(NOERROR, compose(asked, NOERROR, [TARGET]), "", Terms(SOURCE.era))


SOURCE = Source()


@pytest.mark.parametrize("waits", [False, True])
def test_what_is_behind_a_cname_is_told_and_its_terms_are_joined(waits: bool) -> None:
    query, own = a_query(Client()), Source()
    asked = Pending()

    def ask(query: Query, name: bytes, qtype: int) -> Outcome:
        return asked if waits else an_answer(query, name, qtype)

    def done(followed: Followed) -> Reply:
        wire = compose(query, NOERROR, [ALIAS, *followed.records])
        return followed.join(Reply(NOERROR, wire, "", Terms(own.era)))

    told: list[Reply] = []
    outcome = follow(ask, query, [ALIAS], done)
    if isinstance(outcome, Pending):

        def tell(reply: Reply, _context: int) -> None:
            told.append(reply)

        def fail(error: Exception, _context: int) -> None:
            pytest.fail(repr(error))

        outcome.end(tell, fail, 1)
        asked.resolve(an_answer(query, TARGET.owner, 1))
    else:
        told.append(outcome)
    (reply,) = told
    assert reply.wire is not None
    assert reply.terms is not None
    assert [str(one) for one in dns.message.from_wire(reply.wire).answer] == [
        "a.example.org. 60 IN CNAME b.example.org.", "b.example.org. 60 IN A 192.0.2.1",
    ]  # fmt: skip
    assert set(reply.terms.eras) == {own.era, SOURCE.era}


@pytest.mark.parametrize(
    ("inside", "circular"), [(Circular(SERVFAIL), True), (Dropped(NOERROR), False), (Reply(SERVFAIL), False)]
)
def test_without_a_reply_there_are_no_records_and_nothing_to_replay(inside: Reply, circular: bool) -> None:
    seen: list[Followed] = []

    def done(followed: Followed) -> Reply:
        seen.append(followed)
        return followed.join(Reply(NOERROR, b"", "", Terms()))

    reply = the_reply(follow(lambda _query, _name, _qtype: inside, a_query(Client()), [ALIAS], done))
    assert (seen[0].records, seen[0].circular, reply.terms) == ([], circular, None)


def test_without_a_cname_nobody_is_asked() -> None:
    ask: Callable[[Query, bytes, int], Outcome] = lambda _query, _name, _qtype: pytest.fail("asked")  # noqa: E731
    reply = the_reply(follow(ask, a_query(Client()), [TARGET], lambda _followed: Reply(NOERROR)))
    assert reply.rcode == NOERROR
