"""log: lines, classes, and the same lines for replayed answers."""

import re

import dns.flags
import dns.message
import dns.rcode
import pytest
from corefile_runtime.testing import serve

HOSTS = "    hosts /dev/null {\n        192.0.2.1 a.example.org\n    }\n"
CLIENT = r"127\.0\.0\.1:\d+ - \d+ "


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("config", "question", "pattern"),
    [
        ("", "A.example.org. A", rf'{CLIENT}"A IN a\.example\.org\. udp 31 false 512" NOERROR qr,aa,rd 60 [0-9.]+s'),
        ("", "b.example.org. A", rf'{CLIENT}"A IN b\.example\.org\. udp 31 false 512" SERVFAIL qr,rd 31 [0-9.]+s'),
        (
            '. "{name} {type} {unknown} {/no/such} {rcode}"',
            "a.example.org. MX",
            r"a\.example\.org\. MX \{unknown\} - NOERROR",
        ),
        ('. "{combined}"', "a.example.org. A", rf'{CLIENT}.* [0-9.]+s "0"'),
    ],
)
def test_lines(config: str, question: str, pattern: str, replay: bool) -> None:
    with serve(f"    log {config}\n{HOSTS}", replay=replay) as server:
        for _ in range(3):
            server.ask(question)
        lines = server.output()
        assert len(lines) == 3
        assert all(re.fullmatch(r"\[INFO\] " + pattern, line) for line in lines), lines


@pytest.mark.parametrize(("classes", "count"), [("all", 2), ("success", 1), ("error", 1), ("denial", 0)])
def test_classes(classes: str, count: int) -> None:
    with serve(f"    log . {{\n        class {classes}\n    }}\n{HOSTS}") as server:
        server.ask("a.example.org. A")
        server.ask("none.example.org. A")
        assert len(server.output()) == count


def test_the_first_rule_that_has_the_name_decides() -> None:
    with serve(f'    log example.org "one {{name}}"\n    log . "two {{name}}"\n{HOSTS}') as server:
        server.ask("a.example.org. A")
        server.ask("a.example.net. A")
        assert server.output() == ["[INFO] one a.example.org.", "[INFO] two a.example.net."]


def test_edns_and_tcp_show() -> None:
    with serve(f'    log . "{{proto}} {{size}} {{>do}} {{>bufsize}} {{local}}"\n{HOSTS}') as server:
        server.ask("a.example.org. A", want_dnssec=True, payload=1232)
        server.ask("a.example.org. A", tcp=True)
        assert server.output() == ["[INFO] udp 42 true 1232 127.0.0.1", "[INFO] tcp 31 false 65535 127.0.0.1"]


@pytest.mark.parametrize(
    ("label", "shown", "kept"),
    [
        ("log/class", "success", True),
        ("log/type", "NOERROR", True),
        ("forward/upstream", "-", True),
        ("a/b", "-", False),
    ],
)
def test_lines_with_labels_are_written_again_where_they_are_the_same(label: str, shown: str, kept: bool) -> None:
    behind = "    forward . 127.0.0.1:{up}\n" if label.startswith("forward/") else ""
    with serve(f'    metadata\n    log . "{{name}} {{/{label}}}"\n{HOSTS}{behind}') as server:
        for _ in range(3):
            server.ask("a.example.org. A")
        assert server.output() == [f"[INFO] a.example.org. {shown}"] * 3
        instance = server.engine.instance
        assert instance is not None
        (one,) = instance.servers.values()
        assert bool(one.stores["udp"].entries) is kept


def test_the_upstream_is_in_the_line_of_the_query_that_went_there() -> None:
    answers = {"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}
    config = '    metadata\n    log . "{/forward/upstream}"\n    cache\n    forward . 127.0.0.1:{up}'
    with serve(config, answers=answers) as server:
        for _ in range(4):
            server.ask("a.example.org. A")
        assert server.stub is not None
        assert server.output() == [f"[INFO] 127.0.0.1:{server.stub.port}", *["[INFO] -"] * 3]


@pytest.mark.parametrize("names", ["a..b", "a..b example.net", "..", "a" * 64])
def test_what_is_no_name_fits_nothing(names: str) -> None:
    with serve(f"    log {names}\n{HOSTS}") as server:
        for _ in range(2):
            assert server.ask("a.example.org. A").answer
        assert server.output() == []


def test_names_of_another_rule_on_that_line_count() -> None:
    with serve(f'    log a..b example.org "{{name}}"\n    log . "rest {{name}}"\n{HOSTS}') as server:
        server.ask("a.example.org. A")
        server.ask("a.example.net. A")
        assert server.output() == ["[INFO] a.example.org.", "[INFO] rest a.example.net."]


def test_one_kept_answer_has_the_lines_of_names_in_any_letters() -> None:
    with serve(f'    log . "{{name}}"\n{HOSTS}') as server:
        for name in ("A.example.org.", "a.EXAMPLE.org.", "a.example.ORG."):
            assert server.answers(f"{name} A") == ["NOERROR", "a.example.org. 3600 IN A 192.0.2.1"]
        assert server.output() == ["[INFO] a.example.org."] * 3
        assert server.engine.instance is not None
        (only,) = server.engine.instance.servers.values()
        assert len(only.stores["udp"].entries) == 1


MANY = "".join(f"        192.0.2.{last} many.example.org\n" for last in range(1, 61))


@pytest.mark.parametrize(
    ("plugins", "size"),
    [
        (f"    hosts /dev/null {{\n{MANY}    }}\n", 1954),
        (f"    rewrite name m.example.org many.example.org\n    hosts /dev/null {{\n{MANY}    }}\n", 1954),
    ],
)
def test_a_reply_that_the_server_cuts_has_tc_and_its_whole_size(plugins: str, size: int) -> None:
    """CoreDNS 1.14.7 cuts the message that its plugins in front keep (request.ScrubWriter)."""
    with serve(f'    log . "{{rcode}} {{>rflags}} {{rsize}}"\n{plugins}') as server:
        assert server.ask("many.example.org. A").flags & dns.flags.TC
        server.ask("many.example.org. A", tcp=True)
        server.ask("many.example.org. A", payload=600)
        server.ask("many.example.org. A", payload=4096)
        cut, whole = f"[INFO] NOERROR qr,aa,tc,rd {size}", f"[INFO] NOERROR qr,aa,rd {size}"
        assert server.output() == [cut, whole, cut, whole]


def test_a_response_code_above_15_is_no_success() -> None:
    """Its upper bits are in the OPT. CoreDNS 1.14.7 has BADSIG for 16, in logs and metrics."""

    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.use_edns(0)
        reply.set_rcode(dns.rcode.BADVERS)
        return reply

    text = '    log . "{rcode} {/log/class}"\n    metadata\n    prometheus 127.0.0.1:0\n    forward . 127.0.0.1:{up}\n'
    with serve(text, respond=respond) as server:
        assert server.ask("a.example.org. A", use_edns=0).rcode() == dns.rcode.BADVERS
        assert server.output() == ["[INFO] BADSIG error"]
        series = 'coredns_dns_responses_total{plugin="log",rcode="BADSIG",server="dns://127.0.0.1:0",view="",zone="."}'
        assert server.metric(series) == 1


def test_class_255_has_no_name_of_its_own() -> None:
    with serve('    log . "{class}"\n    chaos\n    whoami') as server:
        server.ask("a.example.org. A", rdclass="ANY")
        assert server.output() == ["[INFO] CLASS255"]
