"""hosts: addresses from a file in the format of /etc/hosts, and from lines in the Corefile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Duration, FilePath, Zone
from corefile.plugins.answering import Answers, by_zone
from corefile.plugins.args import Args
from corefile.plugins.recurring import Fallthrough, Flag
from corefile.plugins.spec import Example, Plugin, Property

ZERO = Duration(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts(Config):
    """What one `hosts` says.

    `path` is the file; it need not exist. `zones` are the names it answers for, the block's zones when empty (reverse
    names are answered whatever the zones are). `inline` are the lines of the block in the file's format, words joined
    by one space. `ttl` is in seconds. `reload` is how often the file is looked at, 0 for never. `reverse` is false with
    `no_reverse`. `fallthrough` are the zones in which a name that is not known goes on to the next plugin: empty for
    none, the root for all. `fallthrough_unsupported` lets types other than A, AAAA and PTR go on too.
    """

    path: FilePath = FilePath("/etc/hosts")
    zones: tuple[Zone, ...] = ()
    inline: tuple[str, ...] = ()
    ttl: int = 3600
    reload: Duration = Duration.of(5)
    reverse: bool = True
    fallthrough: tuple[Zone, ...] = ()
    fallthrough_unsupported: bool = False


def read(args: Args) -> Hosts:
    """`hosts [FILE [ZONES...]]`."""
    words = args.rest()
    if not words:
        return Hosts()
    path = args.path(words[0].text, words[0])
    args.need("CF402", "hosts file", path, words[0], fatal=False, asks_for=True)
    return Hosts(path=path, zones=args.origins(words[1:]))


def fallthrough_unsupported(config: Hosts, args: Args) -> Hosts:
    args.none()
    return replace(config, fallthrough_unsupported=True)


def no_reverse(config: Hosts, _args: Args) -> Hosts:
    return replace(config, reverse=False)


def ttl(config: Hosts, args: Args) -> Hosts:
    """CoreDNS ignores what follows the number."""
    return replace(config, ttl=args.integer(args.rest(1, what="SECONDS")[0], 1, 65535, "TTL"))


def reload(config: Hosts, args: Args) -> Hosts:
    return replace(config, reload=args.duration(args.one("DURATION"), ZERO, what="reload"))


def line(config: Hosts, args: Args) -> Hosts:
    """An address and its names, or anything else: once `fallthrough` is set CoreDNS takes no more of them."""
    if config.fallthrough:
        args.unknown_property(
            NAMES, notes=("behind 'fallthrough' every line must be a property: write the addresses before it",)
        )
    words = [args.val, *(word.text for word in args.rest())]
    return replace(config, inline=(*config.inline, " ".join(words)))


def finish(config: Hosts, args: Args) -> Hosts:
    if args.last_use and config.fallthrough_unsupported and not config.fallthrough:
        args.refuse(
            "CF214",
            "'fallthrough_unsupported' needs 'fallthrough', which is missing",
            related=(("found here", args.index(args.places("fallthrough_unsupported")[-1])),),
            help="add 'fallthrough'",
        )
    return config


def answers(config: Hosts) -> Answers:
    """A PTR query for an address that no line has goes on, whatever `fallthrough` says."""
    return by_zone(config)._replace(rest="PTR queries for addresses that it does not have")


PLUGIN = Plugin(
    name="hosts",
    summary="answers A, AAAA and PTR from a file in the format of /etc/hosts, and from lines in the block",
    usage=("hosts [FILE [ZONES...]]",),
    short={"": "/etc/hosts"},
    config=Hosts,
    answers=answers,
    read=read,
    once=True,
    line=line,
    finish=finish,
    properties=(
        Property(
            name="ttl",
            read=ttl,
            usage="ttl SECONDS",
            doc="The TTL of all answers, 1 to 65535.",
            default="3600",
        ),
        Flag(
            name="no_reverse",
            read=no_reverse,
            doc="Makes no PTR records out of the lines. Has no arguments.",
        ),
        Property(
            name="reload",
            read=reload,
            usage="reload DURATION",
            doc="How often the file is looked at for changes; 0s for never.",
            default="5s",
        ),
        Fallthrough(
            doc="Hands names that are not known to the next plugin, in these zones or in all, instead of answering "
            "SERVFAIL."
        ),
        Flag(
            name="fallthrough_unsupported",
            read=fallthrough_unsupported,
            doc="Lets queries for other types than A, AAAA and PTR go on too. Needs `fallthrough`.",
            since="1.14.7",
        ),
    ),
    labels={"path": "FILE", "inline": "entry", "reverse": "reverse names"},
    description="""\
FILE is /etc/hosts unless it is given; it need not exist, and it is read again when it changes. Every other line of
the block is an entry: an address and the names that have it. ZONES are those of the server block unless given;
reverse names are answered in any zone.

Without `fallthrough` the plugin is the authority for its zones: each name that it does not know is SERVFAIL, and in a
block for `.` nothing behind it is asked but for PTR. A name with an IPv4 address only has no AAAA: NODATA.

A name that begins with `*.` answers for all names below it.

Traps: entries must stand before `fallthrough`, behind it CoreDNS refuses them as unknown properties. Before
`fallthrough` a misspelled property is taken for an entry and ignored. The plugin may be used once in a block.
""",
    examples=(
        Example(
            title="a few fixed addresses, the rest from upstream",
            corefile="""\
. {
    hosts {
        192.0.2.10 printer.example.org printer
        2001:db8::10 printer.example.org
        ttl 300
        fallthrough
    }
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="a file for one zone, looked at every minute",
            corefile="""\
example.org {
    hosts /etc/coredns/example.hosts example.org {
        reload 1m
        no_reverse
    }
}
""",
        ),
    ),
)

NAMES = frozenset(prop.name for prop in PLUGIN.properties)
