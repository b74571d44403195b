"""prometheus, health and ready over HTTP; reload and bind."""

import resource

import pytest
from corefile_runtime.testing import Running, serve


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


def test_ready_names_who_is_not() -> None:
    with serve("    ready 127.0.0.1:0\n    whoami") as server:
        assert fetch(server, "/ready") == (200, "OK")
        instance = server.engine.instance
        assert instance is not None
        state = False
        instance.readiness += [(instance.program.blocks[0], name, lambda: state) for name in ("b", "a", "b")]
        assert server.get("/ready") == (503, "a,b")
        state = True
        assert server.get("/ready")[0] == 200
        state = False  # who was ready once counts as ready
        assert server.get("/ready")[0] == 200


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
