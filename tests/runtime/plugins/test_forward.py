"""forward: what goes to the upstream, what comes back, and what happens when nothing does."""

from functools import partial

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.testing import can_read, serve

ANSWERS = {"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}
FAST = "{\n        read_timeout 100ms\n        health_check 50ms\n    }\n"


@pytest.mark.parametrize("tcp", [False, True])
def test_a_reply_comes_back_as_it_is(tcp: bool) -> None:
    with serve("    forward . 127.0.0.1:{up}", answers=ANSWERS) as server:
        reply = server.ask("a.example.org. A", tcp=tcp, flags="RD CD", use_edns=0, payload=1400)
        assert [str(rrset) for rrset in reply.answer] == ["a.example.org. 60 IN A 192.0.2.1"]
        assert server.stub is not None
        query, over = server.stub.seen[0]
        assert (over, query.payload, dns.flags.to_text(query.flags)) == ("tcp" if tcp else "udp", 1400, "RD CD")


@pytest.mark.parametrize(
    ("block", "tcp", "over"),
    [("force_tcp", False, ["tcp"]), ("prefer_udp", True, ["udp"]), ("prefer_udp", False, ["udp"])],
)
def test_transport(block: str, tcp: bool, over: list[str]) -> None:
    with serve(f"    forward . 127.0.0.1:{{up}} {{\n        {block}\n    }}\n", answers=ANSWERS) as server:
        server.ask("a.example.org. A", tcp=tcp)
        assert server.stub is not None
        assert [one for _, one in server.stub.seen] == over


def truncated(query: dns.message.QueryMessage, over: str) -> dns.message.Message:
    """A reply that is whole only over TCP."""
    reply = dns.message.make_response(query)
    if over == "udp":
        reply.flags |= dns.flags.TC
    else:
        reply.answer.append(dns.rrset.from_text("a.example.org.", 60, "IN", "A", "192.0.2.1"))
    return reply


@pytest.mark.parametrize(("block", "records"), [("", 0), ("prefer_udp", 1)])
def test_truncated_replies(block: str, records: int) -> None:
    with serve(f"    forward . 127.0.0.1:{{up}} {{\n        {block}\n    }}\n", respond=truncated) as server:
        assert len(server.ask("a.example.org. A").answer) == records


def wrong_question(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.question = [dns.rrset.from_text("other.example.org.", 0, "IN", "A")]
    return reply


def wrong_id(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.id = (query.id + 1) % 65536
    return reply


def silent(_query: dns.message.QueryMessage, _over: str) -> None:
    return None


@pytest.mark.parametrize(
    ("respond", "rcode"), [(wrong_question, "FORMERR"), (wrong_id, "SERVFAIL"), (silent, "SERVFAIL")]
)
def test_replies_that_are_none(respond: object, rcode: str) -> None:
    with serve(f"    errors\n    forward . 127.0.0.1:{{up}} {FAST}", respond=respond) as server:  # type: ignore[arg-type]
        assert server.answers("a.example.org. A") == [rcode]
        if rcode == "SERVFAIL":
            assert server.output()[0].endswith("i/o timeout")


def test_a_type_has_no_letter_case() -> None:
    """65 is HTTPS, and the code of A; 97 is that of a."""

    def respond(query: dns.message.QueryMessage, _over: str) -> bytes:
        wire = dns.message.make_response(query).to_wire()
        return wire.replace(b"\0\x41\0\1", b"\0\x61\0\1").replace(b"example", b"EXAMPLE")

    with serve("    forward . 127.0.0.1:{up}", respond=respond) as server:
        assert server.answers("a.example.org. HTTPS") == ["FORMERR"]
        assert server.answers("a.example.org. TXT") == ["NOERROR"]


def test_a_health_check_follows_a_failure_until_the_upstream_answers() -> None:
    mute = True

    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message | None:
        return None if mute else dns.message.make_response(query)

    with serve(f"    forward . 127.0.0.1:{{up}} {FAST}", respond=respond) as server:
        stub = server.stub
        assert stub is not None
        server.ask("a.example.org. A")
        server.wait(lambda: any(str(query.question[0]) == ". IN NS" for query, _ in stub.seen))
        mute = False
        assert server.answers("a.example.org. A") == ["NOERROR"]


def test_refused_connections_are_told_at_once() -> None:
    with serve("    errors\n    forward . 127.0.0.1:{up}") as server:
        assert server.stub is not None
        server.stub.close()
        assert server.answers("a.example.org. A") == ["SERVFAIL"]
        assert server.answers("a.example.org. A", tcp=True) == ["SERVFAIL"]
        first, second = server.output()
        assert "connection refused" in first
        assert " udp " in first
        assert "dial tcp" in second
        assert second.endswith("connect: connection refused")


def test_all_who_asked_together_are_told_of_a_refusal() -> None:
    with serve("    forward . 127.0.0.1:{up}") as server:
        assert server.stub is not None
        server.stub.close()
        clients = [server.connect() for _ in range(20)]
        for number, client in enumerate(clients):
            client.send(dns.message.make_query(f"a{number}.example.org.", "A").to_wire())
        began = server.now
        for client in clients:
            server.wait(partial(can_read, client))
            assert dns.message.from_wire(client.recv(512)).rcode() == dns.rcode.SERVFAIL
        assert server.now - began < 1  # CoreDNS: at once; who is not told waits for 2 seconds


def test_names_that_are_not_forwarded() -> None:
    body = "    forward example.org 127.0.0.1:{up} {\n        except not.example.org\n    }\n    whoami\n"
    with serve(body, answers=ANSWERS) as server:
        for name in ("a.not.example.org.", "example.net.", "xexample.org."):
            assert len(server.ask(f"{name} A").additional) == 2
        assert server.answers("a.example.org. A")[0] == "NOERROR"
        assert server.stub is not None
        assert len(server.stub.seen) == 1


def test_too_many_at_once_are_refused() -> None:
    with serve("    forward . 127.0.0.1:{up} {\n        max_concurrent 1\n    }\n", respond=silent) as server:
        waiting = server.connect()
        waiting.send(dns.message.make_query("a.example.org.", "A").to_wire())
        assert server.stub is not None
        server.wait(lambda: server.stub is not None and server.stub.seen)
        assert server.answers("b.example.org. A") == ["REFUSED"]
        assert server.metric("coredns_forward_max_concurrent_rejects_total") == 1


def test_connections_are_counted() -> None:
    with serve("    forward . 127.0.0.1:{up}", answers=ANSWERS) as server:
        for _ in range(3):
            server.ask("a.example.org. A")
        assert server.stub is not None
        place = f'proto="udp",proxy_name="forward",to="127.0.0.1:{server.stub.port}"'
        assert server.metric(f"coredns_proxy_conn_cache_hits_total{{{place}}}") == 2
        assert server.metric(f"coredns_proxy_conn_cache_misses_total{{{place}}}") == 1


def test_many_at_once_share_sockets_and_are_all_answered() -> None:
    with serve("    forward . 127.0.0.1:{up}") as server:
        client = server.connect()
        queries = [dns.message.make_query(f"n{i}.example.org.", "A") for i in range(200)]
        for number, query in enumerate(queries):
            query.id = number
            client.send(query.to_wire())
        client.setblocking(False)
        replies: dict[int, str] = {}

        def collect() -> bool:
            try:
                while True:
                    reply = dns.message.from_wire(client.recv(4096))
                    replies[reply.id] = str(reply.question[0].name)
            except BlockingIOError:
                return len(replies) == 200

        server.wait(collect)
        assert replies == {number: f"n{number}.example.org." for number in range(200)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("forward . https://192.0.2.1", "over https:// not supported"),
        ("forward . nowhere.invalid {\n resolver 127.0.0.1:1\n }", 'failed to resolve "nowhere.invalid"'),
    ],
)
def test_what_cannot_be_served_refuses_at_the_start(line: str, words: str) -> None:
    with pytest.raises(StartError, match="Corefile:3: plugin/forward: ") as refusal, serve(f"    {line}\n"):
        pass
    assert words in str(refusal.value)
