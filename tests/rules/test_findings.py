"""What each rule finds and what it leaves alone, as small Corefiles and the lines of what is found."""

from __future__ import annotations

import pytest

from tests.rules.fixing import check, found

REWRITE = "rewrite name a.example.org b.example.net"


@pytest.mark.parametrize(
    ("forward", "line"),
    [
        ("forward . 192.0.2.53 {\n  tls_servername dns.example.org\n }", 3),
        ("forward . 192.0.2.53 {\n  tls\n }", 3),
        ("forward . dns://192.0.2.53 192.0.2.54 {\n  tls_servername dns.example.org\n }", 3),
        ("forward . tls://192.0.2.53 {\n  tls_servername dns.example.org\n }", 0),
        ("forward . tls://192.0.2.53 192.0.2.54 {\n  tls_servername dns.example.org\n }", 0),
        ("forward . https://192.0.2.53 {\n  tls_servername dns.example.org\n }", 0),
        ("forward . 192.0.2.53 {\n  max_fails 3\n }", 0),
        ("forward . 192.0.2.53", 0),
    ],
)
def test_forward_tls_unused(forward: str, line: int) -> None:
    assert found(f". {{\n {forward}\n}}\n", "CL101") == ([("CL101", line)] if line else [])


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        ("file db {\n  upstream\n }", [3]),
        ("file db {\n  upstream 192.0.2.1\n  reload 1m\n  upstream\n }", [3, 5]),
        ("etcd {\n  upstream\n  path /x\n }", [3]),
        ("file db {\n  reload 1m\n }", []),
        ("whoami", []),
    ],
)
def test_property_without_effect(block: str, lines: list[int]) -> None:
    assert found(f"example.org {{\n {block}\n}}\n", "CL102") == [("CL102", line) for line in lines]


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        ("hosts\n forward . 192.0.2.53", [3]),
        ("forward . 192.0.2.53\n hosts", [2]),
        ("hosts {\n  fallthrough\n }\n forward . 192.0.2.53", []),
        ("hosts {\n  fallthrough example.net\n }\n forward . 192.0.2.53", [5]),
        ("hosts /etc/hosts a.example.org\n forward . 192.0.2.53", []),
        ("hosts /etc/hosts a.example.org\n forward a.example.org 192.0.2.53", [3]),
        ("forward . 192.0.2.53\n grpc . 192.0.2.54:443\n whoami\n erratic", [3, 5, 4]),
        ("forward . 192.0.2.53\n forward a.example.org 192.0.2.54", [3]),
        ("forward a.example.org 192.0.2.54\n forward . 192.0.2.53", []),
        ("forward . 192.0.2.53 {\n  next NXDOMAIN\n }\n forward . 192.0.2.54", []),
        ("file db example.org\n file db a.example.org", []),
        ("template ANY ANY {\n  rcode NXDOMAIN\n }\n forward . 192.0.2.53", [5]),
        ("template IN A {\n  rcode NXDOMAIN\n }\n forward . 192.0.2.53", []),
        ("auto {\n  directory /zones\n }\n forward . 192.0.2.53", []),
        (f"{REWRITE}\n file db\n forward . 192.0.2.53", []),
        (f"{REWRITE}\n forward . 192.0.2.54\n whoami", [4]),
        ("hosts {\n  ttl x\n }\n forward . 192.0.2.53", []),
        ("cache\n log\n errors\n forward . 192.0.2.53", []),
    ],
)
def test_unreachable_plugin(block: str, lines: list[int]) -> None:
    assert found(f"example.org {{\n {block}\n}}\n", "CL201") == [("CL201", line) for line in lines]


def test_zone_transfers_get_to_a_plugin_that_is_not_asked() -> None:
    (one,) = check("example.org {\n hosts\n file db\n transfer {\n  to *\n }\n}\n", "CL201").extra
    assert one.notes == ("only PTR queries for addresses that it does not have and zone transfers get there",)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (". {\n forward . 127.0.0.1\n}\n", [2]),
        (". {\n forward . ::1\n}\n", [2]),
        (". {\n forward . 0.0.0.0\n}\n", [2]),
        (".:1053 {\n forward . 127.0.0.1:1053\n}\n", [2]),
        (".:1053 {\n forward . 127.0.0.1\n}\n", []),
        (". {\n forward . 192.0.2.53 127.0.0.1\n}\n", [2]),
        (". {\n forward . 127.0.0.53\n}\n", []),
        (". {\n bind 127.0.0.53\n forward . 127.0.0.53\n}\n", [3]),
        (". {\n bind 192.0.2.1\n forward . 127.0.0.1\n}\n", []),
        (". {\n bind 192.0.2.1\n forward . 192.0.2.1\n}\n", [3]),
        (". {\n bind lo\n forward . 127.0.0.1\n}\n", [3]),
        (". {\n forward . /etc/resolv.conf\n}\n", []),
        (". {\n forward . tls://127.0.0.1\n}\n", []),
        ("tls://. {\n tls cert key\n forward . tls://127.0.0.1\n}\n", [3]),
        ("example.org {\n forward . 127.0.0.1\n}\n. {\n forward . 192.0.2.53\n}\n", [2]),
        (". {\n forward example.org 127.0.0.1\n}\nexample.org {\n whoami\n}\n", []),
        (".:53 {\n forward . 127.0.0.1:54\n}\n.:54 {\n forward . 127.0.0.1:53\n}\n", [2, 5]),
        (".:53 {\n forward . 127.0.0.1:54\n}\n.:54 {\n forward . 192.0.2.53\n}\n", []),
        (".:53 {\n forward . 127.0.0.1:54\n}\n.:54 {\n forward . 127.0.0.1:54\n}\n", [5]),
        (". {\n hosts\n forward . 127.0.0.1\n}\n", []),
        (". {\n forward . 127.0.0.1 {\n  except .\n }\n}\n", []),
        (f". {{\n {REWRITE}\n forward . 127.0.0.1\n}}\n", []),
        (". {\n view v {\n  expr true\n }\n forward . 127.0.0.1\n}\n. {\n forward . 192.0.2.53\n}\n", []),
    ],
)
def test_forward_loop(text: str, lines: list[int]) -> None:
    assert found(text, "CL301") == [("CL301", line) for line in lines]


def test_a_loop_by_way_of_another_block_names_it() -> None:
    text = ".:53 {\n forward . 127.0.0.1:54\n}\n.:54 {\n forward . 127.0.0.1:53\n}\n"
    one, _ = check(text, "CL301").extra
    assert [other.span.line for other in one.related] == [5]


def test_long_ways_and_many_uses_take_no_time() -> None:
    ring = "".join(f".:{port} {{\n forward . 127.0.0.1:{port % 3000 + 1}\n}}\n" for port in range(1, 3001))
    assert found(ring, "CL301") == []
    star = "".join(f"forward z{at}.example.org 192.0.2.1\n" for at in range(3000))
    assert found(f". {{\n forward example.org 192.0.2.1\n{star}}}\n", "CL101", "CL201")[0] == ("CL201", 3)


def test_a_rule_says_nothing_where_braces_do_not_match() -> None:
    assert found(". {\n hosts\n forward . 127.0.0.1\n") == []
