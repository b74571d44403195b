"""bind: the addresses that a server block listens on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.addresses import parse_ip
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Config):
    """What one `bind` says: IP addresses or names of network interfaces, and those of them to leave out (`ignored`)."""

    addresses: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def read(args: Args) -> Bind:
    return Bind(addresses=_addresses(args))


def except_(config: Bind, args: Args) -> Bind:
    """The last of several lines counts."""
    return replace(config, ignored=_addresses(args))


def _addresses(args: Args) -> tuple[str, ...]:
    return tuple(_address(args, word) for word in args.rest(1, what="ADDRESS"))


def _address(args: Args, word: Word) -> str:
    """An address as it is written, or the name of an interface, which only the machine itself knows."""
    text = word.text
    if parse_ip(text) is None:
        if not text or "/" in text or ":" in text or _looks_like_ipv4(text):
            args.refuse("CF208", f"'{text}' is not an IP address or the name of a network interface", word)
        if text != "lo":  # the one that every Linux machine has
            args.need("CF407", "network interface", text, word, checkable=False)
    return text


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
