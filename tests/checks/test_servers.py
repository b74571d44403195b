"""Servers that blocks make together: what CoreDNS refuses, and where we say so. The verdicts are CoreDNS's own."""

from __future__ import annotations

import pytest

from corefile.checks import servers
from corefile.compiler import compile_corefile

# A Corefile, the code of its refusal (none: accepted) and its line.
CASES = [
    ("a, A. {\n}\n", "CF302", 1),
    ("a {\n}\na:53 {\n}\n", "CF302", 3),
    ("a {\n}\na:54 {\n}\n", "", 0),
    ("a {\n}\ngrpc://a:53 {\n}\n", "", 0),
    ("a:853 {\n}\ntls://a {\n}\n", "", 0),
    ("10.0.0.0/9 {\n}\n10.128.0.0/9 {\n}\n", "", 0),
    ("10.0.0.0/22 {\n}\n10.0.2.0/23 {\n}\n", "CF302", 3),
    ("10.0.0.0/22 {\n}\n2.0.10.in-addr.arpa {\n}\n", "CF302", 3),
    ("10.0.0.0/22 {\n}\n10.in-addr.arpa {\n}\n", "", 0),
    ("a {\n view x {\n expr true\n }\n}\na {\n}\n", "", 0),
    ("a {\n}\na {\n view x {\n expr true\n }\n}\n", "", 0),
    ("a {\n view x {\n expr true\n }\n}\na {\n view y {\n expr true\n }\n}\n", "", 0),
    ("a {\n view x {\n expr true\n }\n}\na {\n}\na {\n}\n", "CF302", 8),
    ("a {\n view x {\n expr true\n }\n bind 127.0.0.1\n}\na {\n}\n", "", 0),
    ("a {\n view x {\n expr true\n }\n}\na {\n bind 127.0.0.1\n}\n", "", 0),
    ("a {\n bind 127.0.0.1\n}\na {\n view x {\n expr true\n }\n}\n", "CF303", 4),
    ("a {\n}\na {\n view x {\n expr true\n }\n bind 127.0.0.1\n}\n", "CF303", 3),
    ("a {\n bind 127.0.0.1\n}\na {\n}\n", "CF303", 4),
    ("a {\n}\na {\n bind 127.0.0.1\n}\n", "CF303", 3),
    ("a {\n bind 127.0.0.1\n}\na {\n bind 127.0.0.1\n}\n", "CF302", 4),
    ("a {\n bind 127.0.0.1\n}\na {\n bind 127.0.0.2\n}\n", "", 0),
    ("a {\n bind 127.0.0.1 127.0.0.2\n}\na {\n bind 127.0.0.2\n}\n", "CF302", 4),
    ("a {\n bind 127.0.0.1\n bind 127.0.0.1\n}\n", "CF302", 1),
    ("a {\n bind 127.0.0.1 127.0.0.1\n}\n", "CF302", 1),
    ("a {\n bind 127.0.0.1\n}\nb {\n}\n", "", 0),
    ("a:65535 {\n}\n", "", 0),
    ("a:65536 {\n}\n", "CF125", 1),
    ("a:0 {\n}\n", "", 0),
    ("a:-1 {\n}\n", "CF125", 1),
    ("a:+53 {\n}\na:053 {\n}\n", "CF302", 3),
    ("a:65536 {\n cache x {\n nosuch\n }\n}\n", "CF204", 3),
    ("https3://a {\n}\n", "CF304", 1),
    ("https://a {\n}\n", "", 0),
    ("quic://a {\n}\n", "", 0),
    ("tls://a {\n}\n", "", 0),
    ("grpc://a {\n}\n", "", 0),
    ("https3://a:70000 {\n}\na {\n}\na {\n}\n", "CF125", 1),
    ("a {\n}\na {\n}\nhttps3://a {\n}\n", "CF304", 5),
    ("unix:///tmp/x {\n}\n", "", 0),
    ("unix://a {\n}\nunix://a {\n}\n", "CF302", 3),
    ("unix://a {\n}\nunix://a:0 {\n}\n", "", 0),
    ("unix://a:0 {\n}\nunix://a:00 {\n}\n", "CF302", 3),
    ("unix://a {\n}\nunix://a {\n}\n", "CF302", 3),
    ("{\n}\n{\n}\n", "", 0),
    (".\n.\n", "CF201", 2),
    (". {\n}\ndns://.:53 {\n}\n", "CF302", 3),
    ("a\\.b {\n}\na\\046b {\n}\n", "", 0),
    ("a {\n bind 127.0.0.1 {\n except 127.0.0.1\n }\n}\n", "", 0),
    ("a {\n bind 127.0.0.1 {\n except 127.0.0.1\n }\n}\na {\n}\n", "", 0),
    ("a {\n bind 127.0.0.1 {\n except 127.0.0.2\n }\n bind 127.0.0.2\n}\na {\n bind 127.0.0.2\n}\n", "CF302", 7),
    ("a {\n bind 127.0.0.1\n bind 127.0.0.2 {\n except 127.0.0.1\n }\n}\na {\n bind 127.0.0.1\n}\n", "CF302", 7),
    ("a {\n bind ::ffff:127.0.0.1\n}\na {\n bind 127.0.0.1\n}\n", "", 0),
    ("a {\n bind ::1\n}\na {\n bind 0:0:0:0:0:0:0:1\n}\n", "", 0),
    ("a {\n}\na {\n view x {\n expr true\n }\n}\na {\n}\n", "CF302", 8),
    ("a {\n view x {\n expr true\n }\n}\na {\n bind 127.0.0.1\n}\na {\n}\n", "CF303", 9),
    ("a {\n bind 127.0.0.1\n}\na {\n bind 127.0.0.2\n}\na {\n}\n", "CF303", 7),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line"), CASES)
def test_refusal(text: str, code: str, line: int) -> None:
    compiled = compile_corefile(text)
    found = None if compiled.refusal is None else compiled.diagnostics[compiled.refusal]
    assert ((found.code, found.span.line) if found else ("", 0)) == (code, line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("quic://a {\n}\n", 1),
        ("quic://a {\n}\nquic://b {\n tls c k\n}\n", 0),
        ("quic://a {\n tls c k\n}\nquic://b {\n}\n", 4),
        ("quic://a {\n tls c k\n}\nquic://b:8853 {\n}\n", 4),
    ],
)
def test_quic_without_tls_is_taken_and_ends_when_it_listens(text: str, line: int) -> None:
    compiled = compile_corefile(text)
    assert compiled.refusal is None
    found = [(one.span.line, one.notes) for one in compiled.diagnostics if one.code == "CF304"]
    assert found == ([(line, (servers.LISTENING,))] if line else [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a {\n bind lo\n}\na {\n bind 127.0.0.1\n}\n", 4),
        ("a {\n bind lo 127.0.0.1\n}\n", 1),
        ("a {\n bind ::1\n}\na {\n bind lo\n}\n", 4),
        ("a {\n bind lo\n}\na {\n bind lo\n}\n", 4),
        ("a {\n bind lo\n}\nb {\n bind 127.0.0.1\n}\n", 0),
        ("a {\n bind lo\n}\na:54 {\n bind 127.0.0.1\n}\n", 0),
        ("a {\n bind lo\n}\na {\n bind 127.0.0.2\n}\n", 0),
        ("a {\n bind lo {\n except 127.0.0.1\n }\n}\na {\n bind 127.0.0.1\n}\n", 0),
        ("a {\n bind 127.0.0.1 {\n except lo\n }\n}\na {\n bind 127.0.0.1\n}\n", 0),
        ("a {\n bind lo\n}\na {\n bind 127.0.0.1\n view x {\n expr true\n }\n}\n", 0),
        ("a {\n bind 127.0.0.1\n view x {\n expr true\n }\n}\na {\n bind lo\n}\n", 0),
    ],
)
def test_lo_stands_for_its_addresses(text: str, line: int) -> None:
    compiled = compile_corefile(text)
    assert {one.span.line for one in compiled.diagnostics} == ({line} if line else set())
    assert {one.code for one in compiled.diagnostics} <= {"CF302"}
    assert compiled.verdict == ("reject" if line else "accept")


def test_a_certificate_counts_for_all_that_share_an_address() -> None:
    first, last = "https3://a {\n bind 0::1\n}\n", "https3://b {\n bind ::1\n tls CERT KEY\n}\n"
    assert compile_corefile(first + last).verdict == "environment"
    assert compile_corefile(last + first).verdict == "reject"


@pytest.mark.parametrize(("key", "shown"), [("unix://a", "unix://a.:"), ("unix://a:00", "unix://a.:0")])
def test_unix_shows_the_port_that_it_has(key: str, shown: str) -> None:
    (found,) = compile_corefile(f"{key} {{\n}}\n{key} {{\n}}\n").diagnostics
    assert found.message == f"'{shown}' is served twice"


def test_the_first_of_two_is_shown() -> None:
    (found,) = compile_corefile("a.example {\n}\nA.example {\n}\n").diagnostics
    assert [(related.message, related.span.line) for related in found.related] == [("first served here", 1)]
    assert found.help == "merge the two server blocks, or tell them apart with 'view' or 'bind'"


def test_a_range_says_what_it_stands_for() -> None:
    (found,) = compile_corefile("0.10.in-addr.arpa {\n}\n10.0.0.0/15 {\n}\n").diagnostics
    assert found.notes == ("'10.0.0.0/15' stands for the reverse zones that cover it, '0.10.in-addr.arpa.' among them",)


def test_bound_and_unbound_are_both_shown() -> None:
    (found,) = compile_corefile("a.example {\n}\na.example {\n bind 127.0.0.1\n}\n").diagnostics
    assert found.message == "'dns://a.example.:53' is bound to 127.0.0.1 here and bound to all addresses elsewhere"
    assert [(related.message, related.span.line) for related in found.related] == [("bound to all addresses here", 1)]


def test_all_doubles_are_reported() -> None:
    assert len(compile_corefile("a a a b b {\n}\n").diagnostics) == 3


def test_so_many_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "MOST", 5)
    assert len(compile_corefile("a " * 20 + "{\n}\n").diagnostics) == 5
