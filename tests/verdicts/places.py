"""Addresses, interfaces and upstreams."""

from __future__ import annotations

from random import Random


def bound_interfaces(random: Random) -> str:
    """`lo` beside addresses of lo, in one block, in two, and in `except`."""
    return "".join(_bound_block(random) for _ in range(random.choice((1, 1, 2, 3))))


def _bound_block(random: Random) -> str:
    lines = [f"    bind {_places(random)}{_except(random)}" for _ in range(random.choice((0, 1, 1, 1, 2)))]
    view = random.choice(("", "", "", "    view v {\n        expr true\n    }\n"))
    keys = " ".join(random.sample((".", "example.org", "example.org:1053", "dns://.:53"), random.choice((1, 1, 2))))
    return f"{keys} {{\n{''.join(line + chr(10) for line in lines)}{view}    whoami\n}}\n"


def _places(random: Random) -> str:
    places = ("lo", "127.0.0.1", "::1", "127.0.0.2", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "0.0.0.0", "::")  # noqa: S104
    return " ".join(random.sample(places, random.choice((1, 1, 2, 3))))


def _except(random: Random) -> str:
    return random.choice(("", "", f" {{\n        except {_places(random)}\n    }}"))


def scoped_upstreams(random: Random) -> str:
    """Addresses with up to three `%`, with brackets, ports and transports, of each plugin that takes some."""
    word = _scoped(random)
    return ". {\n    " + random.choice(_UPSTREAMS).replace("ADDRESS", word) + "\n    whoami\n}\n"


def _scoped(random: Random) -> str:
    host = random.choice(("2001:db8::1", "fe80::1", "::ffff:192.0.2.1", "192.0.2.1", "::1", "2001:db8::g"))
    host += "".join(
        "%" + random.choice(("lo", "a", "dns.example", "", "1", "a:b", "::1")) for _ in range(random.randrange(4))
    )
    if random.random() < 0.6:
        host = f"[{host}]"
    host += random.choice(("", "", ":53", ":853", ":", ":port", ":%a"))
    return random.choice(("", "", "dns://", "tls://", "https://", "grpc://", "quic://", "https3://")) + host


_UPSTREAMS = (
    "forward . ADDRESS",
    "forward . ADDRESS",
    "forward . ADDRESS",
    "forward . ADDRESS 2001:db8::1",
    "forward . ADDRESS {\n        tls_servername dns.example\n    }",
    "forward . 192.0.2.1 {\n        resolver ADDRESS\n    }",
    "forward . 192.0.2.1 {\n        source_address ADDRESS\n    }",
    "grpc . ADDRESS",
    "transfer {\n        to ADDRESS\n    }",
    "transfer {\n        to *\n        source ADDRESS\n    }",
    "secondary {\n        transfer from ADDRESS\n    }",
    "bind ADDRESS",
    "acl {\n        block net ADDRESS\n    }",
    "tls {\n        acme a.example\n        resolver ADDRESS\n    }",
)


def impossible_interfaces(random: Random) -> str:
    """Names that no network interface can have."""
    name = random.choice(
        (
            "x" * random.choice((16, 17, 40)),
            "é" * random.choice((8, 9)),
            *("dns.example.internal.org", ".", "..", "a b", "a\tb", "a%b", "%d", "lo%", "à", "a\u00a0b", "a/b", "a:b"),
        )
    )
    quoted = f'"{name}"'
    line = random.choice((f"bind {quoted}", f"bind 127.0.0.1 {quoted}", f"bind lo {{\n        except {quoted}\n    }}"))
    return f". {{\n    {line}\n    whoami\n}}\n"
