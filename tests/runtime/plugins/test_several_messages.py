"""Replies of several messages, as transfers have, on their way through plugins that change replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import dns.edns
import dns.flags
import dns.message
import dns.rdatatype
import pytest
from corefile_runtime.chain.reply import Outcome, Serve, Stream
from corefile_runtime.testing import Running, Words, made_up, serve
from corefile_runtime.wire.rcodes import NOERROR, SOA, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query

ORIGIN = b"\7example\3org\0"
START = Record(ORIGIN, SOA, 1, 600, ORIGIN + ORIGIN + bytes(20))
HOSTS = [Record(b"\1" + host + ORIGIN, A, 1, 600, b"\xc0\0\2" + host) for host in (b"a", b"b")]


def prepare(_configs: tuple[Words, ...], _home: Home) -> Link:
    """A zone of four records, in three messages, whatever the origin that is asked for."""

    def link(_site: Site) -> Serve:
        return give

    return link


def give(query: Query) -> Outcome:
    def more() -> Iterator[bytes]:
        yield compose(query, NOERROR, HOSTS[1:])
        yield compose(query, NOERROR, [START])

    return Stream(NOERROR, compose(query, NOERROR, [START, HOSTS[0]]), more())


def transfer(server: Running, messages: int, **options: object) -> list[dns.message.Message]:
    """So many messages of the reply to an AXFR."""
    query = dns.message.make_query("example.org.", "AXFR", **options).to_wire()  # type: ignore[arg-type]
    client = server.connect(tcp=True)
    client.sendall(len(query).to_bytes(2, "big") + query)
    found: list[dns.message.Message] = []
    data = b""
    while len(found) < messages:
        client.settimeout(0)
        try:
            data += client.recv(65536)
        except BlockingIOError:
            server.turn()
        while len(data) > 2 and len(data) >= 2 + (size := int.from_bytes(data[:2], "big")):
            found.append(dns.message.from_wire(data[2 : 2 + size], one_rr_per_rrset=True))
            data = data[2 + size :]
    assert not data
    return found


def lines(messages: list[dns.message.Message]) -> list[str]:
    return [f"{one.name} {one.ttl} {dns.rdatatype.to_text(one.rdtype)}" for m in messages for one in m.answer]


WHOLE = ["example.org. 600 SOA", "a.example.org. 600 A", "b.example.org. 600 A", "example.org. 600 SOA"]


@pytest.mark.parametrize(
    ("body", "records"),
    [
        ("", WHOLE),
        ("header {\n response set ra\n }", WHOLE),
        ("nsid here", WHOLE),
        ("loadbalance", WHOLE),
        # for what is kept for no time CoreDNS still sets the TTL that it would be kept for
        ("cache", [line.replace("600", "5") for line in WHOLE]),
        ("rewrite ttl example.org 7", [line.replace("600", "7") for line in WHOLE]),
        ("rewrite name suffix .org .org answer name (.*)b.example.org {1}c.example.org",
         [line.replace("b.", "c.") for line in WHOLE]),
    ],
)  # fmt: skip
def test_each_message_is_changed(body: str, records: list[str]) -> None:
    with made_up("zone", prepare), serve(f"{body}\nzone") as server:
        for _ in range(2):
            assert lines(transfer(server, 3)) == records


def test_flags_and_identifiers_are_in_each_message() -> None:
    ask = dns.edns.GenericOption(dns.edns.OptionType.NSID, b"")
    with made_up("zone", prepare), serve("nsid here\nheader {\n response set ra\n }\nzone") as server:
        for message in transfer(server, 3, use_edns=0, options=[ask]):
            assert message.flags & dns.flags.RA
            given = cast("tuple[dns.edns.Option, ...]", message.options)  # pyright: ignore[reportUnknownMemberType]
            assert [option.otype for option in given] == [dns.edns.OptionType.NSID]


def test_minimal_has_only_the_last_message() -> None:
    """CoreDNS's recorder remembers one message: with `minimal` in front of it a transfer is broken there too."""
    with made_up("zone", prepare), serve("minimal\nzone") as server:
        assert lines(transfer(server, 1)) == WHOLE[-1:]
