"""minimal: positive answers without their other sections."""

from typing import Any, cast

import dns.message
import dns.rcode
import dns.rrset
import pytest
from corefile_runtime.chain.reply import Reply
from corefile_runtime.plugins.minimal import shorten
from corefile_runtime.testing import serve
from corefile_runtime.wire.question import Query, Transport, read_query

RECORDS = {
    "answer": "a.example.org. 60 IN A 192.0.2.1",
    "ns": "example.org. 60 IN NS ns.example.org.",
    "soa": "example.org. 60 IN SOA ns.example.org. admin.example.org. 1 2 3 4 60",
    "glue": "ns.example.org. 60 IN A 192.0.2.53",
}
BODY = "    minimal\n    cache 30\n    forward . 127.0.0.1:{up}"


def respond_with(rcode: str, sections: str) -> dns.message.Message:
    """`answer|ns|glue`: what is in each section."""
    reply = dns.message.make_response(dns.message.make_query("a.example.org.", "A"))
    reply.set_rcode(dns.rcode.from_text(rcode))
    for section, name in zip((reply.answer, reply.authority, reply.additional), sections.split("|"), strict=True):
        if name:
            owner, ttl, rclass, rtype, rest = RECORDS[name].split(None, 4)
            section.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, rest))
    return reply


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("rcode", "sections", "left"),
    [
        ("NOERROR", "answer|ns|glue", [1, 0, 0]),
        ("NOERROR", "answer|ns|", [1, 0, 0]),
        ("NOERROR", "answer||", [1, 0, 0]),
        ("NOERROR", "||glue", [0, 0, 0]),
        ("NOERROR", "|ns|glue", [0, 1, 1]),
        ("NOERROR", "|soa|", [0, 1, 0]),
        ("NXDOMAIN", "|soa|glue", [0, 1, 1]),
        ("NXDOMAIN", "answer|soa|", [1, 1, 0]),
        ("SERVFAIL", "|ns|", [0, 1, 0]),
        ("REFUSED", "||glue", [0, 0, 1]),
    ],
)
def test_sections(rcode: str, sections: str, left: list[int], replay: bool) -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = respond_with(rcode, sections)
        reply.id = query.id
        return reply

    choices: list[dict[str, Any]] = [{}, {"use_edns": 0, "want_dnssec": True}]
    for options in choices:
        with serve(BODY, respond=respond, replay=replay) as server:
            for _ in range(3):
                reply = server.ask("a.example.org. A", **options)
                assert reply.rcode() == dns.rcode.from_text(rcode)
                assert [len(reply.answer), len(reply.authority), len(reply.additional)] == left
                assert reply.edns == (0 if options else -1)


def test_the_ttl_of_a_replayed_answer_ages() -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = respond_with("NOERROR", "answer|ns|glue")
        reply.id = query.id
        return reply

    with serve(BODY, respond=respond) as server:
        ttls: list[int] = []
        for _ in range(2):
            ttls.append(server.ask("a.example.org. A").answer[0].ttl)
            server.ask("a.example.org. A")
            server.run(1.1)
        assert ttls[0] - ttls[1] == 1


def test_what_is_no_answer_is_an_error() -> None:
    """A transfer goes through whole, and is complained about."""

    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text("example.org.", 60, "IN", "SOA", RECORDS["soa"].split(None, 4)[4]))
        return reply

    with serve("    errors\n    minimal\n    forward . 127.0.0.1:{up}", respond=respond) as server:
        assert len(server.ask("example.org. AXFR", tcp=True).answer) == 1
        line = 'plugin/minimal: unhandled response type "META" for "example.org."'
        assert any(line in one for one in server.output())


def test_errors_without_reply() -> None:
    with serve("    minimal\n    hosts /dev/null {\n    }") as server:
        assert server.ask("a.example.org. A").rcode() == dns.rcode.SERVFAIL


def test_what_is_no_message_stays_as_it_is() -> None:
    query = read_query(dns.message.make_query("a.example.org.", "A").to_wire(), cast("Transport", None), b"", 0)
    assert isinstance(query, Query)
    reply = Reply(0, query.wire[:6] + b"\0\1\0\0\0\0" + query.wire[12:])
    assert shorten(reply, query) is reply
