"""Replies: composed, cut, and dressed with EDNS; checked by reading them with another library."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset
import pytest
from corefile_runtime.wire.classify import classify
from corefile_runtime.wire.names import Malformed, parse_name
from corefile_runtime.wire.question import Query, read_query
from corefile_runtime.wire.rcodes import A
from corefile_runtime.wire.records import Record, find_records, read_sections, uncompressed_size
from corefile_runtime.wire.replies import badvers_reply, compose, cut, error_reply, fit
from hypothesis import given
from hypothesis import strategies as st


class Via:
    """A transport that goes nowhere."""

    over = "udp"

    def send(self, wire: bytes, peer: bytes) -> None: ...

    def client(self, peer: bytes) -> tuple[str, int]:
        del peer
        return "192.0.2.9", 5353

    def local(self) -> str:
        return "192.0.2.1"

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None: ...


def query_of(name: str = "a.Example.org.", rtype: str = "A", **options: Any) -> Query:
    """A query as the server reads it."""
    made = read_query(dns.message.make_query(name, rtype, **options).to_wire(), Via(), b"", 0.0)
    assert isinstance(made, Query)
    return made


def option_types(message: dns.message.Message) -> list[int]:
    """The numbers of the EDNS options."""
    options = cast("list[dns.edns.Option]", message.options)  # pyright: ignore[reportUnknownMemberType]
    return [int(option.otype) for option in options]


def records(count: int, owner: str = "a.Example.org.") -> list[Record]:
    return [Record(parse_name(owner), A, 1, 60, bytes((192, 0, 2, number % 256))) for number in range(count)]


def test_owners_are_compressed_where_the_letters_are_the_same() -> None:
    query = query_of()
    same, other = compose(query, 0, records(1)), compose(query, 0, records(1, "a.example.org."))
    assert len(same) == query.end + 16
    assert len(other) == query.end + 16 + 10  # only the last label is written alike
    assert str(dns.message.from_wire(other).answer[0].name) == "a.example.org."


@pytest.mark.parametrize(("count", "kept"), [(29, 29), (30, 30), (31, 30), (400, 30)])
def test_a_reply_is_cut_to_whole_records(count: int, kept: int) -> None:
    query = query_of()
    out = dns.message.from_wire(fit(query, compose(query, 0, records(count))))
    assert len(out.answer[0]) == kept
    assert bool(out.flags & dns.flags.TC) == (kept < count)


def test_the_opt_stays_when_a_reply_is_cut() -> None:
    query = query_of(use_edns=0, payload=600, want_dnssec=True)
    wire = fit(query, compose(query, 0, records(100)))
    out = dns.message.from_wire(wire)
    assert len(wire) <= 600
    assert (out.edns, out.payload, out.ednsflags) == (0, 600, dns.flags.DO)


def test_an_opt_of_the_reply_takes_size_and_do_of_the_client() -> None:
    query = query_of(use_edns=0, payload=1400, want_dnssec=True)
    upstream = dns.message.make_response(dns.message.from_wire(query.wire))
    upstream.use_edns(0, payload=512, options=[dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"x" * 8)])
    out = dns.message.from_wire(fit(query, upstream.to_wire()))
    assert (out.payload, out.ednsflags, option_types(out)) == (1400, dns.flags.DO, [10])


def test_only_known_options_are_repeated() -> None:
    numbers = [dns.edns.OptionType.make(number) for number in (10, 12, 13, 65001)]
    query = query_of(use_edns=0, options=[dns.edns.GenericOption(number, b"12345678") for number in numbers])
    out = dns.message.from_wire(fit(query, error_reply(query, 5)))
    assert option_types(out) == [10, 12]


@pytest.mark.parametrize(
    ("opcode", "flags", "reply"), [("QUERY", "RD CD", "QR RD CD"), ("NOTIFY", "RD CD", "QR"), ("QUERY", "", "QR")]
)
def test_flags_of_a_reply(opcode: str, flags: str, reply: str) -> None:
    made = dns.message.make_query("example.org.", "A")
    made.flags = dns.flags.from_text(flags)
    made.set_opcode(dns.opcode.from_text(opcode))
    query = read_query(made.to_wire(), Via(), b"", 0.0)
    assert isinstance(query, Query)
    assert dns.flags.to_text(dns.message.from_wire(error_reply(query, 2)).flags) == reply


def test_badvers() -> None:
    out = dns.message.from_wire(badvers_reply(query_of(use_edns=1)))
    assert (out.rcode(), out.payload) == (dns.rcode.BADVERS, 0)


def test_uncompressed_size_is_that_of_a_message_without_pointers() -> None:
    query = dns.message.make_query("a.example.org.", "MX")
    reply = dns.message.make_response(query)
    for text in (
        "a.example.org. 60 IN MX 10 mail.example.org.",
        "a.example.org. 60 IN SOA ns.example.org. x.example.org. 1 2 3 4 5",
    ):
        owner, ttl, rclass, rtype, rest = text.split(None, 4)
        reply.answer.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, rest))
    rrsets: list[Any] = list(reply.answer)
    rdatas = [rrset[0] for rrset in rrsets]
    plain = sum(len(rdata.to_digestable()) + len(b"\1a\7example\3org\0") + 10 for rdata in rdatas)
    end = 12 + 15 + 4
    assert uncompressed_size(reply.to_wire(), end) == end + plain


@pytest.mark.parametrize(
    ("rcode", "answer", "authority", "kind"),
    [
        ("NOERROR", ["A 192.0.2.1"], [], "NOERROR"),
        ("NOERROR", [], [], "NOERROR"),
        ("NOERROR", [], ["SOA . . 1 2 3 4 5"], "NODATA"),
        ("NOERROR", [], ["NS ns.example.org."], "DELEGATION"),
        ("NXDOMAIN", [], [], "NXDOMAIN"),
        ("NXDOMAIN", ["A 192.0.2.1"], [], "OTHERERROR"),
        ("SERVFAIL", [], [], "SERVERERROR"),
        ("NOTIMP", [], [], "SERVERERROR"),
        ("REFUSED", [], [], "OTHERERROR"),
    ],
)
def test_kinds(rcode: str, answer: list[str], authority: list[str], kind: str) -> None:
    reply = dns.message.make_response(dns.message.make_query("a.example.org.", "A"))
    reply.set_rcode(dns.rcode.from_text(rcode))
    for section, texts in ((reply.answer, answer), (reply.authority, authority)):
        for text in texts:
            section.append(dns.rrset.from_text("a.example.org.", 60, "IN", *text.split(" ", 1)))
    wire = reply.to_wire()
    assert classify(wire, A, find_records(wire, 31)) == kind


READERS: list[Callable[[bytes], object]] = [
    lambda wire: find_records(wire, 12),
    lambda wire: read_sections(wire, 12),
    lambda wire: cut(wire, 12, 512),
]


@given(st.binary(min_size=12, max_size=300))
def test_nonsense_is_malformed_and_nothing_else(wire: bytes) -> None:
    for read in READERS:
        try:
            read(wire)
        except Malformed:
            pass
