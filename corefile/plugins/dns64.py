"""dns64: makes AAAA records from A records, for clients that have IPv6 only (RFC 6147)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Network
from corefile.plugins.args import Args
from corefile.plugins.recurring import Flag
from corefile.plugins.refusing import Refused
from corefile.plugins.spec import Example, Plugin, Property, read_block, skip_line

WELL_KNOWN = Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns64(Config):
    """The IPv6 network that the addresses are put into, and when.

    `translate_all`: also where there are AAAA records. `allow_ipv4`: also for queries that came over IPv4.
    """

    prefix: Network = WELL_KNOWN
    translate_all: bool = False
    allow_ipv4: bool = False


def parse(args: Args) -> tuple[Dns64, ...]:
    """All uses make one config. Where a prefix stands on the line CoreDNS reads no block: what is in it, and the braces
    too, it takes for further uses.
    """
    table = {prop.name: prop for prop in PLUGIN.properties}
    config = Dns64()
    while args.next():
        args.marks.append((args.use, "", args.at))
        args.usage = PLUGIN.usage[0]
        start = args.at
        try:
            words = args.remaining()
            if len(words) > 1:
                args.too_many(words[1])
            config = replace(config, prefix=_prefix(args, words[0])) if words else read_block(args, table, config)
        except Refused:
            skip_line(args, start)
        args.use += 1
    return (config,)


def prefix(config: Dns64, args: Args) -> Dns64:
    return replace(config, prefix=_prefix(args, args.take("PREFIX")))


def _prefix(args: Args, word: Word) -> Network:
    network = args.network(word, "prefix")
    if ":" not in network:
        args.refuse("CF208", f"prefix '{word.text}' is not an IPv6 network", word)
    bits = int(network.rpartition("/")[2])
    if bits % 8 or not 32 <= bits <= 96:
        args.refuse("CF206", f"prefix length {bits} is not 32, 40, 48, 56, 64, 72, 80, 88 or 96", word)
    return network


def translate_all(config: Dns64, _args: Args) -> Dns64:
    return replace(config, translate_all=True)


def allow_ipv4(config: Dns64, _args: Args) -> Dns64:
    return replace(config, allow_ipv4=True)


PLUGIN = Plugin(
    name="dns64",
    summary="makes AAAA records from A records, for clients that have IPv6 only",
    usage=("dns64 [PREFIX]",),
    short={"": "64:ff9b::/96"},
    config=Dns64,
    parse=parse,
    properties=(
        Property(
            name="prefix",
            read=prefix,
            usage="prefix PREFIX",
            doc="The IPv6 network that the IPv4 addresses are put into; your NAT64 must translate the same one.",
            default="64:ff9b::/96",
        ),
        Flag(
            name="translate_all",
            read=translate_all,
            doc="Makes AAAA records even where the name has some of its own.",
        ),
        Flag(
            name="allow_ipv4",
            read=allow_ipv4,
            doc="Does it for queries that came over IPv4 as well.",
            since="1.8.7",
        ),
    ),
    since="1.7.0",
    description="""\
When a client asks over IPv6 for AAAA and there is none, the plugin asks its own server for A and answers with those
addresses inside PREFIX. NXDOMAIN stays NXDOMAIN. Validating clients will find the made records bogus.

A prefix is 32 to 96 bits long, in steps of eight.

Give the prefix either on the line or in the block. **With a prefix on the line the block is not read**: in `dns64
2001:db8:64::/96 {` … `allow_ipv4` … `}` CoreDNS takes the words in the block for further uses of the plugin and
ignores them. Several uses in a block add up, the last prefix counts.
""",
    examples=(
        Example(
            title="translate with the well-known prefix",
            corefile="""\
. {
    dns64
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="use a prefix of one's own, also for clients that ask over IPv4",
            corefile="""\
. {
    dns64 {
        prefix 2001:db8:64::/96
        allow_ipv4
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
