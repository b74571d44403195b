"""Endpoints that can listen, cannot, and can later."""

import socket
from collections.abc import Iterator

import pytest
from corefile_runtime.http.endpoints import AGAIN
from corefile_runtime.testing import Running, serve

SERIES = "corefile_endpoint_listening"


@pytest.fixture(name="taken")
def a_taken_port() -> Iterator[socket.socket]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other


def address_of(taken: socket.socket) -> str:
    return f"127.0.0.1:{taken.getsockname()[1]}"


def errors(server: Running) -> list[str]:
    return [line for line in server.output() if "listen" in line]


@pytest.mark.parametrize(
    ("plugin", "path", "said"),
    [
        ("prometheus", "/metrics", "[ERROR] Failed to start metrics handler: {why}"),
        ("ready", "/ready", "[ERROR] plugin/ready: Failed to start endpoint: {why}; will try again"),
    ],
)
def test_one_that_is_not_required_is_tried_again(taken: socket.socket, plugin: str, path: str, said: str) -> None:
    address = address_of(taken)
    series = f'{SERIES}{{address="{address}",plugin="{plugin}"}}'
    with serve(f"    {plugin} {address}\n    whoami") as server:
        assert server.answers("a.example.org. A")[0] == "NOERROR"
        why = f"listen tcp {address}: bind: address already in use by this process"
        assert errors(server) == [said.format(why=why)]
        assert server.metric(series) == 0
        server.run(AGAIN * 2 + 1)
        assert len(errors(server)) == 1  # the same is not said again and again
        taken.close()
        server.run(AGAIN + 1)
        assert server.metric(series) == 1
        assert errors(server)[1:] == [f"[INFO] plugin/{plugin}: Endpoint listens on {address}"]
        assert server.fetch(f"GET {path} HTTP/1.0", address)[0].startswith("HTTP/1.0 200 OK")


@pytest.mark.parametrize("plugin", ["health", "pprof"])
def test_one_that_is_required_refuses_the_start(taken: socket.socket, plugin: str) -> None:
    address = address_of(taken)
    why = f"^Corefile:3: plugin/{plugin}: listen tcp {address}: bind: address already in use by this process$"
    with pytest.raises(OSError, match=why), serve(f"    {plugin} {address}\n    whoami"):
        pass


# What CoreDNS 1.14.7 does with each: it starts, or it ends with these words.
ODD = {
    "health :80800": "Corefile:3: plugin/health: listen tcp: address 80800: invalid port",
    "health :http": "Corefile:3: plugin/health: invalid port 'http' in ':http', a number is wanted",
    "health 127.0.0.1:80a": "Corefile:3: plugin/health: invalid port '80a' in '127.0.0.1:80a', a number is wanted",
    "health 127.0.0.1:": None,
    "pprof :99999": "Corefile:3: plugin/pprof: listen tcp: address 99999: invalid port",
    "pprof :abc": "Corefile:3: plugin/pprof: listen tcp: lookup tcp/abc: unknown port",
    "ready 127.0.0.1:": None,
}  # fmt: skip


@pytest.mark.parametrize(("line", "why"), ODD.items(), ids=ODD)
def test_odd_addresses(line: str, why: str | None) -> None:
    if why is not None:
        with pytest.raises(Exception, match=f"^{why}$"), serve(f"    {line}\n    whoami"):
            pass
        return
    plugin, address = line.split()
    with serve(f"    {line}\n    whoami") as server:
        assert server.fetch(f"GET /{plugin} HTTP/1.0", address)[0].startswith("HTTP/1.0 200 OK")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1:99999", "listen tcp: address 99999: invalid port"),
        ("127.0.0.1:abc", "listen tcp: lookup tcp/abc: unknown port"),
    ],
)
def test_metrics_at_an_impossible_address_leave_dns_alone(address: str, why: str) -> None:
    with serve(f"    prometheus {address}\n    whoami") as server:
        assert server.answers("a.example.org. A")[0] == "NOERROR"
        assert errors(server) == [f"[ERROR] Failed to start metrics handler: {why}"]
        assert server.metric(f'{SERIES}{{address="{address}",plugin="prometheus"}}') == 0


def test_two_plugins_share_an_address() -> None:
    with serve("    health 127.0.0.1:0\n    ready 127.0.0.1:0\n    whoami") as server:
        assert len(server.engine.endpoints.servers) == 1
        for path in ("/health", "/ready"):
            assert server.fetch(f"GET {path} HTTP/1.0")[0].startswith("HTTP/1.0 200 OK")


def test_a_reload_closes_what_nobody_wants_any_more() -> None:
    with serve(".:0 {\n    bind 127.0.0.1\n    health 127.0.0.1:0\n    whoami\n}\n", whole=True) as server:
        place = server.engine.endpoints.find("127.0.0.1:0")
        server.text = server.text.replace("    health 127.0.0.1:0\n", "")
        server.engine.reload_now()
        assert server.engine.endpoints.servers == {}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place)


def test_a_reload_that_is_refused_leaves_the_endpoints(taken: socket.socket) -> None:
    with serve(".:0 {\n    bind 127.0.0.1\n    health 127.0.0.1:0\n    whoami\n}\n", whole=True) as server:
        server.text = server.text.replace("127.0.0.1:0", address_of(taken))
        server.engine.reload_now()
        assert list(server.engine.endpoints.servers) == ["127.0.0.1:0"]
        assert server.fetch("GET /health HTTP/1.0")[0].startswith("HTTP/1.0 200 OK")
        server.wait(lambda: any("Restart failed" in line for line in server.output()))
