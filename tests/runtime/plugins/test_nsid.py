"""nsid: a name for those who ask for it."""

import socket
from typing import cast

import dns.edns
import dns.flags
import dns.message
import pytest
from corefile_runtime.testing import serve

ASKS = dns.edns.GenericOption(dns.edns.OptionType.NSID, b"")
COOKIE = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, bytes(8))


def texts(reply: dns.message.Message) -> list[tuple[int, bytes]]:
    given = cast("tuple[dns.edns.Option, ...]", reply.options)  # pyright: ignore[reportUnknownMemberType]
    return [(int(option.otype), option.to_wire() or b"") for option in given]


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(("data", "text"), [('"Site One"', b"Site One"), ("two words", b"two words"), ("", None)])
def test_who_asks_is_told(data: str, text: bytes | None, replay: bool) -> None:
    with serve(f"    nsid {data}\n    whoami", replay=replay) as server:
        for _ in range(3):
            reply = server.ask("a.example.org. A", use_edns=0, payload=1300, options=[ASKS])
            assert texts(reply) == [(3, text if text is not None else socket.gethostname().encode())]
            assert (reply.payload, reply.ednsflags & dns.flags.DO) == (1300, dns.flags.DO)


def test_who_does_not_ask_is_not_told() -> None:
    with serve("    nsid here\n    whoami") as server:
        assert texts(server.ask("a.example.org. A", use_edns=0, options=[COOKIE])) == [(10, bytes(8))]
        assert server.ask("a.example.org. A").edns == -1


def test_errors_of_the_server_have_no_name() -> None:
    with serve("    nsid here\n    hosts /dev/null {\n    }") as server:
        assert texts(server.ask("a.example.org. A", use_edns=0, options=[ASKS])) == [(3, b"")]


@pytest.mark.parametrize(
    ("sent", "got"), [([], [(3, b"here")]), ([(3, b"up"), (10, bytes(16))], [(3, b"here"), (10, bytes(16))])]
)
def test_an_opt_of_the_upstream_is_used(sent: list[tuple[int, bytes]], got: list[tuple[int, bytes]]) -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.use_edns(0, options=[dns.edns.GenericOption(dns.edns.OptionType.make(code), data) for code, data in sent])
        return reply

    with serve("    nsid here\n    forward . 127.0.0.1:{up}", respond=respond) as server:
        assert texts(server.ask("a.example.org. A", use_edns=0, options=[ASKS])) == got
