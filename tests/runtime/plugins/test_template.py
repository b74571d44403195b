"""template: which questions are taken, the records made, and when an answer may be given again."""

from typing import Any, cast

import dns.edns
import dns.message
import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.plugins.template.purity import fields, render_template
from corefile_runtime.testing import Running, serve

from corefile.golang.texttemplate import parse

A = "{{ .Name }} 60 IN A 192.0.2.1"


def template(head: str, *lines: str) -> str:
    return f"    template {head} {{\n" + "".join(f"        {line}\n" for line in lines) + "    }\n"


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("config", "question", "expected"),
    [
        (template("IN A", f'answer "{A}"'), "A.example.org. A", ["NOERROR", "a.example.org. 60 IN A 192.0.2.1"]),
        (template("IN A", f'answer "{A}"'), "a.example.org. AAAA", ["SERVFAIL"]),
        (template("IN A example.net", f'answer "{A}"'), "a.example.org. A", ["SERVFAIL"]),
        (template("CH A", f'answer "{A}"'), "a.example.org. A", ["SERVFAIL"]),
        (template("IN A", "match ^b", f'answer "{A}"'), "a.example.org. A", ["SERVFAIL"]),
        (
            template("IN A", "match ^b", f'answer "{A}"', "fallthrough") + template("IN A", "rcode NXDOMAIN"),
            "a.example.org. A",
            ["NXDOMAIN"],
        ),
        (template("IN ANY", "match ^b", "fallthrough example.net") + "    whoami", "a.example.org. A", ["SERVFAIL"]),
        (template("IN ANY", "match ^b", "fallthrough example.org") + "    whoami", "a.example.org. A", ["NOERROR"]),
        (
            template("IN TXT", "match ^(?P<x>[a-z]+)([0-9])",
                     'answer "{{ .Name }} 1 TXT {{ .Group.x }} {{ index .Group `2` }} {{ index .Match 0 }}"'),
            "ab1.example.org. TXT",
            ["NOERROR", 'ab1.example.org. 1 IN TXT "ab" "1" "ab1"'],
        ),
        (
            template("IN TXT", 'answer "{{ .Name }} 1 TXT {{ .Question.Name }} {{ .Question.Qtype }} '
                     '{{ .Message.RecursionDesired }} {{ .Message.Opcode }} {{ .Remote }} {{ .Regex }} {{ .Zone }}"'),
            "A.example.org. TXT",
            ["NOERROR", 'a.example.org. 1 IN TXT "A.example.org." "16" "true" "0" "127.0.0.1" ".*" "."'],
        ),
        (
            template("IN TXT", 'answer "{{ .Name }} 1 TXT <{{ .Meta `view/name` }}>"'),
            "a.example.org. TXT",
            ["NOERROR", 'a.example.org. 1 IN TXT "<>"'],
        ),
        (template("IN A", "rcode REFUSED"), "a.example.org. A", ["REFUSED"]),
        (template("IN A", "rcode SERVFAIL", f'answer "{A}"'), "a.example.org. A", ["SERVFAIL"]),
        (template("IN A", 'answer "{{ index .Match 7 }}"'), "a.example.org. A", ["SERVFAIL"]),
        (template("IN A", 'answer "{{ .Meta 5 }}"'), "a.example.org. A", ["SERVFAIL"]),
        (template("IN A", 'answer "{{ if false }}x{{ end }}"'), "a.example.org. A", ["SERVFAIL"]),
        (template("IN A", 'answer "no record"'), "a.example.org. A", ["SERVFAIL"]),
        (template("IN A", "var n \"len(name())\"", 'answer "{{ .Name }} {{ .Var.n }} IN A 192.0.2.1"'),
         "a.example.org. A", ["NOERROR", "a.example.org. 14 IN A 192.0.2.1"]),
        (template("IN A", "match ^(.)", "expr \"group(1) == 'a' && group('1') == 'a' && group(true) == ''\"",
                  f'answer "{A}"'), "a.example.org. A", ["NOERROR", "a.example.org. 60 IN A 192.0.2.1"]),
        (template("IN A", "expr \"type() == 'AAAA'\"", f'answer "{A}"'), "a.example.org. A", ["SERVFAIL"]),
        (template("IN A", "expr \"type() == 'AAAA'\"", "fallthrough") + "    whoami", "a.example.org. A", ["NOERROR"]),
        (template("IN A", "expr id() < 0", "fallthrough") + "    whoami", "a.example.org. A", ["NOERROR"]),
        (template("IN A", "expr id() < 0", "fallthrough") + template("IN A", f'answer "{A}"'), "a.example.org. A",
         ["NOERROR", "a.example.org. 60 IN A 192.0.2.1"]),
        (template("IN A", "expr \"incidr('x', '192.0.2.0/24')\"", "fallthrough") + "    whoami", "a.example.org. A",
         ["SERVFAIL"]),
    ],
)  # fmt: skip
def test_answers(config: str, question: str, expected: list[str], replay: bool) -> None:
    with serve(config, replay=replay) as server:
        for _ in range(3):
            found = server.answers(question)
            assert [line[: len(want)] for line, want in zip(found, expected, strict=True)] == expected


def test_all_sections_and_an_extended_error() -> None:
    config = template(
        "IN A", f'answer "{A}"', 'additional "ns.example.org. 5 A 192.0.2.2"', 'authority "@ 5 NS ns.example.org."',
        'ederror 15 "blocked by policy"',
    )  # fmt: skip
    with serve(config) as server:
        cases: list[dict[str, Any]] = [{}, {"payload": 1232}, {"payload": 1232}]
        for options in cases:
            reply = server.ask("a.example.org. A", **options)
            assert [str(one[0]) for one in (reply.answer, reply.additional, reply.authority)] == [
                "a.example.org. 60 IN A 192.0.2.1", "ns.example.org. 5 IN A 192.0.2.2", ". 5 IN NS ns.example.org.",
            ]  # fmt: skip
            assert reply.payload == (1232 if options else 4096)
            (error,) = cast("list[object]", reply.options)  # pyright: ignore[reportUnknownMemberType]
            assert isinstance(error, dns.edns.EDEOption)
            assert (error.code, error.text) == (15, "blocked by policy")


@pytest.mark.parametrize(
    ("options", "lines", "rcode"),
    [({}, [], 2), ({"payload": 1232}, [], 22), ({}, ["ederror 4"], 22), ({"payload": 1232}, ["ederror 4"], 22)],
)
def test_a_response_code_that_needs_edns(options: dict[str, Any], lines: list[str], rcode: int) -> None:
    with serve(template("IN A", "rcode BADTRUNC", *lines)) as server:
        assert server.ask("a.example.org. A", **options).rcode() == rcode


CNAME = template("IN A example.org", "match ^c", 'answer "{{ .Name }} 60 IN CNAME b.example.net."', "fallthrough")


def test_a_name_is_followed_inside_the_server() -> None:
    with serve(CNAME + template("IN A example.net", f'answer "{A}"')) as server:
        assert server.answers("c.example.org. A") == [
            "NOERROR", "b.example.net. 60 IN A 192.0.2.1", "c.example.org. 60 IN CNAME b.example.net.",
        ]  # fmt: skip


def entries(server: Running) -> int:
    """How many answers are kept."""
    assert server.engine.instance is not None
    (one,) = server.engine.instance.servers.values()
    return len(one.stores["udp"].entries)


def test_a_name_that_was_followed_is_given_again_until_what_is_behind_it_changes() -> None:
    hosts = "    hosts /dev/null {\n        192.0.2.1 b.example.net\n    }"
    with serve(f"    prometheus 127.0.0.1:0\n{CNAME}{hosts}") as server:
        expected = [
            "NOERROR", "b.example.net. 3600 IN A 192.0.2.1", "c.example.org. 60 IN CNAME b.example.net.",
        ]  # fmt: skip
        for number in range(3):
            assert server.answers("c.example.org. A", id=number + 1) == expected
        assert entries(server) == 1
        labels = 'class="IN",server="dns://127.0.0.1:0",type="A",view="",zone="example.org."'
        assert server.engine.metrics.render().count(f"coredns_template_matches_total{{{labels}}} 3") == 1
        requests = 'family="1",proto="udp",server="dns://127.0.0.1:0",type="A",view="",zone="."'
        assert server.metric(f"coredns_dns_requests_total{{{requests}}}") == 6  # those from inside are counted as well


def test_what_may_not_be_given_again_behind_a_name_keeps_all_of_it_from_that() -> None:
    behind = template(
        "IN A example.net", 'answer "{{ .Name }} 60 IN A 192.0.2.1"', 'answer "x. 1 TXT {{ .Message.Id }}"'
    )
    with serve(CNAME + behind) as server:
        assert len(server.answers("c.example.org. A")) == 4
        assert entries(server) == 0


@pytest.mark.parametrize(
    ("line", "letters", "kept"),
    [
        ("{{ .Name }} 60 IN A 192.0.2.1", "c.example.org.", 1),
        ("{{ index .Match 0 }} 60 IN A 192.0.2.1", "c.example.org.", 1),
        ("{{ .Question.Name }} 60 IN A 192.0.2.1", None, 0),
    ],
)
def test_letters_of_the_question(line: str, letters: str | None, kept: int) -> None:
    """CoreDNS's template sees the name in lower case, but for the question itself."""
    with serve(template("IN A", f'answer "{line}"')) as server:
        for asked in ("C.example.org.", "c.EXAMPLE.org.", "C.EXAMPLE.ORG."):
            reply = server.ask(f"{asked} A")
            assert str(reply.question[0].name) == asked
            assert str(reply.answer[0].name) == (letters or asked)
        assert entries(server) == kept


def test_letters_of_a_name_that_was_followed() -> None:
    with serve(CNAME + template("IN A example.net", f'answer "{A}"')) as server:
        for asked in ("C.example.org.", "c.EXAMPLE.org."):
            reply = server.ask(f"{asked} A")
            assert [str(one.name) for one in (*reply.question, *reply.answer)] == [
                asked, "c.example.org.", "b.example.net.",
            ]  # fmt: skip
        assert entries(server) == 1


def test_a_large_answer_is_made_anew_for_other_letters() -> None:
    """It is compressed where letters are the same."""
    lines = [f'answer "{{{{ .Name }}}} 60 IN A 192.0.2.{last}"' for last in range(30)]
    with serve(template("IN A", *lines)) as server:
        for asked in ("A.example.org.", "a.EXAMPLE.org."):
            reply = server.ask(f"{asked} A")
            assert (str(reply.question[0].name), str(reply.answer[0].name)) == (asked, "a.example.org.")
        assert entries(server) == 0


@pytest.mark.parametrize("count", [1, 2])
def test_a_name_is_followed_to_an_upstream(count: int) -> None:
    upstream = {"b.example.net. A": ["b.example.net. 60 IN A 192.0.2.9"]}
    with serve(CNAME + "    forward . 127.0.0.1:{up}", answers=upstream) as server:
        for _ in range(count):
            assert server.answers("c.example.org. A")[1:] == [
                "b.example.net. 60 IN A 192.0.2.9", "c.example.org. 60 IN CNAME b.example.net.",
            ]  # fmt: skip


def test_a_name_that_leads_nowhere_or_in_a_circle() -> None:
    with serve(CNAME) as server:
        assert server.answers("c.example.org. A")[1:] == ["c.example.org. 60 IN CNAME b.example.net."]
    config = template("IN A", 'answer "{{ .Name }} 60 IN CNAME {{ .Name }}"')
    with serve(config) as server:
        assert server.answers("c.example.org. A")[0] == "NOERROR"


@pytest.mark.parametrize("replay", [True, False])
def test_counters(replay: bool) -> None:
    config = (
        template("IN ANY example.org", "match ^bad", 'answer "no record"', "fallthrough")
        + template("IN ANY example.org", "match ^fail", 'answer "{{ index .Match 7 }}"', "fallthrough")
        + template("IN ANY example.org", 'answer "{{ .Name }} 60 IN A 192.0.2.1"')
    )
    with serve(f"    errors\n{config}", replay=replay) as server:
        for name in ("a", "a", "a", "bad", "fail"):
            server.ask(f"{name}.example.org. A")
        server.ask("a.example.org. TYPE4711")
        place, zone = 'server="dns://127.0.0.1:0"', 'view="",zone="example.org."'
        for kind, count in (("A", 5), ("", 1)):
            labels = f'class="IN",{place},type="{kind}",{zone}'
            assert server.metric(f"coredns_template_matches_total{{{labels}}}") == count
        for metric, text in (("rr", "no record"), ("template", "{{index .Match 7}}")):
            labels = f'class="IN",section="answer",{place},template="{text}",type="A",{zone}'
            assert server.metric(f"coredns_template_{metric}_failures_total{{{labels}}}") == 1
        assert len([line for line in server.output() if "plugin/errors: 2 " in line]) == 2


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (A, True),
        ("{{ .Name }} 1 IN TXT {{ .Remote }}", True),
        ("{{ .Name }} 1 IN TXT {{ .Message.Id }}", False),
        ("{{ .Name }} 1 IN TXT {{ len .Match }}", True),
        ("{{ .Name }} 1 IN TXT {{ with .Message }}{{ .Id }}{{ end }}", False),
        ("{{ .Name }} 1 IN TXT {{ $.Message.Id }}", False),
        ("{{ .Name }} 1 IN TXT {{ (index .Message.Question 0).Qtype }}", False),
        ("{{ .Name }} 1 IN TXT {{ .Meta `a/b` }}x", False),
    ],
)
def test_what_may_be_given_again(line: str, kept: bool) -> None:
    with serve(template("IN ANY", f'answer "{line}"')) as server:
        assert server.ask("a.example.org. TXT").rcode() == 0
        instance = server.engine.instance
        assert instance is not None
        (one,) = instance.servers.values()
        assert bool(one.stores["udp"].entries) is kept


@pytest.mark.parametrize(
    ("text", "rendered", "used"),
    [
        ("{{ .Name }} 60", "{{.Name}} 60", {"Name"}),
        ("{{ index   .Match 5 | printf `%d`}}", "{{index .Match 5 | printf `%d`}}", {"Match"}),
        ("{{if false}}x{{else}}{{.A.B}}{{end}}", "{{if false}}x{{else}}{{.A.B}}{{end}}", {"A"}),
        ("{{ $x := .A }}{{ $x = nil | print }}{{$x.B}}{{$}}", "{{$x := .A}}{{$x = nil | print}}{{$x.B}}{{$}}",
         {"A", "B", "."}),
        ("{{range $i, $v := .A}}{{break}}{{.}}{{end}}", "{{range $i, $v := .A}}{{break}}{{.}}{{end}}", {"A", "."}),
        ("{{(index .A 0).B.C}}", "{{(index .A 0).B.C}}", {"A", "B", "C"}),
        ('{{define "t"}}{{.D}}{{end}}{{template "t" .E}}{{template "t"}}', '{{template "t" .E}}{{template "t"}}',
         {"D", "E"}),
    ],
)  # fmt: skip
def test_how_go_writes_a_template(text: str, rendered: str, used: set[str]) -> None:
    parsed = parse(text, ("parseInt",))
    assert render_template(parsed) == rendered
    assert fields(parsed) == used


def test_what_the_engine_of_patterns_refuses_stops_the_start() -> None:
    with (
        pytest.raises(StartError, match=r"Corefile:3: plugin/template: .*RE2"),
        serve(template("IN A", r"match \p{Cn}")),
    ):
        pass


def test_names_are_compressed_only_where_room_is_scarce() -> None:
    lines = [f'answer "{{{{ .Name }}}} 60 IN A 192.0.2.{last}"' for last in range(30)]
    with serve(template("IN A", *lines[:2]) + template("IN TXT") + template("IN AAAA", *lines)) as server:
        small = server.exchange(dns.message.make_query("a.example.org.", "A").to_wire())
        large = server.exchange(dns.message.make_query("a.example.org.", "AAAA").to_wire())
        assert small is not None
        assert large is not None
        assert small.count(b"\1a\7example\3org\0") == 3
        assert large.count(b"\1a\7example\3org\0") == 1
        assert len(large) <= 512


@pytest.mark.parametrize(
    ("text", "plain", "edns"),
    [
        ("{{ .Message.IsEdns0 }}", '"<nil>"', None),
        ("{{ .Message.Len }} {{ len .Message.Extra }}", '"31" "0"', '"42" "1"'),
        ("{{ if .Message.IsEdns0 }}with{{ else }}without{{ end }}", '"without"', '"with"'),
        (
            "x{{ with .Message.IsEdns0 }}{{ .UDPSize }},{{ .Do }},{{ .Version }},{{ .Z }}{{ end }}",
            '"x"',
            '"x1232,true,0,0"',
        ),
        (
            "x{{ range .Message.Extra }}{{ .Header.Name }}{{ .Hdr.Rrtype }},{{ .Hdr.Ttl }}{{ end }}",
            '"x"',
            '"x.41,32768"',
        ),
        ("{{ .Message.IsTsig }} {{ .Message.MsgHdr.RecursionDesired }}", '"<nil>" "true"', '"<nil>" "true"'),
    ],
)
def test_the_message_has_the_fields_of_the_query(text: str, plain: str, edns: str | None) -> None:
    """As CoreDNS 1.14.7 fills them in; what an OPT looks like as a whole is two lines, and no record."""
    config = f'    template IN TXT {{\n        answer "{{{{ .Name }}}} 60 IN TXT {text}"\n    }}'
    with serve(config) as server:
        for _ in range(2):
            assert server.answers("a.example.org. TXT")[1].partition(" TXT ")[2] == plain
            if edns is not None:
                assert server.answers("a.example.org. TXT", want_dnssec=True, payload=1232)[1].endswith(f" TXT {edns}")


@pytest.mark.parametrize("name", ["Copy", "String", "SetReply"])
def test_what_a_message_does_not_offer_is_refused_at_the_start(name: str) -> None:
    config = f'    template IN TXT {{\n        answer "{{{{ .Name }}}} 60 IN TXT {{{{ $.Message.{name} }}}}"\n    }}'
    said = rf"^Corefile:3: plugin/template: '\.Message\.{name}' is not supported by 'corefile run'$"
    with pytest.raises(StartError, match=said), serve(config):
        pass
