"""chaos: which server this is, in class CH."""

import random
import socket

import dns.message
import pytest
from corefile_runtime.testing import Running, serve


def texts(server: Running, name: str) -> list[str]:
    """The records of the answer, as they came; the rcode where there are none."""
    wire = server.exchange(dns.message.make_query(name, "TXT", "CH").to_wire())
    assert wire is not None
    reply = dns.message.from_wire(wire)
    lines = [line.split(" ", 4) for rrset in reply.answer for line in str(rrset).split("\n")]
    assert all(line[:4] == [name, "0", "CH", "TXT"] for line in lines)
    return [line[4] for line in lines] or [str(reply.rcode())]


@pytest.mark.parametrize("replay", [True, False])
def test_what_each_name_says(replay: bool) -> None:
    with serve("    chaos resolver author", replay=replay) as server:
        for _ in range(2):
            assert texts(server, "version.bind.") == ['"resolver"']
            assert texts(server, "Version.Server.") == ['"resolver"']
            assert texts(server, "authors.bind.") == ['"author"']
            assert texts(server, "hostname.bind.") == texts(server, "id.server.") == [f'"{socket.gethostname()}"']
            assert texts(server, "other.bind.") == ["2"]


def test_authors_come_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = iter([["one", "two"], ["two", "one"]])
    monkeypatch.setattr(random, "sample", lambda _found, _count: next(orders))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    with serve("    chaos resolver one two") as server:
        assert texts(server, "authors.bind.") == ['"one"', '"two"']
        assert texts(server, "authors.bind.") == ['"two"', '"one"']


def test_one_kept_answer_is_for_the_name_in_any_letters() -> None:
    with serve("    chaos resolver") as server:
        for name in ("VERSION.bind.", "version.BIND.", "VeRsIoN.bInD."):
            assert texts(server, name) == ['"resolver"']
        assert server.engine.instance is not None
        (only,) = server.engine.instance.servers.values()
        assert len(only.stores["udp"].entries) == 1


def test_the_listener_takes_class_ch_where_one_block_has_it() -> None:
    with serve("    whoami") as server:
        assert texts(server, "version.bind.") == ["5"]
        server.text = server.text.replace("whoami", "chaos resolver")
        server.engine.reload_now()
        assert texts(server, "version.bind.") == ['"resolver"']


@pytest.mark.parametrize(
    ("written", "said"),
    [(r"a\065b", "aAb"), (r"a\b", "ab"), (r"a\\b", r"a\\b"), ("a\\", "a"), (r"\300", ","), (r"\06", "06")],
)
def test_texts_are_in_presentation_format(written: str, said: str) -> None:
    """As CoreDNS 1.14.7 reads them."""
    with serve(f"    chaos {written} {written}") as server:
        assert texts(server, "version.bind.") == texts(server, "authors.bind.") == [f'"{said}"']
