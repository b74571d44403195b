"""Names, ports and ranges in keys. What is taken and what is refused is as CoreDNS decides it."""

from __future__ import annotations

import pytest

from corefile.ir.names import (
    NameFault,
    is_host_name,
    is_subdomain,
    normalize,
    normalize_exact,
    split_host_port,
    split_transport,
)


@pytest.mark.parametrize(
    ("key", "names", "port"),
    [
        (r"a\.b", [r"a\.b"], ""),
        (r"a\046b", [r"a\046b"], ""),
        (r"a\\", ["a\\\\"], ""),
        (r"\.a", [r"\.a"], ""),
        (r"a\..b", [r"a\..b"], ""),
        (r"a.\\", [r"a.\\"], ""),
        (r"a\04", [r"a\04"], ""),
        ("a" * 63, ["a" * 63], ""),
        (r"\097" * 63, [r"\097" * 63], ""),
        ("é" * 31, ["é" * 31], ""),
        (".", ["."], ""),
        ("a:53:54", ["a:53"], "54"),
        ("a:abc", ["a:abc"], ""),
        ("a:+053", ["a"], "53"),
        ("a:-0", ["a"], "0"),
        ("a:65536", ["a"], "65536"),
        ("a:9223372036854775808", ["a:9223372036854775808"], ""),
        ("[::1]:53", ["[::1]"], "53"),
        ("10.0.0.0/33", ["10.0.0.0/33"], ""),
        ("10.0.0.0/8.", ["10.0.0.0/8."], ""),
        ("10.1.2.3/08:54", ["10.in-addr.arpa."], "54"),
        ("10.0.0.0/23", ["0.0.10.in-addr.arpa.", "1.0.10.in-addr.arpa."], ""),
        ("0.0.0.0/0", ["in-addr.arpa."], ""),
        ("2001:db8::/32", ["8.b.d.0.1.0.0.2.ip6.arpa."], ""),
        ("http://a:80", ["http://a"], "80"),
    ],
)
def test_what_is_taken(key: str, names: list[str], port: str) -> None:
    found = split_host_port(key)
    assert (list(found.names), found.port) == (names, port)


@pytest.mark.parametrize(
    ("key", "code", "reason"),
    [
        ("", "CF123", "it is empty"),
        (":53", "CF123", "it is empty"),
        ("a:", "CF121", "port missing"),
        (":", "CF121", "port missing"),
        (".a", "CF123", "it begins with a dot"),
        ("..", "CF123", "it begins with a dot"),
        (r".a\.", "CF123", "it begins with a dot"),
        ("a..b", "CF123", "it has an empty label"),
        (r"\\..b", "CF123", "it has an empty label"),
        ("a\\", "CF123", "it ends in a backslash"),
        (r"a\.b" + "\\", "CF123", "it ends in a backslash"),
        ("\\", "CF123", "it ends in a backslash"),
        ("a" * 64, "CF123", "a label has 64 bytes"),
        (r"\." + "a" * 63, "CF123", "a label has 64 bytes"),
        ("é" * 32, "CF123", "a label has 64 bytes"),
        (r"\097" * 64, "CF122", "zone name has 256 bytes"),
        (".".join(["a" * 50] * 5) + ".a", "CF122", "zone name has 256 bytes"),
        ("::/0", "CF124", "IPv6 ranges must not begin"),
        ("00ff::/16", "CF124", "IPv6 ranges must not begin"),
    ],
)
def test_what_is_refused(key: str, code: str, reason: str) -> None:
    with pytest.raises(NameFault) as fault:
        split_host_port(key)
    assert fault.value.code == code
    assert reason in fault.value.reason


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("https3://a", ("https3", "a")),
        ("https://a", ("https", "a")),
        ("TLS://a", ("dns", "TLS://a")),
        ("a", ("dns", "a")),
        ("dns://tls://a", ("dns", "tls://a")),
    ],
)
def test_transports(key: str, expected: tuple[str, str]) -> None:
    assert split_transport(key) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tls://Example.ORG:853", ("example.org.",)),
        ("10.0.0.0/23", ("0.0.10.in-addr.arpa.", "1.0.10.in-addr.arpa.")),
        ("a..b", ()),
        ("a:", ()),
    ],
)
def test_zones_of_plugins(text: str, expected: tuple[str, ...]) -> None:
    assert normalize_exact(text) == expected


@pytest.mark.parametrize(
    ("zone", "name", "expected"),
    [(".", "a.", True), ("a.", "a.", True), ("a.", "b.a.", True), ("a.", "ba.", False), ("b.a.", "a.", False)],
)
def test_subdomains(zone: str, name: str, expected: bool) -> None:
    assert is_subdomain(zone, name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".", True),
        ("a.example.", True),
        ("a_b-c", True),
        ("-a", False),
        ("a b", False),
        ("192.0.2.1", False),
        ("", False),
    ],
)
def test_host_names(name: str, expected: bool) -> None:
    assert is_host_name(name) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\\.", "a\\.."),
        ("é\\.", "é\\."),
        ("é\\\\.", "é\\\\.."),
        ("€\\\\.", "€\\\\."),
        ("😀\\.", "😀\\."),
        ("\\\\.", "\\\\."),
        ("é.", "é."),
        ("İ", "i."),
        ("\u0391\u03a3", "\u03b1\u03c3."),
    ],
)
def test_the_last_dot_and_lower_case_are_those_of_go(text: str, expected: str) -> None:
    assert normalize(text) == expected
