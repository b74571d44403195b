"""Headers of load balancers, with a template that tells the client's address."""

import socket
from ipaddress import IPv4Network

import dns.message
import pytest
from corefile_runtime.listeners.dns import PlainDns
from corefile_runtime.sockets.proxy_trust import Trust
from corefile_runtime.testing import PATIENCE, Running, can_read, serve

CLIENT, CLIENT6 = "198.51.100.7", "2001:db8::7"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v1(line: str) -> bytes:
    return f"PROXY {line}\r\n".encode()


def v2(family: int, body: bytes, *, command: int = 0x21, size: int | None = None) -> bytes:
    length = len(body) if size is None else size
    return SIGNATURE + bytes((command, family)) + length.to_bytes(2, "big") + body


def addresses(source: str, target: str = "", ports: tuple[int, int] = (8080, 53)) -> bytes:
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    target = target or ("2001:db8::1" if ":" in source else "192.0.2.1")
    return b"".join(
        (socket.inet_pton(family, source), socket.inet_pton(family, target), *(p.to_bytes(2, "big") for p in ports))
    )


UDP, UDP6 = v2(0x12, addresses(CLIENT)), v2(0x22, addresses(CLIENT6))
TCP, TCP6 = v2(0x11, addresses(CLIENT)), v2(0x21, addresses(CLIENT6))
REAL = "127.0.0.1"


def block(options: str) -> str:
    return f"    proxyproto {{\n{options}\n    }}\n    whoami\n"


def query(number: int = 7) -> bytes:
    return dns.message.make_query("a.example.org.", "A", id=number).to_wire()


def seen(wire: bytes | None) -> str | None:
    """The client that whoami tells."""
    if wire is None:
        return None
    reply = dns.message.from_wire(wire)
    return str(reply.additional[0]).split()[4] if reply.additional else str(reply.rcode())


def over_udp(server: Running, head: bytes, *, waits: float = PATIENCE) -> str | None:
    return seen(server.exchange(head + query(), seconds=waits))


def over_tcp(server: Running, head: bytes) -> str | None:
    return seen(pieces(server, [head + framed()]))


def framed() -> bytes:
    return len(query()).to_bytes(2, "big") + query()


def pieces(server: Running, parts: list[bytes]) -> bytes | None:
    """Send parts one after the other, each when the one before has been read."""
    client = server.connect(tcp=True)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = b""
    for part in parts:
        client.sendall(part)
        for _ in range(5):
            server.turn()
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        server.wait(lambda: can_read(client))
        try:
            got = client.recv(4096)
        except ConnectionResetError:
            return None
        if not got:
            return None
        data += got
    return data[2:]


@pytest.fixture(params=[True, False], ids=["replay", "no-replay"])
def replay(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize(
    ("options", "udp", "tcp"),
    [
        ("", CLIENT, CLIENT),
        ("default use", CLIENT, CLIENT),
        ("default ignore", REAL, REAL),
        ("default reject", None, None),
        ("allow 127.0.0.0/8", CLIENT, CLIENT),
        ("allow 192.0.2.0/24", REAL, REAL),
        ("allow 192.0.2.0/24\ndefault use", CLIENT, CLIENT),
        ("allow 192.0.2.0/24\ndefault reject", None, None),
        ("allow 2001:db8::/32 127.0.0.1/32\ndefault reject", CLIENT, CLIENT),
    ],
)
def test_policies(options: str, udp: str | None, tcp: str | None, replay: bool) -> None:
    with serve(block(options), replay=replay) as server:
        for _ in range(2):
            assert over_udp(server, UDP, waits=PATIENCE if udp else 0.2) == udp
            assert over_tcp(server, TCP) == tcp
            assert over_udp(server, b"") == REAL
            assert over_tcp(server, b"") == REAL


def test_skip_takes_the_header_for_a_message() -> None:
    with serve(block("default skip")) as server:
        reply = server.exchange(UDP + query())
        assert reply is not None
        assert reply[3] & 15 == 4  # NOTIMP: the opcode is what stands there
        (listener,) = server.engine.listeners.find("dns")
        assert isinstance(listener, PlainDns)
        listener.tcp.read_timeout = 0.1  # the rest of what is taken for a long message never comes
        assert over_tcp(server, TCP) is None
        assert over_udp(server, b"") == REAL


@pytest.mark.parametrize(
    ("head", "client"),
    [
        (v1(f"TCP4 {CLIENT} 192.0.2.1 8080 53"), CLIENT),
        (v1(f"TCP6 {CLIENT6} 2001:db8::1 0 65535"), CLIENT6),
        (v1("TCP6 ::ffff:198.51.100.7 2001:db8::1 1 2"), CLIENT),
        (v1("UNKNOWN"), REAL),
        (v1("UNKNOWN whatever else"), REAL),
        (TCP, CLIENT),
        (TCP6, CLIENT6),
        (v2(0x11, addresses(CLIENT) + b"\x04\0\0"), CLIENT),  # a TLV behind
        (UDP, CLIENT),
        (v2(0x31, bytes(216)), REAL),
        (v2(0x11, addresses(CLIENT), command=0x20), REAL),  # LOCAL
        (v2(0, b"", command=0x20), REAL),
        (v2(0x11, b"x", command=0x20), REAL),
        (b"PROXY nonsense\r\n", None),
        (b"PROXYX TCP4 \r\n", None),
        (b"PROXY\r\n", None),
        (b"PROXY TCP4 1.2.3.4\n", None),
        (b"PROXY " + b"x" * 120, None),
        (v1(f"TCP4 {CLIENT} 192.0.2.1 8080"), None),
        (v1(f"TCP4 {CLIENT} 192.0.2.1 8080 53 9"), None),
        (v1(f"TCP4 {CLIENT6} 192.0.2.1 8080 53"), None),
        (v1(f"TCP6 {CLIENT} 2001:db8::1 8080 53"), None),
        (v1("TCP6 fe80::1%lo 2001:db8::1 8080 53"), None),
        (v1(f"TCP4 {CLIENT} 192.0.2.1 08 53"), None),
        (v1(f"TCP4 {CLIENT} 192.0.2.1 70000 53"), None),
        (v1(f"TCP4 {CLIENT} 192.0.2.1 -1 53"), None),
        (v2(0x11, addresses(CLIENT), command=0x31), None),
        (v2(0x13, addresses(CLIENT)), None),
        (v2(0, b""), None),
        (v2(0x11, b"short"), None),
        (v2(0x11, bytes(4097)), None),
    ],
)
def test_headers_of_connections(head: bytes, client: str | None) -> None:
    with serve(block("")) as server:
        assert over_tcp(server, head) == client


@pytest.mark.parametrize(
    ("head", "client"),
    [
        (UDP6, CLIENT6),
        (v2(0x12, addresses(CLIENT) + b"\x04\0\0"), CLIENT),
        (v2(0x12, addresses(CLIENT), command=0x20), CLIENT),  # LOCAL, which CoreDNS takes for PROXY over UDP
        (v2(0x22, addresses("::ffff:198.51.100.7")), CLIENT),
        (v1(f"TCP4 {CLIENT} 192.0.2.1 8080 53"), None),
        (v1("UNKNOWN"), None),
        (TCP, None),
        (v2(0, b"", command=0x20), None),
        (v2(0x12, addresses(CLIENT), size=500), None),
        (SIGNATURE + b"\x21", None),
    ],
)
def test_headers_of_datagrams(head: bytes, client: str | None) -> None:
    with serve(block("")) as server:
        wire = head + (query() if len(head) > 13 else b"")
        assert seen(server.exchange(wire, seconds=PATIENCE if client else 0.2)) == client
        warnings = [
            line for line in server.output() if "dropping invalid Proxy Protocol packet from 127.0.0.1:" in line
        ]
        assert len(warnings) == (client is None)
        assert over_udp(server, b"") == REAL


def test_a_header_alone_and_a_datagram_that_begins_like_one() -> None:
    with serve(block("")) as server:
        assert server.exchange(UDP, seconds=0.2) is None
        assert server.exchange(b"PRO", seconds=0.2) is None
        assert not server.output()


@pytest.mark.parametrize("cuts", [(3,), (1, 12), (20,), (14, 30)])
def test_a_binary_header_may_come_in_pieces(cuts: tuple[int, ...]) -> None:
    whole = TCP + framed()
    ends = (*cuts, len(whole))
    with serve(block("")) as server:
        parts = [whole[start:end] for start, end in zip((0, *cuts), ends, strict=True)]
        assert seen(pieces(server, parts)) == CLIENT


def test_the_rest_of_the_chain_sees_the_client(replay: bool) -> None:
    text = (
        '    proxyproto\n    log . "{remote} {port} {local}"\n    acl {\n block net 198.51.100.0/24\n }\n    whoami\n'
    )
    with serve(text, replay=replay) as server:
        for _ in range(2):
            assert over_udp(server, UDP) == "5"
            assert over_udp(server, UDP6) == CLIENT6
            assert over_udp(server, b"") == REAL
            assert over_tcp(server, TCP) == "5"
        lines = server.output()
        assert lines[0] == f"[INFO] {CLIENT} 8080 127.0.0.1"
        assert lines[1] == f"[INFO] [{CLIENT6}] 8080 127.0.0.1"
        assert lines[3] == f"[INFO] {CLIENT} 8080 192.0.2.1"  # the target of the header
        assert lines[4:6] == lines[:2]


def test_late_replies_find_the_way_back() -> None:
    with serve("    proxyproto\n    forward . 127.0.0.1:{up}\n", answers={"a.example.org. A": []}) as server:
        assert server.exchange(UDP + query()) is not None
        assert server.exchange(UDP6 + query()) is not None


def exchange_on(server: Running, client: socket.socket, wire: bytes, *, answers: bool = True) -> str | None:
    client.send(wire)
    try:
        server.wait(lambda: can_read(client), PATIENCE if answers else 0.1)
    except TimeoutError:
        assert not answers
        return None
    return seen(client.recv(4096))


def test_sessions_of_datagrams(replay: bool) -> None:
    with serve(block("udp_session_tracking 1s 2"), replay=replay) as server:
        first, second, third = (server.connect() for _ in range(3))
        assert exchange_on(server, first, UDP, answers=False) is None
        assert exchange_on(server, first, query()) == CLIENT
        assert exchange_on(server, first, UDP6 + query()) == CLIENT6  # the newest counts
        assert exchange_on(server, first, query()) == CLIENT6
        assert exchange_on(server, second, query()) == REAL
        exchange_on(server, second, UDP, answers=False)
        assert exchange_on(server, first, query()) == CLIENT6
        exchange_on(server, third, UDP, answers=False)  # there is room for two: the second was silent longest
        assert exchange_on(server, second, query()) == REAL
        assert exchange_on(server, first, query()) == CLIENT6
        server.run(1.1)
        assert exchange_on(server, first, query()) == REAL


def test_blocks_of_one_address_share_the_setting() -> None:
    text = (
        "a.example.org:0 {\n bind 127.0.0.1\n proxyproto {\n udp_session_tracking 1m 5\n }\n whoami\n}\n"
        "example.net:0 {\n bind 127.0.0.1\n proxyproto {\n default ignore\n }\n whoami\n}\n"
    )
    with serve(text, whole=True) as server:
        assert over_udp(server, UDP) == REAL


def test_a_reload_switches_it_on_and_off() -> None:
    with serve("    whoami\n") as server:
        plain = server.text
        assert over_udp(server, b"") == REAL
        server.text = plain.replace("whoami", "proxyproto\n whoami")
        server.engine.reload_now()
        assert over_udp(server, UDP) == CLIENT
        assert over_tcp(server, TCP) == CLIENT
        server.text = plain
        server.engine.reload_now()
        assert over_udp(server, b"") == REAL


def test_a_wildcard_socket() -> None:
    with serve(".:0 {\n proxyproto\n whoami\n}\n", whole=True) as server:
        assert over_udp(server, UDP) == CLIENT
        assert over_udp(server, UDP6) == CLIENT6
        assert over_udp(server, b"") == REAL


def test_addresses_with_a_scope_are_rejected_where_networks_are_given() -> None:
    trust = Trust((IPv4Network("192.0.2.0/24"),), "use", 0.0, 0, print)
    assert [trust.policy(host) for host in ("fe80::1%lo", "192.0.2.1", "198.51.100.1")] == ["reject", "use", "use"]


def test_few_senders_are_remembered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.sockets.proxy_trust._REMEMBERED", 2)
    trust = Trust((IPv4Network("192.0.2.0/24"),), "ignore", 0.0, 0, print)
    for last in range(5):
        assert trust.policy(f"192.0.2.{last}") == "use"
    assert len(trust.known) <= 2
