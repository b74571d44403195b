"""Where a program listens: blocks with and without `bind`, addresses in all spellings, and what cannot be had."""

import re
import socket
from contextlib import closing

import dns.message
import dns.rcode
import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.testing import serve
from corefile_runtime.testing.server import Running, can_read

from tests.ports import free_port

EVERYWHERE = "a.example:{port} {{\n    whoami\n}}\n"
AT_ONE = "b.example:{port} {{\n    bind 127.0.0.1\n    whoami\n}}\n"
TWO = "bind other0\n}\n.:1053 {\n    bind 127.0.0.1"
NEEDS_IPV6 = pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")


def rcode(server: Running, host: str, port: int, name: str, *, tcp: bool = False) -> str:
    """What is answered at an address; `nothing` where nobody listens."""
    query = dns.message.make_query(name, "A")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)) as client:
        try:
            client.connect((host, port))
            wire = query.to_wire()
            client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
            server.wait(lambda: can_read(client))
            reply = dns.message.from_wire(client.recv(65535)[2 if tcp else 0 :])
        except ConnectionRefusedError:
            return "nothing"
    return dns.rcode.to_text(reply.rcode())


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize("turned", [False, True])
def test_blocks_with_and_without_bind_on_one_port(tcp: bool, turned: bool) -> None:
    port = free_port()
    blocks = [EVERYWHERE.format(port=port), AT_ONE.format(port=port)]
    with serve("".join(reversed(blocks) if turned else blocks), whole=True) as server:
        assert rcode(server, "127.0.0.1", port, "b.example.", tcp=tcp) == "NOERROR"
        assert rcode(server, "127.0.0.1", port, "a.example.", tcp=tcp) == "REFUSED"
        assert rcode(server, "127.0.0.2", port, "a.example.", tcp=tcp) == "NOERROR"
        assert rcode(server, "127.0.0.2", port, "b.example.", tcp=tcp) == "REFUSED"


@pytest.mark.parametrize("tcp", [False, True])
def test_a_reload_between_forms_with_and_without_bind(tcp: bool) -> None:
    port = free_port()
    with serve(EVERYWHERE.format(port=port), whole=True) as server:
        for text, here, there in (
            (AT_ONE, "b.example.", "nothing"),
            (EVERYWHERE, "a.example.", "NOERROR"),
            (EVERYWHERE + AT_ONE, "b.example.", "NOERROR"),
            (AT_ONE, "b.example.", "nothing"),
        ):
            server.text = text.format(port=port)
            server.engine.reload_now()
            assert rcode(server, "127.0.0.1", port, here, tcp=tcp) == "NOERROR"
            assert rcode(server, "127.0.0.2", port, "a.example.", tcp=tcp) == there
        assert not [line for line in server.output() if "failed" in line]


def test_a_port_is_not_shared_with_other_processes() -> None:
    port = free_port()
    with serve(AT_ONE.format(port=port), whole=True), closing(socket.socket(type=socket.SOCK_DGRAM)) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))


@NEEDS_IPV6
def test_spellings_of_one_address_are_one_listener() -> None:
    port = free_port()
    text = "a.example:{0} {{\n bind ::1\n whoami\n}}\nb.example:{0} {{\n bind 0:0:0:0:0:0:0:1\n whoami\n}}\n"
    with serve(text.format(port), whole=True) as server:
        assert server.engine.addresses() == [("::1", port)]
        assert rcode(server, "::1", port, "a.example.") == rcode(server, "::1", port, "b.example.") == "NOERROR"


def test_an_ipv4_mapped_address_is_that_of_ipv4() -> None:
    with serve(".:0 {\n    bind ::ffff:127.0.0.2\n    whoami\n}\n", whole=True) as server:
        assert [host for host, _ in server.engine.addresses()] == ["127.0.0.2"]


@NEEDS_IPV6
@pytest.mark.parametrize("address", ["0.0.0.0", "::"])  # noqa: S104 - to this machine
def test_an_unspecified_address_is_all_of_both_families(address: str) -> None:
    port = free_port()
    with serve(f".:{port} {{\n    bind {address}\n    whoami\n}}\n", whole=True) as server:
        assert rcode(server, "::1", port, "a.example.") == "NOERROR"
        assert rcode(server, "127.0.0.1", port, "a.example.") == "NOERROR"


@NEEDS_IPV6
def test_all_addresses_in_three_spellings() -> None:
    port = free_port()
    text = f"a.example:{port} {{\n whoami\n}}\nb.example:{port} {{\n bind 0.0.0.0 ::\n whoami\n}}\n"
    with serve(text, whole=True) as server:
        assert rcode(server, "127.0.0.1", port, "a.example.") == "NOERROR"
        assert rcode(server, "127.0.0.1", port, "b.example.") == "NOERROR"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            ".:1053 {\n    whoami\n    bind 192.0.2.9\n}\n",
            r"Corefile:3: plugin/bind: listen udp 192.0.2.9:1053: bind: cannot assign requested address; no interface",
        ),
        (
            ".:1053 {\n    bind localhost\n    whoami\n}\n",
            r'Corefile:2: plugin/bind: not a valid IP address or interface name: "localhost"',
        ),
        (
            ".:1053 {\n    bind nosuch0\n    whoami\n}\n",
            r'Corefile:2: plugin/bind: not a valid IP address or interface name: "nosuch0"',
        ),
        (
            ".:1053 {\n    bind lo {\n        except lo\n    }\n    whoami\n}\n",
            "no server block has an address to listen on",
        ),
    ],
)
def test_what_the_machine_does_not_have(text: str, said: str) -> None:
    with pytest.raises(StartError, match=f"^{said}"), serve(text, whole=True):
        pass


@pytest.mark.parametrize(("text", "line"), [("bind other0 127.0.0.1", 1), (TWO, 4)])
def test_an_interface_and_one_of_its_addresses(monkeypatch: pytest.MonkeyPatch, text: str, line: int) -> None:
    """The machine alone knows that they are one: CoreDNS 1.14.7 refuses there, `already defined`."""
    monkeypatch.setattr("corefile_runtime.plugins.bind.interface_names", lambda: {"other0"})
    monkeypatch.setattr("corefile_runtime.plugins.bind.addresses_of", {"other0": ["127.0.0.1", "::1"]}.__getitem__)
    said = rf"^Corefile:{line}: 'dns://\.:1053' on 127\.0\.0\.1 is served twice$"
    with pytest.raises(StartError, match=said), serve(f".:1053 {{\n    {text}\n}}\n", whole=True):
        pass


@pytest.mark.parametrize("kind", ["udp", "tcp"])
@pytest.mark.parametrize("bind", ["", "    bind 127.0.0.1\n"])
def test_a_port_that_is_taken_names_protocol_address_and_line(kind: str, bind: str) -> None:
    with closing(socket.socket(type=socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)) as other:
        other.bind(("127.0.0.1", 0))
        if kind == "tcp":
            other.listen()
        port = other.getsockname()[1]
        where = rf"Corefile:3: plugin/bind: listen {kind} 127\.0\.0\.1" if bind else rf"Corefile:2: listen {kind} "
        said = rf"^{where}:{port}: bind: address already in use by this process$"
        with pytest.raises(StartError, match=said), serve(f"# one\n.:{port} {{\n{bind}    whoami\n}}\n", whole=True):
            pass


def test_the_same_on_reload_and_for_an_endpoint() -> None:
    with serve("    whoami") as server, closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        text = server.text
        server.text = text.replace("whoami", f"whoami\n    health 127.0.0.1:{port}")
        server.engine.reload_now()
        server.text = re.sub(r":0 \{", f":{port} {{", text)
        server.engine.reload_now()
        failed = [line.partition(": ")[2] for line in server.output() if "Restart failed: " in line]
        assert failed == [
            f"Corefile:4: plugin/health: listen tcp 127.0.0.1:{port}: bind: address already in use by this process",
            f"Corefile:2: plugin/bind: listen tcp 127.0.0.1:{port}: bind: address already in use by this process",
        ]
