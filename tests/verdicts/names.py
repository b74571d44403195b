"""Names whose end or whose case two readers judge differently."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_LETTERS = ("a", "\u00e9", "\u00df", "\u20ac", "\u0e01", "\U0001f600", "\U0001d49c", "\u0130", "-")
"""Of one to four bytes in UTF-8."""


def final_dots(random: Random) -> str:
    """Names of which it is asked whether they end in a dot, behind letters of several bytes and backslashes."""
    name = _dotted(random)
    return random.choice(_NAMED)(random, name)


def _dotted(random: Random) -> str:
    labels = [
        "".join(random.choices(_LETTERS, k=random.choice((1, 1, 2)))) + "\\" * random.choice((0, 0, 1, 1, 2, 3))
        for _ in range(random.choice((1, 1, 2)))
    ]
    return ".".join(labels) + random.choice((".", ".", ""))


def _in_block(line: str) -> Callable[[Random, str], str]:
    return lambda _, name: ". {\n    " + line.replace("NAME", name) + "\n}\n"


_NAMED: tuple[Callable[[Random, str], str], ...] = (
    lambda _, name: f"{name} {{\n    whoami\n}}\n",
    lambda random, name: f"{name} {{\n    whoami\n}}\n{_dotted(random)} {{\n    whoami\n}}\n",
    lambda _, name: f"{name} {{\n    whoami\n}}\n{name}. {{\n    whoami\n}}\n",
    lambda random, name: f". {{\n    kubernetes {name} {{\n        multicluster {_dotted(random)}\n    }}\n}}\n",
    lambda _, name: f". {{\n    kubernetes a.b {{\n        multicluster {name}\n    }}\n}}\n",
    _in_block("forward NAME 192.0.2.1"),
    _in_block("grpc NAME 192.0.2.1"),
    _in_block("forward . 192.0.2.1 {\n        health_check 1s domain NAME\n    }"),
    _in_block("forward . 192.0.2.1 {\n        except NAME\n    }"),
    _in_block("rewrite name exact NAME a.example.org"),
    _in_block("rewrite name suffix NAME a.example.org answer auto"),
    _in_block("rewrite ttl exact NAME 30"),
    _in_block("rewrite cname exact NAME a.example.org"),
    _in_block("tsig {\n        secret NAME c2VjcmV0\n    }"),
    _in_block("transfer NAME {\n        to 192.0.2.1\n    }"),
    _in_block("secondary NAME {\n        transfer from 192.0.2.1\n    }"),
    _in_block("secondary {\n        transfer from 192.0.2.1\n        catalog NAME\n    }"),
    _in_block("template IN A NAME {\n        rcode NXDOMAIN\n    }"),
    _in_block("nomad NAME"),
    _in_block("k8s_external NAME {\n        apex NAME\n    }\n    kubernetes a.b"),
    _in_block("cache {\n        disable success NAME\n    }"),
)


def letter_cases(random: Random) -> str:
    """Names and words that are equal but for their case, where one letter has several or another one's."""
    one = _odd_word(random)
    other = _swapped(random, one) if random.random() < 0.6 else _odd_word(random)
    return random.choice(
        (
            f"{one} {{\n    whoami\n}}\n{other} {{\n    whoami\n}}\n",
            f"{one} {other} {{\n    whoami\n}}\n",
            f". {{\n    kubernetes {one} {{\n        multicluster {other}\n    }}\n}}\n",
            f"{one} {{\n    kubernetes {{\n        multicluster {other}\n    }}\n}}\n",
            *(f". {{\n    {_respelled(random, line)}\n}}\n" for line in random.sample(_CASELESS, 3)),
        )
    )


_ODD = (
    "\u0130i\u0131Is\u017fSkK\u212a\u03a3\u03c3\u03c2\u00c5\u00e5\u212b\u00df\u1e9e\u01c5\u01c6\u01c4\u1f80\u1f88"
    "\u03a9\u03c9\u2126\u00ff\u0178\u00e9\u00c9\u0307"
)
"""Among them the signs of Kelvin, Angstrom and Ohm, which are letters in lower case."""


def _odd_word(random: Random) -> str:
    return "".join(random.choices(_ODD, k=random.choice((1, 1, 2, 3)))) + random.choice(("", ".", ".example"))


def _swapped(random: Random, word: str) -> str:
    return "".join(random.choice((letter, letter.lower(), letter.upper(), letter.swapcase())) for letter in word)


_CASELESS = (
    "acl {\n        BLOCK type A net 192.0.2.0/24\n    }",
    "acl {\n        block TYPE A NET 192.0.2.0/24\n    }",
    "acl {\n        filter type Aaaa net *\n    }",
    "rewrite STOP name exact a.example b.example",
    "rewrite name SUFFIX a.example b.example",
    "rewrite CLASS ch in",
    "rewrite type any hinfo",
    "rewrite ttl EXACT a.example 30",
    "rewrite cname EXACT a.example b.example",
    "rewrite rcode exact a.example SERVFAIL nxdomain",
    "rewrite EDNS0 LOCAL set 0xffee abcd",
    "rewrite edns0 SUBNET SET 24 56",
    "rewrite edns0 nsid SET",
    "header {\n        RESPONSE SET aa RA\n    }",
    "header {\n        query CLEAR rd\n    }",
    "cache {\n        serve_stale 1h IMMEDIATE\n    }",
    "cache {\n        serve_stale 1h VERIFY 1s\n    }",
    "cache {\n        DISABLE success\n    }",
    "proxyproto {\n        default SKIP\n    }",
    "trace ZIPKIN 127.0.0.1:9411",
    "forward . 192.0.2.1 {\n        failover SERVFAIL\n    }",
    "forward . 192.0.2.1 {\n        next nxdomain\n    }",
    "forward . 192.0.2.1 {\n        policy RANDOM\n    }",
    "nomad {\n        ADDRESS http://127.0.0.1:4646\n    }",
    "tsig {\n        require AXFR\n    }",
    "tsig {\n        require_opcode QUERY\n    }",
    "log {\n        class DENIAL\n    }",
    "erratic {\n        DROP 2\n    }",
    "template IN ANY {\n        rcode SERVFAIL\n    }",
    "loadbalance ROUND_ROBIN",
    "errors {\n        consolidate 5m x WARNING\n    }",
    "local {\n        localhost_prefix ON\n    }",
    "tls {\n        client_auth REQUEST\n    }",
    "quic {\n        MAX_STREAMS 5\n    }",
)

_LOOKALIKES = {"k": "\u212a", "K": "\u212a", "s": "\u017f", "S": "\u017f", "i": "\u0131\u0130", "I": "\u0131\u0130"}


def _respelled(random: Random, line: str) -> str:
    """The line with a few letters in the other case, or as a letter that some readers fold to them."""
    spelled = [
        random.choice(_LOOKALIKES[letter]) if letter in _LOOKALIKES and random.random() < 0.15 else letter
        for letter in line
    ]
    at = random.randrange(len(spelled))
    return "".join(
        letter.swapcase() if random.random() < 0.1 or place == at else letter for place, letter in enumerate(spelled)
    )
