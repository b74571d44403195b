"""What the plugins answer by themselves, as their specs say."""

from __future__ import annotations

import pytest

from corefile.compiler import compile_corefile
from corefile.plugins.answering import Answers, narrower
from corefile.rules.chains import answering


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (".", "example.org.", "example.org."),
        ("a.example.org.", "example.org.", "a.example.org."),
        ("example.org.", "example.org.", "example.org."),
        ("example.org.", "example.net.", None),
        ("xample.org.", "example.org.", None),
        ("", "example.org.", None),
        (".", "", None),
    ],
)
def test_of_two_zones_the_lower_one_is_common(one: str, other: str, expected: str | None) -> None:
    assert narrower(one, other) == narrower(other, one) == expected


@pytest.mark.parametrize(
    ("answers", "zone", "covered"),
    [
        (Answers(zones=(".",)), "example.org.", True),
        (Answers(zones=("example.org.",)), "example.org.", True),
        (Answers(zones=("a.example.org.",)), "example.org.", False),
        (Answers(zones=("",)), "example.org.", False),
        (Answers(zones=(".",), partly=True), "example.org.", False),
        (Answers(zones=(".",), through=(".",)), "example.org.", False),
        (Answers(zones=(".",), through=("a.example.org.",)), "example.org.", False),
        (Answers(zones=(".",), through=("example.net.",)), "example.org.", True),
        (Answers(zones=(".",), ignored=("a.example.org.",)), "example.org.", False),
        (Answers(zones=(".",), ignored=("example.net.",)), "example.org.", True),
    ],
)
def test_a_zone_is_covered_when_no_query_goes_on(answers: Answers, zone: str, covered: bool) -> None:
    assert answers.cover(zone) is covered


@pytest.mark.parametrize(
    ("directive", "names", "covers"),
    [
        ("forward . 192.0.2.53", ("example.org.",), True),
        ("forward a.example.org 192.0.2.53", ("a.example.org.",), False),
        ("forward . 192.0.2.53 {\n except a.example.org\n }", ("example.org.",), False),
        ("forward . 192.0.2.53 {\n except example.net\n }", ("example.org.",), True),
        ("forward . 192.0.2.53 {\n next NXDOMAIN\n }", ("example.org.",), False),
        ("grpc . 192.0.2.53:443", ("example.org.",), True),
        ("grpc . 192.0.2.53:443 {\n fallthrough\n }", ("example.org.",), False),
        ("hosts", ("example.org.",), True),
        ("hosts {\n fallthrough\n }", ("example.org.",), False),
        ("hosts {\n fallthrough a.example.org\n }", ("example.org.",), False),
        ("hosts {\n fallthrough example.net\n }", ("example.org.",), True),
        ("file db", ("example.org.",), True),
        ("file db example.net", (), False),
        ("file db {\n fallthrough\n }", ("example.org.",), False),
        ("secondary {\n transfer from 192.0.2.1\n }", ("example.org.",), True),
        ("auto {\n directory /zones\n }", ("example.org.",), False),
        ("etcd", ("example.org.",), True),
        ("kubernetes cluster.local", (), False),
        ("kubernetes", ("example.org.",), True),
        ("template ANY ANY {\n rcode NXDOMAIN\n }", ("example.org.",), True),
        ("template IN ANY {\n match ^a\n rcode NXDOMAIN\n }", ("example.org.",), True),
        ("template IN ANY {\n match ^a\n rcode NXDOMAIN\n fallthrough\n }", ("example.org.",), False),
        ("template IN ANY {\n rcode NXDOMAIN\n fallthrough\n }", ("example.org.",), True),
        ("template IN A {\n rcode NXDOMAIN\n }", ("example.org.",), False),
        ("template CH ANY {\n rcode NXDOMAIN\n }", ("example.org.",), False),
        ('template IN ANY {\n expr true\n rcode NXDOMAIN\n }', ("example.org.",), False),
        ("route53 example.org:Z1", ("example.org.",), True),
        ("route53 example.org:Z1 {\n fallthrough\n }", ("example.org.",), False),
        ("route53", (), False),
        ("clouddns example.org:p:z", ("example.org.",), True),
        ("azure group:example.org {\n fallthrough\n }", ("example.org.",), False),
        ("nomad", (), False),
        ("whoami", ("example.org.",), True),
        ("erratic", ("example.org.",), True),
    ],
)  # fmt: skip
def test_what_a_plugin_answers(directive: str, names: tuple[str, ...], covers: bool) -> None:
    compiled = compile_corefile(f"example.org {{\n {directive}\n}}\n")
    assert compiled.verdict != "reject", compiled.diagnostics
    (link,) = answering(compiled.program.blocks[0], 0).links
    assert (link.names, link.answers.cover("example.org.")) == (names, covers)


@pytest.mark.parametrize("directive", ["cache", "log", "loop", "rewrite name a b", "any", "acl", "transfer", "dnssec"])
def test_plugins_that_only_change_or_watch_answer_nothing(directive: str) -> None:
    compiled = compile_corefile(f"example.org {{\n {directive}\n}}\n")
    assert answering(compiled.program.blocks[0], 0).links == []


def test_a_plugin_with_a_fault_may_answer_anything() -> None:
    compiled = compile_corefile(". {\n hosts {\n  ttl x\n }\n}\n")
    (link,) = answering(compiled.program.blocks[0], 0).links
    assert not link.answers.cover(".")


def test_where_names_are_rewritten_any_may_come() -> None:
    compiled = compile_corefile("example.org {\n rewrite name a.example.org b.example.net\n forward . 192.0.2.53\n}\n")
    (link,) = answering(compiled.program.blocks[0], 0).links
    assert link.names == (".",)
