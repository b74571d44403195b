"""bind: the addresses that a server block listens on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.addresses import parse_ip
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property

LOOPBACK = ("127.0.0.1", "::1")
"""What `lo` has on every machine. Where IPv6 is off it lacks the second, but then nothing else can be bound to that."""

LONGEST_NAME = 15
"""Bytes of the name of a network interface."""

_NOT_IN_NAMES = frozenset(b"\0/:% \t\n\v\f\r\xa0")
"""Bytes: `isspace` of the kernel knows Latin-1's blank, whatever letter it is a part of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Config):
    """What one `bind` says: IP addresses or names of network interfaces, and those of them to leave out (`ignored`)."""

    addresses: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def read(args: Args) -> Bind:
    return Bind(addresses=tuple(_address(args, word) for word in args.rest(1, what="ADDRESS")))


def except_(config: Bind, args: Args) -> Bind:
    """The last of several lines counts: what the others say is not even looked at."""
    return replace(config, ignored=tuple(word.text for word in args.rest(1, what="ADDRESS")))


def finish(config: Bind, args: Args) -> Bind:
    if config.ignored:
        first = args.index(args.named("except")) + 1
        for word in args.words[first : first + len(config.ignored)]:
            _address(args, word)
    return config


def _address(args: Args, word: Word) -> str:
    """An address as it is written, or the name of an interface, which only the machine itself knows."""
    text = word.text
    if parse_ip(text) is None:
        if _looks_like_ipv4(text) or not can_be_interface(text):
            args.refuse("CF208", f"'{text}' is not an IP address or the name of a network interface", word)
        if text != "lo":  # the one that every Linux machine has
            args.need("CF407", "network interface", text, word, checkable=False)
    return text


def with_loopback(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The same with what the interface `lo` has in its place. The names of other interfaces are left."""
    if "lo" not in addresses:
        return addresses
    return tuple(one for address in addresses for one in (LOOPBACK if address == "lo" else (address,)))


def can_be_interface(name: str) -> bool:
    """Whether Linux lets a network interface have this name (`dev_valid_name`, and `%` that stands for a number)."""
    encoded = name.encode("utf-8", "surrogateescape")
    return 0 < len(encoded) <= LONGEST_NAME and name not in (".", "..") and not _NOT_IN_NAMES.intersection(encoded)


def _looks_like_ipv4(text: str) -> bool:
    """Whether a text is meant to be an address although it is none, such as `192.0.2.300`."""
    parts = text.split(".")
    return len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts)


PLUGIN = Plugin(
    name="bind",
    summary="the addresses or network interfaces on which a server block listens",
    usage=("bind ADDRESS|INTERFACE...",),
    config=Bind,
    read=read,
    finish=finish,
    properties=(
        Property(
            name="except",
            read=except_,
            usage="except ADDRESS|INTERFACE...",
            doc="Leaves these out of what this `bind` lists: single addresses of an interface, mostly.",
            absent="none",
            since="1.8.4",
        ),
    ),
    labels={"addresses": "address", "ignored": "except"},
    description="""\
Without it a block listens on all addresses of the machine. An address is written without a port: the port comes with
the server block's key. Of an INTERFACE all addresses are taken that it has at start. Several `bind` lines add up;
each `except` counts for its own line only.

Bound and unbound blocks of one port do not mix well. A zone that two blocks serve on the same port must be bound in
both or in none. And a block that is bound to an address takes all queries that arrive there, also those for zones
that only an unbound block on this port serves: they are refused.

What is neither an address nor the name of an interface keeps the server from starting. A scope (`fe80::1%eth0`)
cannot be given: name the interface instead.
""",
    examples=(
        Example(
            title="listen on one IPv4 and one IPv6 address",
            corefile="""\
. {
    bind 192.0.2.53 2001:db8::53
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="on the loopback interface, but not on IPv6",
            corefile="""\
. {
    bind lo {
        except ::1
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
