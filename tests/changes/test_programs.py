"""What `corefile diff` says of two Corefiles: the sentences, and when it says nothing."""

from __future__ import annotations

import textwrap

import pytest

from corefile.changes.change import Change
from corefile.changes.programs import diff_programs
from corefile.changes.render import render_text
from corefile.compiler import Options, compile_corefile
from corefile.ir.program import Program

OLD = """\
cluster.local example.org {
    errors
    cache 30
    forward . 192.0.2.1 192.0.2.2
}
"""

VIEW = """\
. {{
    view {} {{
        expr type() == '{}'
    }}
    log
}}
"""


def program(text: str) -> Program:
    """The program of a Corefile that CoreDNS accepts."""
    compiled = compile_corefile(
        textwrap.dedent(text), "Corefile", Options(external_plugins=frozenset({"rrl", "redis"}))
    )
    assert compiled.verdict != "reject", compiled.diagnostics
    return compiled.program


def changes(old: str, new: str) -> tuple[Change, ...]:
    """What changes from one text to the other."""
    return diff_programs(program(old), program(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(OLD, OLD, id="itself"),
        pytest.param(OLD, OLD.replace("cluster.local example.org", "example.org. Cluster.Local:53"), id="keys"),
        pytest.param(OLD, OLD.replace("    errors\n", "").replace("cache 30", "cache 30 # c\n errors"), id="order"),
        pytest.param(OLD, OLD.replace("cache 30", "cache {\n success 9984 30\n denial 9984 30\n}"), id="defaults"),
        pytest.param(OLD, OLD.replace("cache 30", 'cache "30"'), id="quotes"),
        pytest.param(OLD, OLD.replace("cache 30", "cache 30 example.org cluster.local"), id="zones written out"),
        pytest.param(
            OLD,
            "(s) {\n errors\n cache 30\n}\n" + OLD.replace("    errors\n    cache 30\n", "import s\n"),
            id="snippet",
        ),
        pytest.param(
            "a.example {\n whoami\n}\nb.example {\n log\n}\n",
            "b.example {\n log\n}\na.example {\n whoami\n}\n",
            id="blocks",
        ),
        pytest.param(
            "a.example b.example {\n log\n}\n", "a.example {\n log\n}\nb.example {\n log\n}\n", id="blocks split"
        ),
        pytest.param("10.0.0.0/24 {\n log\n}\n", "0.0.10.in-addr.arpa {\n log\n}\n", id="reverse zones"),
        pytest.param("", ".:53 {\n log\n whoami\n}\n", id="built-in default"),
        pytest.param(". {\n rrl {\n window 5\n }\n log\n}\n", ". {\n log\n rrl {\n  window 5\n }\n}\n", id="external"),
    ],
)
def test_says_nothing_where_behaviour_is_the_same(old: str, new: str) -> None:
    assert changes(old, new) == ()
    assert changes(new, old) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            OLD,
            OLD.replace("cache 30", "cache {\n success 9984 5\n denial 9984 30\n}"),
            ["~ cluster.local:53, example.org:53: `cache` success TTL 30s → 5s"],
            id="one value for two zones",
        ),
        pytest.param(
            OLD,
            OLD.replace("192.0.2.1 ", ""),
            ["~ cluster.local:53, example.org:53: `forward` upstream 192.0.2.1 removed"],
            id="an upstream less",
        ),
        pytest.param(
            OLD,
            OLD.replace("192.0.2.1 192.0.2.2", "192.0.2.2 192.0.2.1"),
            [
                (
                    "~ cluster.local:53, example.org:53: `forward` upstream in another order: "
                    "192.0.2.1, 192.0.2.2 → 192.0.2.2, 192.0.2.1"
                )
            ],
            id="upstreams in another order",
        ),
        pytest.param(
            OLD,
            OLD.replace("    errors\n", "    errors\n    log\n"),
            ["+ cluster.local:53, example.org:53: `log` added"],
            id="a plugin more",
        ),
        pytest.param(
            OLD,
            OLD.replace("    cache 30\n", ""),
            ["- cluster.local:53, example.org:53: `cache` removed"],
            id="a plugin less",
        ),
        pytest.param(
            ". {\n whoami\n}\ncorp.example.org {\n log\n}\n",
            ". {\n whoami\n}\n",
            ["- zone `corp.example.org` no longer served: its queries now go to `.`"],
            id="zone gone, another above",
        ),
        pytest.param(
            "corp.example.org {\n log\n}\na.example {\n log\n}\n",
            "a.example {\n log\n}\n",
            ["- zone `corp.example.org` no longer served: its queries are now refused"],
            id="zone gone, none above",
        ),
        pytest.param(
            ". {\n whoami\n}\n",
            ". {\n whoami\n}\nexample.org:1053 {\n cache\n log\n}\n",
            ["+ zone `example.org:1053` now served by `log`, `cache`; its queries were refused"],
            id="zone come",
        ),
        pytest.param(
            "example.org {\n log\n}\n",
            "example.org:1053 {\n log\n}\n",
            [
                "~ zone `example.org` moved to example.org:1053",
                "+ zone `example.org:1053` now served by `log`; its queries were refused",
            ],
            id="zone moved to another port",
        ),
        pytest.param(
            "tls://example.org {\n tls c.pem k.pem\n log\n}\nexample.org {\n log\n}\n",
            "tls://example.org {\n tls c.pem k.pem\n log\n whoami\n}\nexample.org {\n log\n}\n",
            ["+ tls://example.org:853: `whoami` added"],
            id="one transport of two",
        ),
        pytest.param(
            ". {\n redis {\n ttl 5\n }\n}\n",
            ". {\n redis {\n ttl 6\n }\n}\n",
            ["~ .:53: `redis` line ttl 5 removed", "~ .:53: `redis` line ttl 6 added"],
            id="external plugin",
        ),
        pytest.param(
            ". {\n forward a.example 192.0.2.1\n forward b.example 192.0.2.2\n}\n",
            ". {\n forward b.example 192.0.2.2\n forward a.example 192.0.2.1\n}\n",
            ["~ .:53: `forward` in another order"],
            id="uses in another order",
        ),
        pytest.param(
            ". {\n forward a.example 192.0.2.1\n forward b.example 192.0.2.2\n}\n",
            ". {\n forward a.example 192.0.2.1 {\n max_fails 5\n}\n forward b.example 192.0.2.2\n}\n",
            ["~ .:53: `forward` a.example. max_fails 2 → 5"],
            id="one use of several",
        ),
        pytest.param(
            ". {\n forward a.example 192.0.2.1\n}\n",
            ". {\n forward a.example 192.0.2.1\n forward b.example 192.0.2.2\n}\n",
            ["~ .:53: `forward` b.example. added"],
            id="one use more",
        ),
        pytest.param(
            ". {\n tsig {\n secret a. c2VjcmV0\n }\n}\n",
            ". {\n tsig {\n secret a. b3RoZXIx\n }\n}\n",
            ["~ .:53: `tsig` secret a. changed, it is a secret"],
            id="a secret",
        ),
        pytest.param(
            ". {\n view a {\n expr true\n }\n log\n}\n. {\n view b {\n expr true\n }\n log\n}\n",
            ". {\n view b {\n expr true\n }\n log\n}\n. {\n view a {\n expr true\n }\n log\n}\n",
            ["~ .:53: views are asked in another order: a, b → b, a"],
            id="views in another order",
        ),
        pytest.param(
            ". {\n view a {\n expr true\n }\n log\n}\n. {\n log\n}\n",
            ". {\n log\n}\n",
            ["- .:53: view `a` removed"],
            id="view gone",
        ),
        pytest.param(VIEW.format("a", "A"), VIEW.format("b", "A"), ["~ .:53: `view` NAME a → b"], id="view renamed"),
        pytest.param(
            VIEW.format("a", "A"),
            VIEW.format("b", "MX"),
            [
                "~ .:53: `view` NAME a → b",
                "~ .:53: `view` expr type() == 'A' removed",
                "~ .:53: `view` expr type() == 'MX' added",
            ],
            id="another view in its place",
        ),
        pytest.param(
            ". {\n log\n}\n", VIEW.format("a", "A") + ". {\n log\n}\n", ["+ .:53: view `a` added"], id="view added"
        ),
        pytest.param(
            ". {\n bind 192.0.2.1\n}\n. {\n bind 192.0.2.2\n}\n",
            ". {\n bind 192.0.2.1\n}\n",
            ["- .:53: server block without view on 192.0.2.2 removed"],
            id="block of an address gone",
        ),
        pytest.param(
            ". {\n forward a.example 192.0.2.1\n forward b.example 192.0.2.2\n}\n",
            ". {\n forward a.example 192.0.2.1\n}\n",
            ["~ .:53: `forward` b.example. removed"],
            id="one of several uses gone",
        ),
        pytest.param(
            ". {\n bind 192.0.2.1\n log\n}\n",
            ". {\n bind 192.0.2.2\n log\n}\n",
            ["~ .:53: `bind` address 192.0.2.1 removed", "~ .:53: `bind` address 192.0.2.2 added"],
            id="another address",
        ),
    ],
)
def test_says_what_changes(old: str, new: str, said: list[str]) -> None:
    assert render_text(changes(old, new)).splitlines() == said
