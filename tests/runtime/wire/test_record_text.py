"""Records in zone-file text, as miekg/dns reads them."""

import dns.rdata
import pytest
from corefile_runtime.wire.names import parse_name, render_name
from corefile_runtime.wire.record_text import BadRecord, parse_record, split_words, unescape
from dns.rdatatype import RdataType


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.example.org. 60 IN A 192.0.2.1", "a.example.org. 60 1 1 192.0.2.1"),
        ("a.example.org A 192.0.2.1", "a.example.org. 3600 1 1 192.0.2.1"),
        ("@ IN 1h30m AAAA 2001:db8::1", ". 5400 1 28 2001:db8::1"),
        ("a 5 CH TXT x", 'a. 5 3 16 "x"'),
        ("a 5 CLASS3 TYPE16 x", 'a. 5 3 16 "x"'),
        ("a 0 in cname B.example.", "a. 0 1 5 B.example."),
        ("a 60 IN MX 10 mail.example.org", "a. 60 1 15 10 mail.example.org."),
        ("a 60 IN SRV 1 2 53 @", "a. 60 1 33 1 2 53 ."),
        ('a 60 IN TXT "a b" "c" d', 'a. 60 1 16 "a b" "c" "d"'),
        ('a 60 IN TXT "semi;colon" ; comment', 'a. 60 1 16 "semi;colon"'),
        (r'a 60 IN TXT "q\"q" \065\;', r'a. 60 1 16 "q\"q" "A;"'),
        ('a 60 IN TXT ""', 'a. 60 1 16 ""'),
        (f"a 60 IN TXT {'x' * 300}", f'a. 60 1 16 "{"x" * 255}" "{"x" * 45}"'),
        ("a 60 IN SOA ns. root. (1 2h\n 3 4 5)", "a. 60 1 6 ns. root. 1 7200 3 4 5"),
        ('a 60 IN CAA 0 issue "example.net; policy=ev"', 'a. 60 1 257 0 issue "example.net; policy=ev"'),
        ('a 60 NAPTR 1 2 "U" "E2U+sip" "!^.*$!x!" .', 'a. 60 1 35 1 2 "U" "E2U+sip" "!^.*$!x!" .'),
        ("a 60 IN RP a.b. c.d.", "a. 60 1 17 a.b. c.d."),
        (r"a 60 IN TYPE65280 \# 3 010203", r"a. 60 1 65280 \# 3 010203"),
        (r"a 60 IN A \# 4 C0000201", "a. 60 1 1 192.0.2.1"),
        ('a 60 IN HINFO "a" b', 'a. 60 1 13 "a" "b"'),
        ("a 60 IN A 192.0.2.1\nb 60 IN A 192.0.2.2", "a. 60 1 1 192.0.2.1"),
        ("\n\na 60 IN A 192.0.2.1", "a. 60 1 1 192.0.2.1"),
        ("", None),
        ("  ; nothing", None),
        ("\n", None),
    ],
)
def test_records(text: str, expected: str | None) -> None:
    record = parse_record(text)
    if expected is None:
        assert record is None
        return
    assert record is not None
    rdata = dns.rdata.from_wire("IN", RdataType.make(record.rtype), record.rdata, 0, len(record.rdata))
    found = f"{render_name(record.owner)} {record.ttl} {record.rclass} {record.rtype} {rdata}"
    assert found == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("this is not a record", "neither TTL, class nor type"),
        ("a", "type expected"),
        ("a 60 IN", "type expected, 'IN' found"),
        ("a 60 60 60 A 192.0.2.1", "type expected"),
        ("a..b 60 IN A 192.0.2.1", "empty label"),
        ("a 60 IN A 192.0.2", "no address"),
        ("a 60 IN A 2001:db8::1", "no address"),
        ("a 60 IN AAAA 192.0.2.1", "no address"),
        ("a 60 IN A 192.0.2.1 x", "2 fields found, 1 expected"),
        ("a 60 IN A", "0 fields found, 1 expected"),
        ("a 60 IN MX 65536 b", "no number of 16 bits"),
        ("a 60 IN MX ten b", "no number of 16 bits"),
        ("a 99999999999 IN A 192.0.2.1", "too large"),
        ('a 60 IN TXT "x', "a quote is not closed"),
        ("a 60 IN TXT (x", "a parenthesis is not closed"),
        ("a 60 IN TXT x)", "a closing parenthesis"),
        ("$TTL 60", "is a directive"),
        (r"a 60 IN A \# 3 C0000201", "as many octets"),
        (r"a 60 IN A \# x", "as many octets"),
        ("a 60 IN DS x", ""),
        ("a 60 IN TYPE65280 x", ""),
    ],
)
def test_what_is_no_record(text: str, why: str) -> None:
    with pytest.raises(BadRecord) as caught:
        parse_record(text)
    assert why in str(caught.value)


def test_what_only_dnspython_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    record = parse_record("a 60 IN HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1")
    assert record is not None
    assert record.rdata.startswith(b"\0\1\0\0\1\0\6\2h2\2h3")
    monkeypatch.setitem(__import__("sys").modules, "dns.rdata", None)
    with pytest.raises(BadRecord, match="need dnspython"):
        parse_record("a 61 IN HTTPS 1 . alpn=h2")


def test_words_and_escapes() -> None:
    assert split_words('a "b c"d (e\nf) \\"g') == [
        ("a", False), ("b c", True), ("d", False), ("e", False), ("f", False), ('\\"g', False),
    ]  # fmt: skip
    assert unescape("a\\") == b"a\\"
    assert unescape("\\999") == b"999"
    assert parse_name("a.") == b"\1a\0"
