"""header: flags of queries and of replies."""

import dns.flags
import dns.message
import pytest
from corefile_runtime.testing import serve


def plain(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
    return dns.message.make_response(query)


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("rules", "asked", "flags"),
    [
        ("response set ra", "RD", "QR AA RD RA"),
        ("response set ra\nresponse clear aa rd", "RD", "QR RA"),
        ("response clear aa\nresponse set aa", "RD", "QR AA RD"),
        ("response set aa\nresponse clear aa", "RD", "QR RD"),
        ("query set rd", "", "QR AA RD"),
        ("query clear rd", "RD", "QR AA"),
    ],
)
def test_flags_of_replies(rules: str, asked: str, flags: str, replay: bool) -> None:
    block = "".join(f"        {rule}\n" for rule in rules.split("\n"))
    with serve(
        f"    header {{\n{block}    }}\n    hosts /dev/null {{\n        192.0.2.1 a\n    }}", replay=replay
    ) as server:
        for _ in range(3):
            assert dns.flags.to_text(server.ask("a. A", flags=asked).flags) == flags


@pytest.mark.parametrize(
    ("rules", "flags"), [("query set aa ra", "AA RD RA"), ("query clear rd", ""), ("response clear rd", "RD")]
)
def test_flags_of_queries(rules: str, flags: str) -> None:
    with serve(f"    header {{\n        {rules}\n    }}\n    forward . 127.0.0.1:{{up}}", respond=plain) as server:
        server.ask("a.example.org. A")
        assert server.stub is not None
        assert dns.flags.to_text(server.stub.seen[0][0].flags) == flags


def test_errors_that_nobody_wrote() -> None:
    """The server writes them, with the flags that the query has become to have, and not those for replies."""
    body = "    header {\n        query set rd\n        response set ra\n    }\n    hosts /dev/null {\n    }"
    with serve(body) as server:
        reply = server.ask("a.example.org. A", flags="")
        assert (reply.rcode(), dns.flags.to_text(reply.flags)) == (2, "QR RD")
