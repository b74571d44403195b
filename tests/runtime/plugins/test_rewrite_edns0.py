"""rewrite edns0: options for the upstream, and what the client sees of them."""

from collections.abc import Iterator
from typing import Any, cast

import dns.edns
import dns.message
import dns.rrset
import pytest
from corefile_runtime.plugins.rewrite.change import Change
from corefile_runtime.plugins.rewrite.edns0 import make_subnet, server_ip
from corefile_runtime.testing import Running, serve
from corefile_runtime.wire.question import Query, read_query

from corefile.plugins.rewrite.rules import SubnetRule

Options = list[tuple[int, bytes]]


def options(message: dns.message.Message) -> Options:
    given = cast("tuple[dns.edns.Option, ...]", message.options)  # pyright: ignore[reportUnknownMemberType]
    return [(int(option.otype), option.to_wire() or b"") for option in given]


def generic(given: Options) -> list[dns.edns.Option]:
    return [dns.edns.GenericOption(dns.edns.OptionType.make(code), data) for code, data in given]


def plain(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
    """A reply without EDNS."""
    reply = dns.message.make_response(query)
    reply.use_edns(-1)
    reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.1"))
    return reply


def rules(*lines: str) -> str:
    return "".join(f"    rewrite {line}\n" for line in lines) + "    forward . 127.0.0.1:{up}"


def seen(server: Running) -> Options:
    assert server.stub is not None
    return options(server.stub.seen[-1][0])


COOKIE = (10, bytes(8))


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("rule", "sent", "upstream", "client"),
    [
        ("local set 65001 0x0aFF", [], [(65001, b"\x0a\xff")], [(65001, b"\x0a\xff")]),
        ("local set 0xfde9 word", [(65001, b"x")], [(65001, b"word")], [(65001, b"word")]),
        ("local append 65001 word", [], [(65001, b"word")], [(65001, b"word")]),
        ("local append 65001 word", [(65001, b"x")], [(65001, b"x"), (65001, b"word")], None),
        ("local replace 65001 word", [], [], []),
        ("local replace 65001 word", [COOKIE, (65001, b"x")], [COOKIE, (65001, b"word")], None),
        ("local unset 65001", [COOKIE, (65001, b"x"), (65001, b"y")], [COOKIE], [COOKIE]),
        ("local set 10 wordword", [COOKIE], [COOKIE, (10, b"wordword")], None),
        ("nsid set", [], [(3, b"")], [(3, b"")]),
        ("nsid set", [(3, b"x")], [(3, b"")], [(3, b"")]),
        ("nsid append", [(3, b"x")], [(3, b"x"), (3, b"")], None),
        ("nsid replace", [], [], []),
        ("nsid unset", [(3, b"x")], [], []),
        ("subnet set 24 56", [], [(8, b"\0\1\x18\0\x7f\0\0")], []),
        ("subnet set 0 0", [], [(8, b"\0\1\0\0")], []),
        ("subnet set 9 0", [], [(8, b"\0\1\x09\0\x7f\0")], []),
        ("subnet append 24 56", [(8, b"\0\1\x08\0\xc0")], [(8, b"\0\1\x08\0\xc0")], []),
        ("subnet replace 24 56", [(8, b"\0\1\x08\0\xc0")], [(8, b"\0\1\x18\0\x7f\0\0")], []),
        ("subnet replace 24 56", [], [], []),
        ("subnet unset", [(8, b"\0\1\x08\0\xc0")], [], []),
        # the upstream's options are taken back on request
        ("local set 65001 word revert", [], [(65001, b"word")], []),
        ("local set 65001 word revert", [(65001, b"x")], [(65001, b"word")], [(65001, b"x")]),
        ("local append 65001 word revert", [(65002, b"x")], [(65002, b"x"), (65001, b"word")], None),
        ("nsid set revert", [], [(3, b"")], []),
        ("nsid set revert", [(3, b"x")], [(3, b"")], [(3, b"x")]),
        ("subnet set 24 56 revert", [], [(8, b"\0\1\x18\0\x7f\0\0")], []),
        # variables
        ("local set 65001 {qname}", [], [(65001, b"Mixed.example.org.")], None),
        ("local set 65001 {qtype}", [], [(65001, b"\0\1")], None),
        ("local set 65001 {client_ip}", [], [(65001, b"\x7f\0\0\1")], None),
        ("local set 65001 {server_ip}", [], [(65001, b"\x7f\0\0\1")], None),
        ("local set 65001 {protocol}", [], [(65001, b"udp")], None),
        ("local append 65001 {protocol}", [(65001, b"x")], [(65001, b"x")], None),
        ("local replace 65001 {protocol} revert", [(65001, b"x")], [(65001, b"udp")], [(65001, b"x")]),
        ("local set 65001 {none/label}", [(65001, b"x")], [(65001, b"x")], None),
    ],
)  # fmt: skip
def test_options(rule: str, sent: Options, upstream: Options, client: Options | None, replay: bool) -> None:
    with serve(rules(f"edns0 {rule}"), respond=plain, replay=replay) as server:
        extra: dict[str, Any] = {"use_edns": 0, "payload": 1300, "options": generic(sent)} if sent else {}
        reply = server.ask("Mixed.example.org. A", **extra)
        assert seen(server) == upstream
        if client is not None:
            assert options(reply) == client
        assert reply.payload == (1300 if sent else 4096 if "none/label" not in rule else 0)


def test_a_query_without_edns_gets_it_only_from_rules_that_look() -> None:
    with serve(rules("edns0 local set 65001 {none/label}"), respond=plain) as server:
        assert server.ask("a.example.org. A").edns == -1
        assert server.stub is not None
        assert server.stub.seen[0][0].edns == -1


def test_ports() -> None:
    lines = ("continue edns0 local set 65001 {client_port}", "edns0 local set 65002 {server_port}")
    with serve(rules(*lines), respond=plain) as server:
        client = server.connect()
        client.sendall(dns.message.make_query("a.example.org.", "A").to_wire())
        server.wait(lambda: server.stub is not None and server.stub.seen)
        port = client.getsockname()[1]
        assert seen(server) == [(65001, port.to_bytes(2, "big")), (65002, b"\0\0")]


@pytest.mark.parametrize("tcp", [False, True])
def test_a_wildcard_has_no_address(tcp: bool) -> None:
    """Over TCP each connection has one."""
    text = f".:0 {{\n{rules('edns0 local set 65001 {server_ip}')}\n}}\n"
    with serve(text, whole=True, respond=plain) as server:
        server.ask("a.example.org. A", tcp=tcp)
        assert seen(server) == ([(65001, b"\x7f\0\0\1")] if tcp else [])


def test_other_records_of_the_query_stay() -> None:
    query = dns.message.make_query("a.example.org.", "A", use_edns=0, options=generic([COOKIE]))
    query.additional.append(dns.rrset.from_text("x.example.org.", 60, "IN", "A", "192.0.2.9"))
    with serve(rules("edns0 local set 65001 word"), respond=plain) as server:
        assert server.exchange(query.to_wire()) is not None
        assert seen(server) == [COOKIE, (65001, b"word")]
        assert server.stub is not None
        assert len(server.stub.seen[0][0].additional) == 1


def test_a_count_without_record_is_no_record() -> None:
    wire = bytearray(dns.message.make_query("a.example.org.", "A").to_wire())
    wire[11] = 1
    with serve(rules("edns0 nsid set"), respond=plain) as server:
        assert server.exchange(bytes(wire)) is not None
        assert seen(server) == [(3, b"")]


def test_small_replies_for_who_said_nothing_about_their_size() -> None:
    """The size that the upstream is told is ours, not the client's."""

    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.answer += [
            dns.rrset.from_text(query.question[0].name, 60, "IN", "A", f"192.0.2.{last}") for last in range(1, 61)
        ]
        return reply

    with serve(rules("edns0 nsid set"), respond=respond) as server:
        wire = server.exchange(dns.message.make_query("a.example.org.", "A").to_wire())
        assert wire is not None
        assert len(wire) <= 512
        assert wire[2] & 2


def test_the_upstream_repeats_the_option() -> None:
    """It is taken out of the upstream's OPT too, or put back to what the client had sent."""

    def respond(query: dns.message.QueryMessage, over: str) -> dns.message.Message:
        reply = plain(query, over)
        reply.use_edns(0, options=generic(options(query)))
        return reply

    lines = ("continue edns0 local set 65001 word revert", "edns0 local set 65002 word revert")
    with serve(rules(*lines), respond=respond) as server:
        reply = server.ask("a.example.org. A", use_edns=0, options=generic([(65001, b"x"), COOKIE]))
        assert options(reply) == [(65001, b"x"), COOKIE]


def test_clients_are_told_apart_when_the_answer_depends_on_them() -> None:
    """An answer that was made for one client is not replayed to another."""
    with serve("    cache\n" + rules("edns0 local set 65001 {client_ip}"), respond=plain) as server:
        for _ in range(3):
            server.ask("a.example.org. A")
        assert server.engine.instance is not None
        (instance_server,) = server.engine.instance.servers.values()
        assert instance_server.client_classes is not None
        one, other = (instance_server.client_classes.mark(bytes((127, 0, 0, last))) for last in (1, 2))
        assert one != other


def test_logs_tell_the_query_as_the_upstream_got_it() -> None:
    """Its size and EDNS, also where the client sees nothing of them."""
    body = '    log . "{size} {>bufsize}"\n' + rules("edns0 local set 65001 word revert")
    with serve(body, respond=plain) as server:
        assert options(server.ask("a.example.org. A")) == []
        assert "[INFO] 50 4096" in server.output()


def test_errors_have_the_edns_that_the_rules_made() -> None:
    """Those that the server writes, and those that are written on the way back."""
    body = '    log . "{rcode} {rsize}"\n    rewrite continue edns0 local set 65001 word\n'
    body += "    rewrite name regex ^bad a..b\n"
    with serve(body + "    rewrite name exact a.example.org b.example.org\n    hosts /dev/null {\n    }") as server:
        for name in ("bad.example.org.", "a.example.org."):
            assert options(server.ask(f"{name} A")) == [(65001, b"word")]
        assert [line for line in server.output() if "SERVFAIL" in line] == ["[INFO] SERVFAIL 33", "[INFO] SERVFAIL 50"]


class Client:
    """A client and the address that it asked."""

    over = "udp"

    def __init__(self, host: str, local: str) -> None:
        self._host, self._local = host, local

    def send(self, wire: bytes, peer: bytes) -> None:
        """Not in these tests."""

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        """Nor this."""

    def client(self, peer: bytes) -> tuple[str, int]:
        del peer
        return self._host, 5353

    def local(self) -> str:
        return self._local


def change_of(host: str, local: str) -> Change:
    query = read_query(dns.message.make_query("a.example.org.", "A").to_wire(), Client(host, local), b"", 0)
    assert isinstance(query, Query)
    return Change(query)


@pytest.mark.parametrize(
    ("host", "bits", "data"),
    [
        ("192.0.2.255", 25, "00011900c0000280"),
        ("2001:db8:1:2:3::9", 56, "0002380020010db8000100"),
        ("2001:db8:1:2:3::9", 0, "00020000"),
        ("2001:db8::1", 128, "0002800020010db8000000000000000000000001"),
    ],
)
def test_subnets(host: str, bits: int, data: str) -> None:
    rule = SubnetRule(ipv4_bits=min(bits, 32), ipv6_bits=bits)
    assert make_subnet(change_of(host, "192.0.2.53"), rule).hex() == data


@pytest.mark.parametrize(
    ("host", "local", "data"),
    [
        ("192.0.2.1", "192.0.2.53", "c0000235"),
        ("192.0.2.1", "::", None),
        ("192.0.2.1", "::ffff:192.0.2.53", "c0000235"),
        ("2001:db8::1", "2001:db8::53", "20010db8000000000000000000000053"),
        ("2001:db8::1", "192.0.2.53", "00000000000000000000ffffc0000235"),
    ],
)
def test_the_address_that_was_asked(host: str, local: str, data: str | None) -> None:
    found = server_ip(change_of(host, local))
    assert (found.hex() if found is not None else None) == data
