"""view and metadata: who comes into a block, which labels there are, and what may be given again."""

import socket
from ipaddress import ip_network
from typing import Any

import dns.message
import dns.rcode
import pytest
from corefile_runtime.chain.expressions import dependence
from corefile_runtime.testing import Running, can_read, serve

from corefile.golang.exprlang import VIEW, parse


def block(address: str, *lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    hosts = f"    hosts /dev/null {{\n        {address} a.example.org\n    }}\n"
    return f"example.org:0 {{\n    bind 127.0.0.1\n{body}{hosts}}}\n"


def view(name: str, *expressions: str) -> str:
    return f"view {name} {{\n" + "".join(f"        expr {one}\n" for one in expressions) + "    }"


def ask_from(server: Running, host: str, *, tcp: bool = False, **options: Any) -> str:
    """The address that a client gets, or the rcode."""
    wire = dns.message.make_query("a.example.org.", "A", **options).to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as client:
        client.bind((host, 0))
        client.connect(("127.0.0.1", server.port))
        client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
        server.wait(lambda: can_read(client))
        reply = dns.message.from_wire(client.recv(65535)[2 if tcp else 0 :])
    if not reply.answer:
        return dns.rcode.to_text(reply.rcode())
    return str(reply.answer[0]).rpartition(" ")[2]


REST = block("192.0.2.99")


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("expressions", "hosts"),
    [
        (["incidr(client_ip(), '127.0.0.16/28')"], {16, 31}),
        (["not incidr(client_ip(), '127.0.0.16/28')"], {1, 2, 32}),
        (["client_ip() == '127.0.0.2'"], {2}),
        (["'127.0.0.2' != client_ip()"], {1, 16, 31, 32}),
        (["client_ip() in ['127.0.0.2', '127.0.0.32', 'nobody']"], {2, 32}),
        (["client_ip() endsWith '2'"], {2, 32}),
        (["client_ip() endsWith '2'", "len(client_ip()) == 9"], {2}),
        (["type() == 'A' && class() == 'IN' && name() == 'a.example.org.' && opcode() == 0"], {1, 2, 16, 31, 32}),
        (["server_ip() == '127.0.0.1' && server_port() == '0'"], {1, 2, 16, 31, 32}),
        (["port() == '0' or id() < 0"], set[int]()),
        (["1"], set[int]()),
        (["incidr('x', '127.0.0.0/8')"], set[int]()),
        (["incidr(client_ip(), 'x')"], set[int]()),
        ([], {1, 2, 16, 31, 32}),
    ],
)
def test_who_comes_in(expressions: list[str], hosts: set[int], replay: bool) -> None:
    text = block("192.0.2.1", view("some", *expressions)) + REST
    with serve(text, whole=True, replay=replay) as server:
        for tcp in (False, True):
            for last in (1, 2, 16, 31, 32, 2, 1):
                expected = "192.0.2.1" if last in hosts else "192.0.2.99"
                assert ask_from(server, f"127.0.0.{last}", tcp=tcp) == expected


@pytest.mark.parametrize("replay", [True, False])
def test_what_the_query_says(replay: bool) -> None:
    text = (
        block("192.0.2.1", view("tcp", "proto() == 'tcp'"))
        + block("192.0.2.2", view("do", "do()"))
        + block("192.0.2.3", view("large", "bufsize() >= 2000"))
        + block("192.0.2.4", view("plain", "size() == 31 && bufsize() == 512"))
    )
    with serve(text, whole=True, replay=replay) as server:
        for _ in range(2):
            assert ask_from(server, "127.0.0.1", tcp=True) == "192.0.2.1"
            assert ask_from(server, "127.0.0.1", want_dnssec=True) == "192.0.2.2"
            assert ask_from(server, "127.0.0.1", payload=4096) == "192.0.2.3"
            assert ask_from(server, "127.0.0.1") == "192.0.2.4"
            assert ask_from(server, "127.0.0.1", payload=1232) == "REFUSED"


def test_metrics_name_the_view() -> None:
    text = block("192.0.2.1", view("inner", "true"), "prometheus 127.0.0.1:0", "acl {\n        allow\n    }") + REST
    with serve(text, whole=True) as server:
        ask_from(server, "127.0.0.1")
        assert server.metric('coredns_acl_allowed_requests_total{server="dns://127.0.0.1:0",view="inner"}') == 1
        place = 'server="dns://127.0.0.1:0",view="inner",zone="example.org."'
        assert server.metric(f'coredns_plugin_enabled{{name="view",{place}}}') == 1


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [("metadata", "inner"), ("metadata example.org", "inner"), ("metadata example.net", "-"), ("debug", "-")],
)
def test_labels(metadata: str, expected: str) -> None:
    text = block("192.0.2.1", view("inner", "true"), metadata, 'log . "{/view/name} {/log/class} {/no/label}"')
    with serve(text, whole=True) as server:
        for _ in range(2):
            assert ask_from(server, "127.0.0.1") == "192.0.2.1"
        assert server.output()[-2:] == [f"[INFO] {expected} {'-' if metadata == 'debug' else 'success'} -"] * 2


@pytest.mark.parametrize(("metadata", "expected"), [("metadata", "192.0.2.1"), ("debug", "192.0.2.99")])
def test_expressions_see_labels(metadata: str, expected: str) -> None:
    text = block("192.0.2.1", view("inner", "metadata('view/name') == 'inner'"), metadata) + REST
    with serve(text, whole=True) as server:
        for _ in range(2):
            assert ask_from(server, "127.0.0.1") == expected


@pytest.mark.parametrize(
    ("text", "stable", "each", "networks"),
    [
        ("name() == 'a.' && do() && bufsize() > 512 && server_port() == '53'", True, False, []),
        ("incidr(client_ip(), '192.0.2.9/24')", True, False, ["192.0.2.0/24"]),
        ("client_ip() | incidr('2001:db8::/32')", True, False, ["2001:db8::/32"]),
        ("client_ip() not in ['192.0.2.1', 'x']", True, False, ["192.0.2.1/32"]),
        ("any(['192.0.2.0/24'], incidr(client_ip(), #))", True, True, []),
        ("let f = client_ip(); f == '192.0.2.1'", True, True, []),
        ("client_ip() == name()", True, True, []),
        ("incidr('192.0.2.1', '192.0.2.0/24')", True, False, []),
        ("id() > 5", False, False, []),
        ("port() == '53'", False, False, []),
        ("server_ip() == '::'", False, False, []),
        ("metadata('a/b') == ''", False, False, []),
        ("now().Year() > 2000", False, False, []),
        ("len($env) > 0", False, False, []),
    ],
)
def test_what_an_expression_depends_on(text: str, stable: bool, each: bool, networks: list[str]) -> None:
    found = dependence([parse(text, VIEW)])
    assert (found.stable, found.each_client) == (stable, each)
    assert found.networks == {ip_network(network) for network in networks}


@pytest.mark.parametrize(
    ("expression", "kept"),
    [("client_ip() == '127.0.0.1'", True), ("id() >= 0", False), ("now().Year() > 2000", False)],
)
def test_only_what_is_stable_is_given_again(expression: str, kept: bool) -> None:
    with serve(block("192.0.2.1", view("v", expression)) + REST, whole=True) as server:
        ask_from(server, "127.0.0.1")
        instance = server.engine.instance
        assert instance is not None
        (one,) = instance.servers.values()
        assert bool(one.stores["udp"].entries) is kept
