"""Keys, blocks, braces, quotes, snippets, imports and comments, in any order."""

from __future__ import annotations

from random import Random

from tests.corefiles import PIECES
from tests.verdicts.values import value

_KEYS = (
    *(".", "example.org", "EXAMPLE.org.", "example.net:1053", "tls://.", "dns://a:53", "https3://a"),
    *("quic://a", "unix://a", "grpc://a:1", "10.0.0.0/22", "2001:db8::/31", "a.b,", ",", "a:", "a:x", "::1"),
    *("[::1]:53", "(s)", "(s) (t)", "*", ".:0", ".:65535", ".:65536", ".:-1", ".:+53", ".:053", "a..b", "\\."),
    *("a\\", "\u00fc", '"a b"', '""', "{$A}", "{%A%}:53"),
)  # fmt: skip
_LINES = (
    *("whoami", "errors", "log", "cache 30", "import s", "import s t", "import nowhere", "import *.nowhere"),
    *("import", "whoami x", "bind lo", "bind 127.0.0.1", "view v {\n expr true\n}", "forward . 192.0.2.1"),
    *("unknown", "whoami {\n}", "errors {", "}", "{", "", "# comment", '"whoami"', 'log "a\nb"'),
    *("cache {\n success 10\n}", "tls", "shed", "header {\n}", "whoami\\", "acl {\n import s\n}", "{$A}"),
    *("who{$A}ami", "import {$A}", "(s) {\n}", "whoami }", "reload 10s {", "health :0", "ready :0"),
)  # fmt: skip


def any_structure(random: Random) -> str:
    """Between a Corefile and nonsense."""
    if random.random() < 0.3:
        return "".join(
            random.choice(PIECES) + random.choice(("", " ", " ", "\n")) for _ in range(random.randrange(1, 25))
        )
    snippet = f"(s) {{\n{_lines(random)}}}\n" if random.random() < 0.4 else ""
    blocks = "".join(_block(random) for _ in range(random.choice((1, 1, 2, 2, 3))))
    text = snippet + blocks if random.random() < 0.8 else blocks + snippet
    return _hurt(random, text) if random.random() < 0.3 else text


def _block(random: Random) -> str:
    keys = random.choice((" ", " ", ", ", "\n", ",\n")).join(
        _key(random) for _ in range(random.choice((1, 1, 1, 2, 3)))
    )
    if random.random() < 0.1:
        return f"{keys}\n{_lines(random)}"
    before, after = random.choice((" ", " ", " ", "", "\n")), random.choice(("\n", "\n", " "))
    return f"{keys}{before}{{{after}{_lines(random)}}}\n"


def _key(random: Random) -> str:
    return random.choice(_KEYS) if random.random() < 0.7 else value(random, "ZONES")


def _lines(random: Random) -> str:
    return "".join(f"    {random.choice(_LINES)}\n" for _ in range(random.choice((0, 1, 1, 2, 2, 3, 4))))


def _hurt(random: Random, text: str) -> str:
    """The same with a letter less, or one more."""
    at = random.randrange(len(text))
    more = random.choice(("", "", "{", "}", '"', "\\", "#", " ", "\n", ",", "\r", "\ufeff", "\x00"))
    return text[:at] + more + text[at + (not more) :]
