"""What stands beside a server: the upstreams that are compiled here, and the Kubernetes API."""

import json
import shutil
import socket
import ssl
import urllib.request
from pathlib import Path

import dns.message
import dns.query
import pytest

from tests.bench.bench import Bench, Unavailable, build
from tests.bench.inputs import question
from tests.bench.probe import seconds_until_answer
from tests.bench.servers import parse_server
from tests.ports import HOST

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_upstream_answers_and_takes_no_cookie_over(bench: Bench) -> None:
    query = dns.message.make_query("n1.example.", "A", use_edns=0, want_dnssec=True)
    with bench.around("upstream"):
        reply = dns.query.udp(query, HOST, port=int(bench.fill("$upstream")), timeout=60)
    assert [str(found) for found in reply.answer] == ["n1.example. 3600 IN A 192.0.2.1"]
    assert reply.edns == 0


def test_the_upstream_over_tls_answers(bench: Bench) -> None:
    try:
        build(bench.folder, "tls")
    except Unavailable as error:
        pytest.skip(str(error).splitlines()[0])
    with bench.around("secure"):
        port = int(bench.fill("$secure"))
        assert seconds_until_answer(port, "n1.example", limit=60, transport="dot") is not None
        trusting = ssl.create_default_context(cafile=bench.folder / "authority.pem")
        with (
            socket.create_connection((HOST, port), timeout=60) as plain,
            trusting.wrap_socket(plain, server_hostname="dns.example.org") as client,
        ):
            query = question("n2.example")
            client.sendall(len(query).to_bytes(2, "big") + query)
            reply = dns.message.from_wire(client.recv(4096)[2:])
    assert [str(found) for found in reply.answer] == ["n2.example. 3600 IN A 192.0.2.1"]


def test_the_kubernetes_api_lists_services(bench: Bench) -> None:
    with bench.around("kubernetes"):
        port = bench.fill("$kubernetes")
        with urllib.request.urlopen(f"http://{HOST}:{port}/api/v1/services", timeout=60) as reply:
            listed = json.load(reply)
    assert (listed["kind"], len(listed["items"])) == ("ServiceList", 10_000)


def test_new_ports_are_chosen_each_time(bench: Bench) -> None:
    with bench.around():
        first = bench.port
    with bench.around():
        assert bench.port != first


def test_a_server_that_ends_is_not_waited_for(bench: Bench) -> None:
    with bench.around(), bench.start(parse_server("broken=sh -c 'echo broken; exit 1'"), "") as process:
        assert seconds_until_answer(bench.port, "n1.example", limit=60, process=process) is None
        assert process.last_words() == "broken"
