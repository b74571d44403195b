"""prometheus, health and ready over HTTP; reload and bind."""

import resource
import socket

import pytest
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.services import Done
from corefile_runtime.testing import Running, Words, can_read, made_up, serve


def fetch(server: Running, path: str) -> tuple[int, str]:
    head, body = server.fetch(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close")
    return int(head.split()[1]), body.decode()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [("/health", 200, "OK"), ("/health?verbose", 200, "OK"), ("/health/", 404, "404 page not found\n")],
)
def test_health(path: str, status: int, body: str) -> None:
    with serve("    health 127.0.0.1:0\n    whoami") as server:
        assert fetch(server, path) == (status, body)


class Plugins:
    """A plugin that is ready when the test says so: in each block by itself, called by the word behind it."""

    def __init__(self) -> None:
        self.ready: dict[str, bool] = {}
        self.started: list[Done] = []

    def prepare(self, configs: tuple[Words, ...], home: Home) -> None:
        name = configs[0].words[0]
        self.ready[name] = False
        home.readiness(lambda: self.ready[name])
        if "slow" in configs[0].words:
            home.on_ready(self.started.append, seconds=3600)


def block(zone: str, body: str, address: str = "127.0.0.1:0") -> str:
    return f"{zone}:0 {{\n    bind 127.0.0.1\n    ready {address}\n    {body}\n}}\n"


def test_ready_names_who_is_not() -> None:
    plugins = Plugins()
    with (
        made_up("b", plugins.prepare),
        made_up("a", plugins.prepare),
        serve("    ready 127.0.0.1:0\n    b 1\n    a 2") as server,
    ):
        assert server.get("/ready") == (503, "a,b")
        assert '[INFO] plugin/ready: Plugins not ready: "a,b"' in server.output()
        plugins.ready["1"] = True
        assert server.get("/ready") == (503, "a")
        plugins.ready["2"] = True
        assert fetch(server, "/ready") == (200, "OK")
        plugins.ready["2"] = False  # who was ready once counts as ready
        assert server.get("/ready")[0] == 200


def test_ready_may_go_on_to_ask() -> None:
    plugins = Plugins()
    config = "    ready 127.0.0.1:0 {\n        monitor continuously\n    }\n    a 1"
    with made_up("a", plugins.prepare), serve(config) as server:
        seen = list[int]()
        for ready in (False, True, False, True):
            plugins.ready["1"] = ready
            seen.append(server.get("/ready")[0])
        assert seen == [503, 200, 503, 200]


def test_ready_in_one_block_vouches_for_no_plugin_of_another() -> None:
    """CoreDNS 1.14.7 remembers one of each name, the last block's."""
    plugins = Plugins()
    blocks = block("example.org", "a 1") + block("example.net", "a 2")
    with made_up("a", plugins.prepare), serve(blocks, whole=True) as server:
        for ready in ("1", "2"):
            assert server.get("/ready") == (503, "a")
            plugins.ready[ready] = True
        assert server.get("/ready")[0] == 200


def test_a_block_without_ready_is_not_asked() -> None:
    plugins = Plugins()
    blocks = block("example.org", "whoami") + "example.net:0 {\n    bind 127.0.0.1\n    a 1\n}\n"
    with made_up("a", plugins.prepare), serve(blocks, whole=True) as server:
        assert server.get("/ready")[0] == 200


def test_nothing_is_ready_before_the_first_configuration_has_taken_over() -> None:
    plugins, answers = Plugins(), list[tuple[int, bytes]]()
    with made_up("a", plugins.prepare):
        running = Running(block(".", "a 1 slow"))

        def look() -> None:
            if not plugins.started:
                running.loop.after(0.01, look)
                return
            with socket.create_connection(running.engine.endpoints.find("127.0.0.1:0")) as client:
                client.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
                while not can_read(client):
                    running.loop.round()
                head, _, body = client.recv(4096).partition(b"\r\n\r\n")
                answers.append((int(head.split()[1]), body))
            if len(answers) == 1:
                plugins.ready["1"] = True  # though it waits for something else
                running.loop.after(0, look)
            else:
                plugins.started[0](None)

        try:
            running.loop.after(0, look)
            running.start()
            assert answers == [(503, b"a"), (503, b"")]
            assert running.get("/ready") == (200, "OK")
        finally:
            running.close()


def test_ready_closes_at_once_when_the_process_is_told_to_end() -> None:
    lameduck = "health localhost:0 {\n        lameduck 1h\n    }"
    with serve(f"    ready 127.0.0.1:0\n    {lameduck}\n    whoami") as server:
        assert fetch(server, "/ready") == (200, "OK")
        server.engine.end()
        assert list(server.engine.endpoints.servers) == ["localhost:0"]
        assert "[INFO] plugin/health: Going into lameduck mode for 1h0m0s" in server.output()
        assert server.ask("a.example.org. A").rcode() == 0


@pytest.mark.parametrize("plugin", ["prometheus", "ready"])
def test_an_endpoint_that_cannot_be_had_is_no_reason_not_to_serve(plugin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CoreDNS 1.14.7 serves without metrics, and says so."""
    monkeypatch.setattr("corefile_runtime.http.endpoints.AGAIN", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with serve(f"    {plugin} {address}\n    whoami") as server:
            assert server.ask("a.example.org. A").rcode() == 0
            server.run(0.12)
            said = f"listen tcp {address}: bind: address already in use by this process"
            assert (
                server.output()
                == {
                    "prometheus": [f"[ERROR] Failed to start metrics handler: {said}"],
                    "ready": [f"[ERROR] plugin/ready: Failed to start endpoint: {said}; will try again"],
                }[plugin]
            )
            series = f'corefile_endpoint_listening{{address="{address}",plugin="{plugin}"}}'
            assert server.metric(series) == 0
            taken.close()
            server.wait(lambda: server.metric(series))


@pytest.mark.parametrize("plugin", ["health", "pprof"])
def test_one_that_is_required_stops_the_start(plugin: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        why = f"Corefile:3: plugin/{plugin}: listen tcp {address}: bind: address already in use by this process"
        with pytest.raises(OSError, match=why), serve(f"    {plugin} {address}\n    whoami"):
            pass


def test_health_measures_every_second() -> None:
    with serve("    health 127.0.0.1:0\n    whoami") as server:
        server.run(3.5)
        assert server.metric("coredns_health_request_duration_seconds_count") == 3
        assert server.metric("coredns_health_request_failures_total") is None


def test_what_coredns_shows_from_the_start_is_there_with_the_value_0() -> None:
    with serve("    prometheus 127.0.0.1:0") as server:
        for name in (
            "coredns_forward_healthcheck_broken_total", "coredns_forward_max_concurrent_rejects_total",
            "coredns_health_request_duration_seconds_count", "coredns_health_request_failures_total",
            "coredns_hosts_reload_timestamp_seconds", "coredns_local_localhost_requests_total",
            "coredns_panics_total", "coredns_reload_failed_total",
        ):  # fmt: skip
            assert server.metric(name) == 0, name


def test_plugins_that_are_gone_are_not_shown_as_enabled() -> None:
    with serve("    prometheus 127.0.0.1:0\n    whoami") as server:
        place = 'server="dns://127.0.0.1:0",view="",zone="."'
        assert server.metric(f'coredns_plugin_enabled{{name="whoami",{place}}}') == 1
        server.text = server.text.replace("whoami", "hosts")
        server.engine.reload_now()
        assert server.metric(f'coredns_plugin_enabled{{name="whoami",{place}}}') is None
        assert server.metric(f'coredns_plugin_enabled{{name="hosts",{place}}}') == 1


def test_metrics_have_the_names_of_coredns() -> None:
    with serve("    prometheus 127.0.0.1:0\n    whoami") as server:
        server.ask("a.example.org. A")
        server.ask("a.example.org. NAPTR", tcp=True, want_dnssec=True)
        status, body = fetch(server, "/metrics")
        assert status == 200
        place = 'server="dns://127.0.0.1:0"'
        for line in (
            f'coredns_dns_requests_total{{family="1",proto="udp",{place},type="A",view="",zone="."}} 1',
            f'coredns_dns_requests_total{{family="1",proto="tcp",{place},type="other",view="",zone="."}} 1',
            f'coredns_dns_responses_total{{plugin="whoami",rcode="NOERROR",{place},view="",zone="."}} 2',
            f'coredns_dns_do_requests_total{{{place},view="",zone="."}} 1',
            f'coredns_plugin_enabled{{name="whoami",{place},view="",zone="."}} 1',
            "coredns_panics_total 0",
            "# TYPE process_open_fds gauge",
        ):
            assert line in body.split("\n"), line


def test_as_many_files_as_the_system_allows() -> None:
    """Go raises the limit at its start, and CoreDNS shows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard - 1, 500), hard))
        with serve("    prometheus 127.0.0.1:0\n    whoami") as server:
            limits = [line for line in fetch(server, "/metrics")[1].split("\n") if line.startswith("process_max_fds")]
            assert [float(line.split()[1]) for line in limits] == [hard]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_reload_keeps_serving_and_counts() -> None:
    hosts = "hosts /dev/null {\n        192.0.2.1 a.example.org\n    }"
    first = f".:0 {{\n    bind 127.0.0.1\n    reload 2s 0s\n    {hosts}\n}}\n"
    with serve(first, whole=True) as server:
        port = server.port
        for _ in range(2):
            assert server.answers("a.example.org. A")[1].endswith("192.0.2.1")
        server.text = first.replace("192.0.2.1", "192.0.2.2")
        server.engine.reload_now()
        assert server.port == port
        assert server.answers("a.example.org. A")[1].endswith("192.0.2.2")
        server.text = first.replace("    hosts", "    dnssec\n    hosts")
        server.engine.reload_now()
        assert server.answers("a.example.org. A")[1].endswith("192.0.2.2")
        assert server.metric("corefile_config_last_reload_successful") == 0
        assert [line for line in server.output() if "ERROR" in line] == [
            "[ERROR] Restart failed: Corefile:4: plugin/dnssec: not supported by 'corefile run' yet",
            "[ERROR] SIGUSR1: Corefile:4: plugin/dnssec: not supported by 'corefile run' yet",
        ]


def test_an_interface_stands_for_its_addresses() -> None:
    with serve(".:0 {\n    bind lo\n    whoami\n}\n", whole=True) as server:
        assert ("127.0.0.1", server.port) in server.engine.addresses()
