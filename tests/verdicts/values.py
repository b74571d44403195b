"""Arguments for what a usage line calls `DURATION`, `ZONES`, `FROM`: good ones, odd ones and bad ones."""

from __future__ import annotations

from random import Random

_COUNTS = ("0", "1", "2", "10", "255", "256", "512", "1024", "3600", "65535", "65536", "100000")
_ODD_COUNTS = (
    *("-1", "+5", "007", "1_000", "0x10", "1e3", "1.5", "4294967295", "4294967296", "9223372036854775807"),
    *("9223372036854775808", "99999999999999999999", "", "one", "10%", "101%", "0.5", "inf", "NaN", "-0", "\u0665"),
)
_DURATIONS = ("0", "0s", "1s", "500ms", "1m30s", "1h", "24h", "5m", "10s", "1.5s", "2h45m")
_ODD_DURATIONS = (
    "-1s",
    "10",
    "1d",
    "1S",
    "s",
    "1 s",
    "+5s",
    ".5s",
    "1us",
    "1\u00b5s",
    "1ns",
    "9999999h",
    "",
    "1h-5m",
    "1e3s",
)
_ZONES = (
    *(".", "example.org", "example.org.", "EXAMPLE.net", "a.example.com", "org", "in-addr.arpa", "10.in-addr.arpa"),
    *("10.0.0.0/8", "192.0.2.0/24", "10.0.0.0/22", "2001:db8::/32", "cluster.local"),
)
_ODD_ZONES = (
    *("..", ".a", "a..b", "a" * 64, "a:", "a:53", "dns://a", "tls://.", "x://a", "*", "\\.", "a\\", "10.0.0.0/33"),
    *("::/0", "10.0.0.1/8", "/", "", "a b", "\u00fc.example", "-", "_tcp.example", ":53", "a.example:x", "a" * 260),
)
_ADDRESSES = ("192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:5353", "127.0.0.1", "127.0.0.1:1053", "::1")
_ODD_ADDRESSES = (
    *(
        "tls://192.0.2.1",
        "dns://192.0.2.1",
        "https://192.0.2.1",
        "grpc://192.0.2.1:443",
        "quic://192.0.2.1",
        "192.0.2.300",
    ),
    *(
        "192.0.2.1:",
        "192.0.2.1:port",
        "192.0.2.1:99999",
        ":53",
        "localhost:53",
        "[::1]",
        "[::1",
        "::1]:53",
        "192.0.2.01",
    ),
    *("fe80::1%lo", "192.0.2.1%a", "*", "", "unix:///tmp/x", "192.0.2.0/24", "https://192.0.2.1/x", "1.1", "::"),
)
_LISTEN = (":0", "127.0.0.1:0", ":8181", "localhost:0", "[::1]:0", "127.0.0.1:9154")
_ODD_LISTEN = ("127.0.0.1", ":", "", "a:b:c", ":99999", ":http", ":-1", "[::1]", "::1", "8080", "example.invalid:0")
_NETWORKS = ("192.0.2.0/24", "10.0.0.0/8", "2001:db8::/32", "192.0.2.1", "::1", "192.0.2.1/32", "0.0.0.0/0", "::/0")
_ODD_NETWORKS = ("*", "10.0.0.0/33", "10.0.0/8", "2001:db8::/129", "::ffff:192.0.2.0/120", "a", "", "10.0.0.1/08", "/8")
_PATTERNS = (".*", "^a\\.example\\.$", "(a|b)", "(.*)\\.example\\.org", "^(?P<name>.+)\\.$", "[a-z]+", "\\.")
_ODD_PATTERNS = (
    "(",
    "[",
    "*",
    "a**",
    "(?=a)",
    "\\1",
    "(?P<a>x)(?P<a>y)",
    "a{1001}",
    "\\pL",
    "[[:alpha:]]",
    "",
    "a{2,1}",
    "\\C",
)
_TYPES = ("A", "AAAA", "MX", "ANY", "TXT", "PTR", "SRV", "HTTPS", "NS", "SOA", "AXFR")
_ODD_TYPES = ("a", "TYPE65", "TYPE0", "65", "XX", "", "*", "None", "NONE", "OPT", "Reserved", "ISDN", "CLASS1")
_CLASSES = ("IN", "CH", "ANY", "HS", "NONE")
_RCODES = ("NOERROR", "SERVFAIL", "NXDOMAIN", "REFUSED", "NOTIMP", "FORMERR", "NOTIMPL", "BADVERS", "BADSIG")
_EXPRESSIONS = (
    "true",
    "name() == 'a.'",
    "size() > 10",
    "type() in ['A', 'AAAA']",
    "incidr(client_ip(), '10.0.0.0/8')",
    "do()",
)
_ODD_EXPRESSIONS = (
    "1",
    "name()",
    "name() ==",
    "x",
    "1 +",
    "nil",
    "size() > 'a'",
    "'",
    "type",
    "len(name())",
    "[1,2]",
    "{",
    "1/0",
)
_RECORDS = (
    *("{{ .Name }} 60 IN A 192.0.2.1", "{{ .Name }} 60 IN CNAME a.example.", "{{ if true }}x{{ end }}"),
    *("{{ .Group.a }} 5 IN A 192.0.2.2", "{{ index .Match 1 }} A 192.0.2.3"),
)
_ODD_RECORDS = (
    "{{",
    "{{ .Nope }}",
    "{{ x }}",
    "{{ if }}{{ end }}",
    "{{ range .Match }}",
    "",
    "x",
    "{{ .Name | nope }}",
    "}}",
)
_NAMES = ("a.example.org", "a.example.org.", "example", "localhost", "www.example.net.", "key.", "b")
_URLS = (
    "http://127.0.0.1:2379",
    "https://127.0.0.1:6443",
    "http://127.0.0.1:4646",
    "127.0.0.1:8080",
    "http://[::1]:80",
)
_ODD_URLS = (
    "",
    "://x",
    "http://",
    "http://a b",
    "ftp://x/y",
    "a",
    "http://127.0.0.1:x",
    "%zz",
    "http://[::1",
    "/path",
    "tcp://127.0.0.1:1",
)
_PATHS = ("nowhere", "/nowhere/at/all", "../x", "a/b")
_ODD_PATHS = ("", ".", "/", "..", "a" * 256, "a\x00b", "\u00e9", "x" * 5000, "{$HOME}")
_TEXTS = ("coredns", "a b", "x", "1.0", "{remote}", "$1", "{1}", "\u00e9")
_WORDS = (
    *("", "x", "0", "-1", "true", "{", "}", "#", '"', "\\", "a\\ b", "*", "all", "{$UNSET}", "{%UNSET%}", "{$}", "1 2"),
    *("\u00a0", "import", "(a)", "a,", ",", "\u2028", "a#b", "{}", "{{", "lo", "on", "off", "stdout", "\u00ad"),
)

Pool = tuple[tuple[str, ...], tuple[str, ...]]
"""Good arguments, and others."""

_NUMBERS: Pool = (_COUNTS, _ODD_COUNTS)
_TIMES: Pool = (_DURATIONS, _ODD_DURATIONS)
_SERVERS: Pool = (_ADDRESSES, _ODD_ADDRESSES)
_ENDPOINTS: Pool = (
    (*_LISTEN, *_ADDRESSES),
    (*_ODD_LISTEN, "tcp://127.0.0.1:1", "unix:///tmp/x", "tls://127.0.0.1:1"),
)
_RANGES: Pool = ((*_NETWORKS, "64:ff9b::/96", "2001:db8::/64"), (*_ODD_NETWORKS, "64:ff9b::/95"))
_MNEMONICS: Pool = ((*_TYPES, "QUERY", "NOTIFY", "all", "none"), _ODD_TYPES)
_FILES: Pool = (_PATHS, _ODD_PATHS)

_POOLS: dict[str, Pool] = {
    **dict.fromkeys(("N", "NUMBER", "AMOUNT", "SIZE", "SECONDS", "TTL", "CAPACITY", "MINTTL", "SESSIONS"), _NUMBERS),
    **dict.fromkeys(("NUM_SOCKETS", "RATE", "WRITEBUFFER", "QUEUE", "CODE", "BITS4", "BITS6"), _NUMBERS),
    **dict.fromkeys(("LEAST", "MOST"), _NUMBERS),
    "PERCENTAGE": (("10%", "50%", "90%", "100%", "0%"), ("10", "101%", "-1%", "%", "", "1.5%", "10%%")),
    **dict.fromkeys(("DURATION", "TIMEOUT", "INTERVAL", "JITTER", "RECHECK"), _TIMES),
    **dict.fromkeys(("ZONES", "ZONE", "FROM", "DOMAINS"), (_ZONES, _ODD_ZONES)),
    **dict.fromkeys(("TO", "ADDRESS", "ADDRESSES", "HOST"), _SERVERS),
    "INTERFACE": (("lo", "127.0.0.1"), ("eth0", "x" * 16, ".")),
    **dict.fromkeys(("ENDPOINT", "LISTEN"), _ENDPOINTS),
    **dict.fromkeys(("NETWORKS", "PREFIX"), _RANGES),
    **dict.fromkeys(("REGEXP", "PATTERNS", "PATTERN"), (_PATTERNS, _ODD_PATTERNS)),
    **dict.fromkeys(("TYPES", "TYPE", "OLD", "NEW", "OPCODE"), _MNEMONICS),
    "CLASS": (_CLASSES, ("in", "CLASS1", "X", "", "255")),
    **dict.fromkeys(("RCODE", "RCODES"), (_RCODES, ("servfail", "X", "", "2", "NOTAUTH", "RCODE2", "BADTRUNC"))),
    "EXPRESSION": (_EXPRESSIONS, _ODD_EXPRESSIONS),
    "RECORDS": (_RECORDS, _ODD_RECORDS),
    **dict.fromkeys(("NAME", "NAMES", "LABEL", "SERVICE"), (_NAMES, _ODD_ZONES)),
    "URL": (_URLS, _ODD_URLS),
    **dict.fromkeys(("PATH", "FILE", "DBFILE", "CERT", "KEY", "CA", "CACERT"), _FILES),
    **dict.fromkeys(("DIR", "KEYFILE", "RESOLV-CONF", "CONTEXT"), _FILES),
    "FOLDER": (("acme", "a/b"), ("", ".")),
    "SELECTOR": (
        ("a=b", "a in (b,c)", "!a", "a,b!=c"),
        ("=", "a in b", "a=b c", "", "a in (", "A B", "a==b", "a>1", "a>x"),
    ),
    "NAMESPACE": (("default", "kube-system"), ("", "A", "a,b")),
    "FORMAT": (("{remote}", "common", "combined", "{type} {name}", "{/a/b}"), ("{nope}", "{", "", "{}", "{>id}")),
    "FLAGS": (("aa", "ra", "rd", "ad"), ("AA", "x", "", "qr", "tc", "cd")),
    "DATA": (("0xabcd", "abc", "{client_ip}", "{a/b}"), ("0xabc", "", "{nope}", "0xzz", "{")),
    "ORIGIN_TEMPLATE": (("{1}", "${1}", "example.org"), ("{2}", "", "$1", "{x}")),
}


def value(random: Random, what: str) -> str:
    """An argument: mostly a good one."""
    good, odd = _POOLS.get(what, (_TEXTS, _WORDS))
    roll = random.random()
    if roll < 0.8:
        return random.choice(good)
    return random.choice(odd) if roll < 0.95 else random.choice(_WORDS)


def any_word(random: Random) -> str:
    """Something that nobody expects."""
    return random.choice(_WORDS)
