"""trace: what a collector gets. Names, parents and tags of spans are those that CoreDNS 1.14.7 sent to a stub."""

import json
import re
import socket
import struct
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from corefile_runtime.chain.reply import Reply
from corefile_runtime.chain.spans import Span
from corefile_runtime.plugins.trace.msgpack import Value, pack
from corefile_runtime.plugins.trace.spanned import spanned
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import Running, made_up, serve
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.replies import head

HOSTS = """
    hosts /dev/null {
        192.0.2.1 a.example.org
        fallthrough
    }
"""
QUICK = "zipkin_max_batch_interval 20ms"


class Collector:
    """Takes what is posted to it, and says `status`. It can be reached while it is `open`."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 202
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self._server: ThreadingHTTPServer | None = None

    def open(self) -> None:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests.append((self.path, dict(self.headers), body))
                self.send_response(collector.status)
                self.end_headers()

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the base has that name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = self.socket
        self._server.server_activate()
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self.socket.close()

    @property
    def spans(self) -> list[dict[str, Any]]:
        """What has come for Zipkin."""
        return [span for _, _, body in self.requests for span in json.loads(body)]


@pytest.fixture
def collector() -> Generator[Collector]:
    made = Collector()
    made.open()
    yield made
    made.close()


@contextmanager
def traced(collector: Collector, options: str, behind: str, **how: Any) -> Generator[Running]:
    with serve(f"    trace {collector.place} {{\n        {QUICK}\n{options}\n    }}\n{behind}", **how) as server:
        yield server


def tree(spans: Sequence[dict[str, Any]], parent: str | None = None) -> list[Any]:
    """Names in the order of their beginning, each followed by what is below it."""
    found: list[Any] = []
    for span in sorted(spans, key=lambda span: int(span["timestamp"])):
        if span.get("parentId") == parent:
            below = tree(spans, span["id"])
            found += [span["name"], below] if below else [span["name"]]
    return found


def test_each_plugin_has_a_span_below_that_of_the_one_before(collector: Collector) -> None:
    behind = f"    errors\n    cache\n{HOSTS}    forward b.example.org 127.0.0.1:9\n    forward . 127.0.0.1:{{up}}"
    with traced(collector, "", behind, answers={"x.example.org. A": ["x.example.org. 60 IN A 192.0.2.2"]}) as server:
        server.ask("x.example.org. A")
        server.wait(lambda: collector.spans)
        connect = ["connect"]
        assert tree(collector.spans) == [
            "servedns", ["errors", ["cache", ["hosts", ["forward", ["forward", connect]]]]],
        ]  # fmt: skip
        (asked,) = [span for span in collector.spans if span["name"] == "connect"]
        assert asked["tags"] == {"peer.address": f"127.0.0.1:{server.stub.port if server.stub else 0}"}


def test_the_first_span_says_what_was_asked(collector: Collector) -> None:
    with traced(collector, "        service DnsProxy", HOSTS) as server:
        server.ask("A.example.org. A")
        server.ask("a.example.org. AAAA", tcp=True)
        server.wait(lambda: len(collector.spans) == 4)
        first, second = (span for span in collector.spans if span["name"] == "servedns")
        assert first["tags"] == {
            "coredns.io/name": "a.example.org.", "coredns.io/type": "A", "coredns.io/proto": "udp",
            "coredns.io/remote": "127.0.0.1", "coredns.io/rcode": "NOERROR",
        }  # fmt: skip
        assert (second["tags"]["coredns.io/type"], second["tags"]["coredns.io/proto"]) == ("AAAA", "tcp")
        assert first["localEndpoint"] == {"serviceName": "dnsproxy", "ipv4": "127.0.0.1", "port": 0}
        assert (first["kind"], first["id"]) == ("SERVER", first["traceId"])
    path, fields, _ = collector.requests[0]
    assert (path, fields["Content-Type"], fields["B3"]) == ("/api/v2/spans", "application/json", "0")


def test_an_error_is_told_with_the_span(collector: Collector) -> None:
    with traced(collector, "", "") as server:
        assert server.answers("a.example.org. A") == ["SERVFAIL"]
        server.wait(lambda: collector.spans)
    (span,) = collector.spans
    assert (span["tags"]["coredns.io/rcode"], span["tags"]["error"]) == ("SERVFAIL", "true")
    assert [note["value"] for note in span["annotations"]] == [
        "event:error",
        "error.object:plugin/trace: no next plugin found",
    ]


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize("tcp", [True, False])
def test_one_query_in_so_many_is_traced_whatever_was_kept(collector: Collector, replay: bool, tcp: bool) -> None:
    behind = f'    metadata\n    log . "{{/trace/traceid}}"\n{HOSTS}'
    with traced(collector, "        every 3", behind, replay=replay) as server:
        for _ in range(10):
            server.ask("a.example.org. A", tcp=tcp)
        server.wait(lambda: len(collector.spans) == 9)
        numbers = [span["traceId"] for span in collector.spans if span["name"] == "servedns"]
        assert [line.removeprefix("[INFO] ") for line in server.output()] == [
            "-", "-", numbers[0], "-", "-", numbers[1], "-", "-", numbers[2], "-",
        ]  # fmt: skip


def test_queries_that_are_not_traced_are_answered_from_what_is_kept(collector: Collector) -> None:
    with traced(collector, "        every 4", HOSTS) as server:
        passed = count_passes(server)
        for _ in range(12):
            server.ask("a.example.org. A", id=1)
        assert len(passed) == 4  # the first one, and three that are traced


def count_passes(server: Running) -> list[object]:
    """What is asked of the server's chains from now on."""
    assert server.engine.instance is not None
    (answerer,) = server.engine.instance.servers.values()
    asked, ask = list[object](), answerer.ask

    def note(wire: bytes, via: Any, peer: bytes, start: float) -> bytes | None:
        asked.append(wire)
        return ask(wire, via, peer, start)

    answerer.ask = note  # type: ignore[method-assign]
    return asked


def test_what_comes_after_the_end_is_no_part_of_it() -> None:
    reported: list[str] = []
    query = Query()
    query.span = Span("servedns", lambda span: reported.append(span.name))
    ask = spanned("cache", lambda _query: Reply(0))
    ask(query)
    query.span.end()
    ask(query)
    query.span.step("connect", {})
    assert reported == ["cache", "servedns"]


def test_every_0_traces_nothing(collector: Collector) -> None:
    with traced(collector, "        every 0", HOSTS) as server:
        assert server.answers("a.example.org. A") == ["NOERROR", "a.example.org. 3600 IN A 192.0.2.1"]
        server.run(0.1)
    assert collector.requests == []


def test_what_a_plugin_asks_inside_stands_below_it(collector: Collector) -> None:
    behind = f"""
    rewrite cname exact x.example.org. a.example.org.
    template IN A c.example.org {{
        answer "{{{{ .Name }}}} 60 IN CNAME x.example.org."
    }}
{HOSTS}"""
    with traced(collector, "", behind) as server:
        assert len(server.ask("c.example.org. A").answer) == 2
        server.wait(lambda: collector.spans)
    inside = ["rewrite", ["template", ["hosts"]]]
    assert tree(collector.spans) == ["servedns", ["rewrite", ["template", inside, *inside]]]


def test_nobody_waits_for_a_collector_that_is_away() -> None:
    away = Collector()
    with traced(away, "        zipkin_max_backlog_size 3\n        zipkin_max_batch_size 2", HOSTS) as server:
        for number in range(5):
            assert server.ask("a.example.org. A", id=number + 1).rcode() == 0
        server.wait(lambda: any("failed to send the request" in line for line in server.output()))
        away.open()
        server.wait(lambda: away.requests)
        assert [span["name"] for span in away.spans] == ["servedns", "hosts", "servedns"]
        assert "[WARNING] plugin/trace: backlog too long, disposing 7 spans" in server.output()
    away.close()


def test_what_a_collector_refuses_is_not_sent_again(collector: Collector) -> None:
    collector.status = 500
    with traced(collector, "", HOSTS) as server:
        server.ask("a.example.org. A")
        server.wait(lambda: "[WARNING] plugin/trace: failed the request with status code 500" in server.output())
        collector.status = 202
        server.ask("a.example.org. MX")
        server.wait(lambda: len(collector.requests) == 2)
        asked = [span["tags"] for span in collector.spans if span["name"] == "servedns"]
        assert [tags["coredns.io/type"] for tags in asked] == ["A", "MX"]


def test_the_end_of_the_process_waits_for_the_last_spans(collector: Collector) -> None:
    with serve(f"    trace {collector.place} {{\n        zipkin_max_batch_interval 1h\n    }}\n{HOSTS}") as server:
        server.ask("a.example.org. A")
        server.engine.end()
    assert [span["name"] for span in collector.spans] == ["hosts", "servedns"]


def test_a_reload_sends_what_is_left_and_waits_for_nothing(collector: Collector) -> None:
    with serve(f"    trace {collector.place} {{\n        zipkin_max_batch_interval 1h\n    }}\n{HOSTS}") as server:
        server.ask("a.example.org. A")
        server.text = server.text.replace("1h", "2h")
        server.engine.reload_now()
        server.wait(lambda: collector.spans)
        assert [span["name"] for span in collector.spans] == ["hosts", "servedns"]


def test_where_a_plugin_behind_decides_about_uses_too_nothing_is_kept(collector: Collector) -> None:
    asked: list[Query] = []

    def answer(query: Query) -> Reply:
        asked.append(query)
        terms = Terms()
        terms.may_reuse = lambda: True
        return Reply(0, head(query, 0, 4, bytes(6)), "", terms)

    mine = made_up("mine", lambda _words, _home: lambda _site: answer)
    with mine, traced(collector, "        every 3", "    mine") as server:
        for number in range(4):
            assert server.ask("a.example.org. A", id=number + 1).rcode() == 0
    assert len(asked) == 4


@pytest.mark.parametrize("place", ["file:///http", "http:///x", "http://127.0.0.1:x/"])
def test_an_endpoint_that_is_none_is_a_warning(place: str) -> None:
    with serve(f"    trace {place} {{\n        {QUICK}\n    }}\n{HOSTS}") as server:
        assert server.ask("a.example.org. A").rcode() == 0
        server.wait(lambda: any("failed to send the request" in line for line in server.output()))


def test_datadog_gets_a_span_for_each_query_and_none_for_plugins(collector: Collector) -> None:
    text = f"    trace datadog {collector.place} {{\n        service dns\n    }}\n    errors\n{HOSTS}"
    with serve(text) as server:
        server.ask("a.example.org. A")
        server.ask("b.example.org. A")
        server.wait(lambda: collector.requests, 20)
    path, fields, body = collector.requests[0]
    (first,), (second,) = unpack(body)
    assert (path, fields["Content-Type"], fields["X-Datadog-Trace-Count"]) == (
        "/v0.4/traces", "application/msgpack", "2",
    )  # fmt: skip
    assert {key: first[key] for key in ("name", "service", "resource", "type", "parent_id", "error")} == {
        "name": "servedns", "service": "dns", "resource": "servedns", "type": "", "parent_id": 0, "error": 0,
    }  # fmt: skip
    assert first["trace_id"] == first["span_id"]
    shown = {key.partition("@")[2]: value for key, value in first["meta"].items() if key.startswith("coredns.io@")}
    assert shown == {"name": "a.example.org.", "type": "A", "proto": "udp", "remote": "127.0.0.1", "rcode": "NOERROR"}
    assert re.fullmatch("[0-9a-f]{8}00000000", first["meta"]["_dd.p.tid"])
    assert first["metrics"]["_sampling_priority_v1"] == 1.0
    assert (second["error"], second["meta"]["error.type"]) == (1, "dns_error")
    assert second["meta"]["error.message"] == "plugin/hosts: no next plugin found"


def unpack(data: bytes) -> Any:
    """The value of a text in MessagePack."""

    def take(size: int) -> bytes:
        nonlocal data
        taken, data = data[:size], data[size:]
        return taken

    def value() -> Any:
        (mark,) = take(1)
        if mark == 0xCF:
            return int.from_bytes(take(8), "big")
        if mark == 0xCB:
            number: float = struct.unpack(">d", take(8))[0]
            return number
        if mark in (0xD9, 0xDA):
            return take(int.from_bytes(take(mark - 0xD8), "big")).decode()
        if mark >> 5 == 5:
            return take(mark & 31).decode()
        if mark >> 4 == 8:
            return {str(value()): value() for _ in range(mark & 15)}
        assert mark >> 4 == 9
        entries: list[Any] = [value() for _ in range(mark & 15)]
        return entries

    return value()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a161"),
        ("ä" * 16, "d920" + "c3a4" * 16),
        ("x" * 256, "da0100" + "78" * 256),
        ("x" * 65536, "db00010000" + "78" * 65536),
        (1, "cf0000000000000001"),
        (-1, "d3ffffffffffffffff"),
        (1.0, "cb3ff0000000000000"),
        ({}, "80"),
        ({"a": 1.0}, "81a161cb3ff0000000000000"),
        ([], "90"),
        ([""] * 16, "dc0010" + "a0" * 16),
        ([""] * 65536, "dd00010000" + "a0" * 65536),
        ({chr(65 + n): "" for n in range(16)}, "de0010" + "".join(f"a1{65 + n:x}a0" for n in range(16))),
    ],
)
def test_values_in_messagepack(value: Value, expected: str) -> None:
    """The forms are those of MessagePack's specification."""
    assert pack(value).hex() == expected
