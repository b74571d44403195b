"""geoip: tells other plugins where a client is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import FilePath
from corefile.plugins.args import Args
from corefile.plugins.recurring import Flag
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Geoip(Config):
    """The MaxMind database (City or ASN), and whether the client's EDNS subnet counts instead of its address."""

    path: FilePath = FilePath("")
    edns_subnet: bool = False


def again(config: Geoip, args: Args) -> Geoip:
    word = args.take("DBFILE")
    if config.path:
        args.refuse("CF301", f"second database '{word.text}', only one in a server block is allowed", word)
    args.none()
    return replace(config, path=FilePath(word.text))


def edns_subnet(config: Geoip, _args: Args) -> Geoip:
    return replace(config, edns_subnet=True)


def finish(config: Geoip, args: Args) -> Geoip:
    """CoreDNS opens the database when it has read all uses."""
    if args.last_use and config.path:
        args.file(_path(config.path, args), "GeoIP database", code="CF408")
    elif args.last_use and not args.faults:
        args.refuse("CF202", "the path of the database is empty, a file is expected")
    return config


def _path(path: FilePath, args: Args) -> Word:
    behind = (args.words[at + 1] for _, name, at in args.marks if not name)
    return next(word for word in behind if word.text == path)


PLUGIN = Plugin(
    name="geoip",
    summary="looks up where a client is, for the metadata of other plugins",
    usage=("geoip DBFILE",),
    config=Geoip,
    again=again,
    finish=finish,
    since="1.8.5",
    properties=(
        Flag(
            name="edns-subnet",
            read=edns_subnet,
            doc="Looks up the address of the EDNS client subnet option where a query has it.",
            since="1.9.2",
        ),
    ),
    labels={"path": "DATABASE", "edns_subnet": "edns-subnet"},
    description="""\
DBFILE is a MaxMind database (`.mmdb`), City or ASN; it must be there at start and is not read again. Its data becomes
metadata such as `geoip/country/code` and `geoip/city/name`, which `view` expressions and `log` can use.

It needs `metadata` in the same block. A block may have one database. Behind a resolver the client is the resolver,
unless that sends a client subnet and `edns-subnet` is set: then anybody can pretend to be anywhere.
""",
    examples=(
        Example(
            title="log the country that a query comes from",
            corefile="""\
example.org {
    metadata
    geoip /var/lib/GeoIP/GeoLite2-City.mmdb
    log . "{remote} {/geoip/country/code} {name}"
    file db.example.org
}
""",
        ),
    ),
)
