"""rewrite: what is asked instead, and what the client sees of it."""

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from corefile_runtime.testing import serve

ANSWERS = {
    "b.example.net. A": ["b.example.net. 60 IN A 192.0.2.1"],
    "x.example.net. A": ["x.example.net. 60 IN CNAME b.example.net.", "b.example.net. 60 IN A 192.0.2.1"],
    "long.example.net. A": ["x.example.net. 600 IN A 192.0.2.1"],
    "b.example.net. SRV": ["b.example.net. 60 IN SRV 1 2 3 host.example.net."],
    "b.example.net. MX": ["b.example.net. 60 IN MX 10 mail.example.net."],
    "b.example.net. NAPTR": ['b.example.net. 60 IN NAPTR 1 2 "u" "sip" "" to.example.net.'],
    "b.example.net. TXT": ["b.example.net. 60 IN TXT b.example.net"],
    "b.example.net. SOA": ["b.example.net. 60 IN SOA ns.example.net. admin.example.net. 1 2 3 4 5"],
    "b.example.net. HINFO": ['b.example.net. 60 IN HINFO "a" "b"'],
    "a.example.org. TXT": ["a.example.org. 60 IN TXT x"],
}
FORWARD = "    forward . 127.0.0.1:{up}"
BEHIND = f"    cache 300\n{FORWARD}"


def rules(*lines: str) -> str:
    return "".join(f"    rewrite {line}\n" for line in lines)


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("rule", "question", "answer"),
    [
        # a name, and all below it, is turned back of itself
        ("name a.example.org b.example.net", "A.Example.org. A", ["a.example.org. IN A 192.0.2.1"]),
        ("name exact a.example.org x.example.net", "a.example.org. A",
         ["a.example.org. IN CNAME b.example.net.", "b.example.net. IN A 192.0.2.1"]),
        ("stop name exact a.example.org b.example.net", "a.example.org. A", ["a.example.org. IN A 192.0.2.1"]),
        # other rules do it on request
        ("name prefix a b", "a-1.example.net. A", []),
        ("name prefix a. b.", "a.example.net. A", ["b.example.net. IN A 192.0.2.1"]),
        ("name prefix a. b. answer auto", "a.example.net. A", ["a.example.net. IN A 192.0.2.1"]),
        ("name suffix .example.org .example.net", "b.example.org. A", ["b.example.net. IN A 192.0.2.1"]),
        ("name suffix .example.org .example.net answer auto", "x.example.org. A",
         ["x.example.org. IN CNAME b.example.org.", "b.example.org. IN A 192.0.2.1"]),
        ("name substring .org. .net. answer auto", "b.example.org. A", ["b.example.org. IN A 192.0.2.1"]),
        (r"name regex (.*)\.example\.org {1}.example.net answer auto", "b.example.org. A",
         ["b.example.org. IN A 192.0.2.1"]),
        (r"name regex ^b\.example\.org\.$ b.example.net", "b.example.org. A", ["b.example.net. IN A 192.0.2.1"]),
        # patterns for owners and for what records point to
        (r"name suffix .example.org .example.net answer name (.*)\.net {1}.org", "b.example.org. A",
         ["b.example.org. IN A 192.0.2.1"]),
        (r"name suffix .example.org .example.net answer auto answer value host\.(.*)\. other.{1}", "b.example.org. SRV",
         ["b.example.org. IN SRV 1 2 3 other.example.org."]),
        (r"name suffix .example.org .example.net answer value (.*)\.net\. {1}.com", "b.example.org. MX",
         ["b.example.net. IN MX 10 mail.example.com."]),
        (r"name suffix .example.org .example.net answer value (.*)\.net\. {1}.com", "b.example.org. NAPTR",
         ['b.example.net. IN NAPTR 1 2 "u" "sip" "" to.example.com.']),
        (r"name suffix .example.org .example.net answer value .* z", "b.example.org. TXT",
         ['b.example.net. IN TXT "b.example.net"']),
    ],
)  # fmt: skip
def test_names(rule: str, question: str, answer: list[str], replay: bool) -> None:
    with serve(rules(rule) + BEHIND, answers=ANSWERS, replay=replay) as server:
        for _ in range(3):
            reply = server.ask(question)
            assert str(reply.question[0].name) == question.split()[0]
            lines = [str(rrset).split() for rrset in reply.answer]
            assert [" ".join([words[0], *words[2:]]) for words in lines] == answer


def test_an_soa_has_one_value() -> None:
    rule = r"name suffix .example.org .example.net answer value (.*)\.example\.net {1}.example.com"
    with serve(rules(rule) + FORWARD, answers=ANSWERS) as server:
        assert "ns.example.com. admin.example.net." in str(server.ask("b.example.org. SOA").authority[0])


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("lines", "name", "asked"),
    [
        (("continue name suffix .a. .b.", "continue name suffix .b. .c."), "x.a.", "x.c."),
        (("name suffix .a. .b.", "continue name suffix .b. .c."), "x.a.", "x.b."),
        (("name suffix .a. .b.", "continue name suffix .b. .c."), "x.b.", "x.c."),
        (("continue name exact x.a x.b", "name exact x.b x.a"), "x.a.", "x.a."),
        (("continue ttl suffix .a 5", "name x.a x.b"), "x.a.", "x.b."),
        (("cname a b", "name x.a x.b"), "x.a.", "x.a."),
        (("continue cname a b", "name x.a x.b"), "x.a.", "x.b."),
    ],
)
def test_which_rules_run(lines: tuple[str, ...], name: str, asked: str, replay: bool) -> None:
    with serve(rules(*lines) + FORWARD, replay=replay) as server:
        reply = server.ask(f"{name} A")
        assert str(reply.question[0].name) == name
        assert server.stub is not None
        query, _ = server.stub.seen[0]
        assert str(query.question[0].name) == asked


@pytest.mark.parametrize(
    "rule", ["name prefix a a..", r"name regex ^(.*)$ {1}x..", "name prefix a. ." + 70 * "x" + "."]
)
def test_a_name_that_is_none(rule: str) -> None:
    with serve(f"    errors\n{rules(rule)}{FORWARD}") as server:
        reply = server.ask("a.example.org. A")
        assert reply.rcode() == dns.rcode.SERVFAIL
        assert str(reply.question[0].name) == "a.example.org."
        assert any(
            line.startswith("[ERROR] plugin/errors: 2 a.example.org. A: invalid name after rewrite: ")
            for line in server.output()
        )


def test_an_answer_that_becomes_no_name() -> None:
    rule = r"name suffix .example.org .example.net answer name .* a..b"
    with serve(rules(rule) + FORWARD, answers=ANSWERS) as server:
        assert server.ask("b.example.org. A").rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize("replay", [True, False])
def test_type_and_class(replay: bool) -> None:
    """The question comes back as it was asked, also where CoreDNS gives the other one."""
    lines = ("type ANY HINFO", "class CH IN", "continue type SPF TXT")
    with serve(rules(*lines) + FORWARD, answers=ANSWERS, replay=replay) as server:
        for question, rclass, rtype in (
            ("b.example.net. ANY", "IN", "HINFO"),
            ("a.example.org. TXT", "CH", "TXT"),
            ("a.example.org. SPF", "IN", "TXT"),
        ):
            reply = server.ask(question, rdclass=rclass)
            assert str(reply.question[0]) == question.replace(" ", f" {rclass} ")
            assert [dns.rdatatype.to_text(rrset.rdtype) for rrset in reply.answer] == [rtype]


def test_logs_and_metrics_tell_the_type_that_was_asked_for_in_the_end() -> None:
    body = '    prometheus 127.0.0.1:0\n    errors\n    log . "{name} {type} {class}"\n'
    with serve(
        body + rules("type MX TXT", "name c.example.org b.example.net") + "    hosts /dev/null {\n    }"
    ) as server:
        server.ask("a.example.org. MX")
        server.ask("c.example.org. A")
        assert [line for line in server.output() if line.startswith("[INFO] ") and " IN" in line] == [
            "[INFO] a.example.org. TXT IN",
            "[INFO] c.example.org. A IN",
        ]
        labels = 'family="1",proto="udp",server="dns://127.0.0.1:0",type="TXT",view="",zone="."'
        assert server.metric(f"coredns_dns_requests_total{{{labels}}}") == 1


def test_errors_tell_the_name_that_was_asked_for() -> None:
    body = f"    errors\n{rules('name a.example.org b.example.org')}"
    with serve(body + "    forward example.net 127.0.0.1:{up}") as server:
        reply = server.ask("a.example.org. A")
        assert (reply.rcode(), str(reply.question[0].name)) == (2, "a.example.org.")
        error = "[ERROR] plugin/errors: 0 b.example.org. A: plugin/forward: no next plugin found"
        assert error in server.output()


TTLS = [
    ("exact b.example.net 30", 60, 30), ("b.example.net 90", 60, 90), ("b.example.net 10-40", 60, 40),
    ("b.example.net 90-", 60, 90), ("b.example.net -40", 60, 40), ("b.example.net 10-100", 60, 60),
    ("prefix b. 5", 60, 5), ("prefix b.ex 5", 60, 60), ("suffix .example.net 5", 60, 5), ("substring xampl 5", 60, 60),
    ("substring example.net 5", 60, 5), ("regex ^b 5", 60, 5), ("regex ^c 5", 60, 60),
]  # fmt: skip


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(("rule", "ttl", "wanted"), TTLS)
def test_ttls(rule: str, ttl: int, wanted: int, replay: bool) -> None:
    answers = {"b.example.net. A": [f"b.example.net. {ttl} IN A 192.0.2.1"]}
    with serve(rules(f"ttl {rule}") + BEHIND, answers=answers, replay=replay) as server:
        for _ in range(3):
            reply = server.ask("b.example.net. A", use_edns=0)
            assert reply.answer[0].ttl == wanted
            assert reply.ednsflags == 0


def test_of_two_rules_for_ttls_the_first_has_the_last_word() -> None:
    lines = ("continue ttl b.example.net 10-20", "continue ttl b.example.net 30-40")
    with serve(rules(*lines) + FORWARD, answers=ANSWERS) as server:
        assert server.ask("b.example.net. A").answer[0].ttl == 20


AGEING = {"8-": [9, 8, 8], "-8": [8, 8, 7], "5": [5, 5, 5], "20-": [20, 20, 20], "1-": [9, 8, 7]}


@pytest.mark.parametrize("replay", [True, False])
def test_ttls_of_kept_replies_age_within_the_range(replay: bool) -> None:
    names = {f"n{number}.example.net.": rule for number, rule in enumerate(AGEING)}
    answers = {f"{name} A": [f"{name} 9 IN A 192.0.2.1"] for name in names}
    lines = [f"ttl {name} {rule}" for name, rule in names.items()]
    with serve(rules(*lines) + BEHIND, answers=answers, replay=replay) as server:
        ttls: dict[str, list[int]] = {rule: [] for rule in AGEING}
        for wait in (1.01, 1.0, 0):
            for name, rule in names.items():
                ttls[rule].append(server.ask(f"{name} A").answer[0].ttl)
                server.ask(f"{name} A")
            server.run(wait)
        assert ttls == AGEING


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("lines", "got"),
    [
        (("rcode none.example.org NXDOMAIN NOERROR",), 0),
        (("rcode exact none.example.org 3 5",), 5),
        (("rcode suffix .example.org NXDOMAIN SERVFAIL",), 2),
        (("rcode prefix none. NXDOMAIN REFUSED",), 5),
        (("rcode substring example.org NXDOMAIN REFUSED",), 5),
        (("rcode regex ^none NXDOMAIN REFUSED",), 5),
        (("rcode regex ^other NXDOMAIN REFUSED",), 3),
        (("rcode none.example.org REFUSED NOERROR",), 3),
        (("continue rcode none.example.org 5 0", "rcode none.example.org 3 5"), 0),
    ],
)
def test_response_codes(lines: tuple[str, ...], got: int, replay: bool) -> None:
    with serve(rules(*lines) + FORWARD, replay=replay) as server:
        assert server.ask("none.example.org. A").rcode() == got
        assert server.ask("none.example.org. A", use_edns=0).rcode() == got


def test_response_codes_that_nobody_wrote() -> None:
    body = rules("rcode a.example.org SERVFAIL NXDOMAIN") + "    hosts /dev/null {\n    }"
    with serve(body) as server:
        assert server.ask("a.example.org. A").rcode() == dns.rcode.NXDOMAIN
        assert server.ask("b.example.org. A").rcode() == dns.rcode.SERVFAIL


def test_large_response_codes_need_edns() -> None:
    with serve(rules("rcode none.example.org NXDOMAIN BADSIG") + FORWARD) as server:
        assert server.ask("none.example.org. A", use_edns=0).rcode() == dns.rcode.BADVERS
        assert server.ask("none.example.org. A").rcode() == dns.rcode.SERVFAIL


def test_a_large_response_code_of_the_upstream() -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.use_edns(0)
        reply.set_rcode(dns.rcode.BADCOOKIE)
        return reply

    with serve(rules("rcode a.example.org BADCOOKIE NXDOMAIN") + FORWARD, respond=respond) as server:
        assert server.ask("a.example.org. A", use_edns=0).rcode() == dns.rcode.NXDOMAIN


def test_what_is_dropped_stays_so() -> None:
    with serve(rules("name a.example.org b.example.org") + "    erratic {\n        drop 1\n    }") as server:
        wire = dns.message.make_query("a.example.org.", "A").to_wire()
        assert server.exchange(wire, seconds=0.1) is None


def test_flags_stay() -> None:
    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        reply = dns.message.make_response(query, recursion_available=True)
        reply.flags |= dns.flags.AD | dns.flags.AA
        reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.1"))
        return reply

    with serve(rules("name suffix .org .net answer auto") + FORWARD, respond=respond) as server:
        assert dns.flags.to_text(server.ask("a.org. A").flags) == "QR AA RD RA AD"


@pytest.mark.parametrize("replay", [True, False])
def test_answers_that_never_change(replay: bool) -> None:
    lines = ("continue ttl suffix .example.org 90", "name suffix .example.org .example.net answer auto")
    with serve(
        rules(*lines) + "    hosts /dev/null {\n        192.0.2.1 a.example.net\n    }", replay=replay
    ) as server:
        for _ in range(3):
            assert server.answers("a.example.org. A") == ["NOERROR", "a.example.org. 90 IN A 192.0.2.1"]


def test_a_pattern_that_only_go_spells_so() -> None:
    """RE2 has no `Letter`: a start ended with its error, where CoreDNS 1.14.7 serves."""
    rule = r"rewrite name regex (\p{Letter}+)\.example\.org {1}.example.net"
    with serve(f"    {rule}\n    hosts /dev/null {{\n        192.0.2.1 a.example.net\n    }}") as server:
        assert server.answers("a.example.org. A")[0] == "NOERROR"
