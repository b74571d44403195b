"""secondary: answers from zones that it fetches from a primary."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir import names
from corefile.ir.program import Config
from corefile.ir.values import Address, Zone
from corefile.plugins.answering import by_zone
from corefile.plugins.args import Args
from corefile.plugins.recurring import NEEDED, Fallthrough
from corefile.plugins.spec import Example, Plugin, Property, read_block


@dataclass(frozen=True, slots=True, kw_only=True)
class Secondary(Config):
    """What one `secondary` says: `zones` (the block's when empty), fetched from one of `transfer_from`.

    `catalog` is None for plain zones; for catalog zones it has the members that may be taken, none named for all.
    `fallthrough` are the zones in which a name that does not exist goes on to the next plugin, empty for none; it is
    one for all uses of a block.
    """

    zones: tuple[Zone, ...] = ()
    transfer_from: tuple[Address, ...] = ()
    catalog: tuple[Zone, ...] | None = None
    fallthrough: tuple[Zone, ...] = ()


def parse(args: Args) -> tuple[Secondary, ...]:
    """All uses; CoreDNS passes over words between them, such as those behind a closing brace."""
    found: list[Secondary] = []
    while args.next():
        if args.val != PLUGIN.name:
            continue
        args.marks.append((args.use, "", args.at))
        found.append(_read_use(found[-1].fallthrough if found else (), args))
        args.use += 1
    return tuple(replace(config, fallthrough=found[-1].fallthrough) for config in found)


def _read_use(fallthrough: tuple[Zone, ...], args: Args) -> Secondary:
    args.usage = PLUGIN.usage[0]
    config = Secondary(zones=args.origins(args.rest()), fallthrough=fallthrough)
    config = read_block(args, {prop.name: prop for prop in PLUGIN.properties}, config)
    if not args.places("transfer"):
        args.fault(
            "CF214", "'transfer from' is missing, a secondary zone needs a primary", help="add 'transfer from ADDRESS'"
        )
    return config


def transfer(config: Secondary, args: Args) -> Secondary:
    """`transfer from ADDRESS...`, several lines add up."""
    word = args.take("'from'")
    if word.text != "from":
        args.refuse("CF209", f"'transfer {word.text}' is not 'transfer from'", help=_help(word.text))
    found: list[Address] = []
    for address in args.rest(1, what="ADDRESS"):
        if address.text == "*":
            args.refuse("CF208", "'*' is not the address of a primary", address)
        found.append(args.server(address, what="primary"))
    return replace(config, transfer_from=(*config.transfer_from, *found))


def _help(word: str) -> str:
    return "use the plugin 'transfer' to send zones" if word == "to" else ""


def catalog(config: Secondary, args: Args) -> Secondary:
    """Several lines add up; one without members stands for all of them."""
    members: list[Zone] = []
    for word in args.rest():
        zones = names.normalize_exact(word.text)
        if not zones:
            args.refuse("CF210", f"catalog member '{word.text}' is not a zone", word)
        members += [Zone(zone) for zone in zones]
    before = config.catalog
    if before is not None and not (before and members):
        return replace(config, catalog=())
    return replace(config, catalog=tuple(dict.fromkeys((*(before or ()), *members))))


PLUGIN = Plugin(
    name="secondary",
    summary="answers from zones that it fetches from a primary server",
    usage=("secondary [ZONES...]",),
    config=Secondary,
    answers=by_zone,
    parse=parse,
    properties=(
        Property(
            name="transfer",
            read=transfer,
            usage="transfer from ADDRESS...",
            doc="The primaries: IP addresses, with a port where it is not 53; the first that answers is taken.",
            absent=NEEDED,
        ),
        Property(
            name="catalog",
            read=catalog,
            usage="catalog [ZONES...]",
            doc="The zone is a catalog (RFC 9432): its members are fetched and served too, all or those of ZONES.",
            absent="a plain zone",
            since="1.14.5",
        ),
        Fallthrough(
            doc="Names that do not exist go on to the next plugin, in these zones or in all. One for all uses "
            "in a block: the last counts.",
            since="1.14.4",
        ),
    ),
    labels={"transfer_from": "transfer from"},
    description="""\
ZONES (the block's unless given) are transferred at start and kept fresh by their SOA's timers and by NOTIFY from the
primaries. Nothing is written to disk: after a restart queries get SERVFAIL until the first transfer has succeeded, and
again when a zone has expired.

- A `transfer from` is needed in every use; older releases than 1.12.2 start without and never serve the zone.
- Primaries are given by address; names are refused.
- `transfer to` and `upstream` are refused since 1.8.0: to hand the zones on, add the `transfer` plugin.
""",
    examples=(
        Example(
            title="two zones from one primary",
            corefile="""\
example.org example.net {
    secondary {
        transfer from 192.0.2.53
    }
}
""",
        ),
        Example(
            title="the members of a catalog, and on to the next server",
            corefile="""\
. {
    secondary catalog.example.org {
        transfer from 192.0.2.53 198.51.100.53:1053
        catalog
    }
    transfer {
        to *
    }
}
""",
        ),
    ),
)
