"""Corefiles of every plugin and shape: properties with their arguments, most of them good, some odd; counts, braces,
quotes, several uses and blocks, keys, snippets and variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from corefile.plugins.order import EXTENSIONS, ORDER
from corefile.plugins.spec import Property, load
from tests.verdicts.usage import words
from tests.verdicts.values import any_word, value

APART = frozenset(("azure", "clouddns", "route53"))
"""Plugins that ask an API at setup: to ask CoreDNS about them takes minutes, and tells of the network."""


def plugins() -> list[str]:
    """The plugins of which there are Corefiles."""
    return [name for name in ORDER if name not in EXTENSIONS and name not in APART]


def any_plugin(random: Random) -> str:
    """A Corefile of one of them."""
    return of_plugin(random.choice(plugins()))(random)


def of_plugin(name: str, beside: Sequence[str] = ()) -> Callable[[Random], str]:
    """Corefiles that are mostly about one plugin; others that stand beside it are of `beside`, or any."""
    beside = beside or plugins()

    def make(random: Random) -> str:
        roll = random.random()
        if roll < 0.55:
            return _block(random, ".", _use(random, name))
        if roll < 0.7:
            return _block(random, _keys(random), _use(random, name) + _use(random, name))
        if roll < 0.85:
            others = "".join(_use(random, random.choice(beside), calm=True) for _ in range(random.randrange(1, 3)))
            return _block(random, _keys(random), _use(random, name) + others)
        return _wrapped(random, name)

    return make


def _wrapped(random: Random, name: str) -> str:
    """Several blocks, a snippet, or what else a file has around a use."""
    use = _use(random, name)
    return random.choice(
        (
            lambda: _block(random, "example.org", use) + _block(random, "example.net", _use(random, name)),
            lambda: _block(random, _keys(random), use) + _block(random, _keys(random), _use(random, name)),
            lambda: f"(snippet) {{\n{use}}}\n. {{\n    import snippet\n}}\n",
            lambda: f"(snippet) {{\n{use}}}\n. {{\n    import snippet\n    import snippet\n}}\n",
            lambda: f"(snippet) {{\n{use}}}\n. {{\n    import snippet\n}}\nexample.org {{\n    import snippet\n}}\n",
            lambda: f".\n{use}",
            lambda: f". {{\n{use}",
            lambda: f". {{\n{use}}}\n}}\n",
            lambda: f". {{\n{use}    }}\n}}\n",
            lambda: _block(random, ".", use).replace("\n", "\r\n"),
            lambda: _block(random, ".", use.replace("    ", "\t")).replace("\n", "\n\n"),
            lambda: _block(random, ".", use.replace("\n", " # a comment\n")),
            lambda: _block(random, ".", use.replace(" {\n", "{\n")),
            lambda: _block(random, ".", use.replace(" {\n", " {}\n")),
            lambda: _block(random, ".", use.replace("\n    }", " }")),
            lambda: _block(random, ".", use.replace(" {\n", "\n    {\n")),
            lambda: _block(random, ".", use.replace(" {\n", ' "{"\n')),
            lambda: _block(random, ".", use[: random.randrange(len(use) + 1)]),
        )
    )()


def _block(random: Random, keys: str, body: str) -> str:
    more = random.choice(
        ("", "", "    whoami\n", "    errors\n", "    kubernetes a.b\n" if random.random() < 0.2 else "")
    )
    return f"{keys} {{\n{body}{more}}}\n"


def _keys(random: Random) -> str:
    keys = (
        *(".", ".", "example.org", "example.org:1053", "dns://.", "tls://.", "https://.", "grpc://.", "quic://."),
        *(
            "https3://.",
            "unix://a",
            "10.0.0.0/8",
            "192.0.2.0/23",
            ".:0",
            ".:99999",
            "EXAMPLE.org",
            "a\\.b",
            "2001:db8::/31",
        ),
    )
    found = random.choices(keys, k=random.choice((1, 1, 1, 2, 3)))
    return random.choice((" ", " ", ", ", ",")).join(found)


def _use(random: Random, name: str, calm: bool = False) -> str:
    """A directive with its block, four blanks before it."""
    plugin = load(name)
    if name == "rewrite":
        return _rewrite(random, plugin.properties, calm)
    usage = random.choice(plugin.usage) if plugin.usage else name
    head = _line(random, usage, calm)
    if not plugin.properties or random.random() < 0.15:
        return f"    {head}\n"
    count = random.choice((0, 1, 1, 1, 2, 2, 3, 4))
    lines = [f"        {_property(random, random.choice(plugin.properties), calm)}\n" for _ in range(count)]
    if name == "hosts" and random.random() < 0.5:
        lines.insert(random.randrange(len(lines) + 1), f"        {value(random, 'ADDRESS')} {value(random, 'NAME')}\n")
    if not calm and random.random() < 0.08:
        lines.insert(random.randrange(len(lines) + 1), f"        {_quoted(random, any_word(random))}\n")
    return f"    {head} {{\n{''.join(lines)}    }}\n"


def _rewrite(random: Random, rules: Sequence[Property[Any]], calm: bool) -> str:
    """Its properties are rules: one on the line, or in a block."""
    rule = _line(random, random.choice(rules).usage, calm)
    mode = random.choice(("", "", "", "stop ", "continue "))
    if random.random() < 0.8:
        return f"    rewrite {mode}{rule}\n"
    more = f"        {value(random, 'NAME')} {value(random, 'NAME')}\n" if random.random() < 0.3 else ""
    return f"    rewrite {mode}{{\n        {rule}\n{more}    }}\n"


def _property(random: Random, prop: Property[Any], calm: bool) -> str:
    roll = random.random()
    if prop.default is not None and roll < 0.15:
        return f"{prop.name} {prop.default}".rstrip()
    return _line(random, prop.usage or prop.name, calm)


def _line(random: Random, usage: str, calm: bool) -> str:
    line = words(random, usage)
    roll = 1.0 if calm else random.random()
    if roll < 0.08 and len(line) > 1:
        del line[random.randrange(1, len(line))]
    elif roll < 0.16:
        line.insert(random.randrange(1, len(line) + 1), any_word(random))
    elif roll < 0.22 and len(line) > 1:
        line[random.randrange(1, len(line))] = any_word(random)
    elif roll < 0.24:
        line[0] = line[0].upper()
    return " ".join([line[0], *(_quoted(random, word) for word in line[1:])])


def _quoted(random: Random, word: str) -> str:
    plain = word and not re.search(r'[\s"]', word) and not word.startswith("#")
    if plain and random.random() < 0.93:
        return word
    return '"' + word.replace('"', '\\"') + '"'
