"""transfer: hands zones of other plugins to secondary servers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Address, Zone
from corefile.plugins.args import Args
from corefile.plugins.recurring import NEEDED
from corefile.plugins.spec import Example, Plugin, Property

ANYBODY = Address("*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Config):
    """What one `transfer` says: who may fetch `zones` (the block's when empty).

    `to` are the addresses that may ask and get a NOTIFY on the port given; `*` is anybody, without NOTIFY. `source` is
    the address that NOTIFYs come from, empty for the system's choice.
    """

    zones: tuple[Zone, ...] = ()
    to: tuple[Address, ...] = ()
    source: str = ""


def read(args: Args) -> Transfer:
    return Transfer(zones=args.origins(args.rest()))


def to(config: Transfer, args: Args) -> Transfer:
    """Several lines add up."""
    words = args.rest(1, what="ADDRESS")
    found = tuple(ANYBODY if word.text == "*" else args.server(word, what="secondary") for word in words)
    return replace(config, to=(*config.to, *found))


def source(config: Transfer, args: Args) -> Transfer:
    word = args.one("ADDRESS")
    if config.source:
        args.refuse("CF214", "'source' given twice, only one is allowed", word)
    return replace(config, source=args.ip(word, "source"))


def finish(config: Transfer, args: Args) -> Transfer:
    if not config.to:
        args.refuse("CF214", "'to' is missing, it must name who may fetch the zones", help="add 'to ADDRESS' or 'to *'")
    return config


PLUGIN = Plugin(
    name="transfer",
    summary="hands the zones of other plugins to secondary servers (AXFR, IXFR, NOTIFY)",
    usage=("transfer [ZONES...]",),
    config=Transfer,
    read=read,
    finish=finish,
    properties=(
        Property(
            name="to",
            read=to,
            usage="to ADDRESS...",
            doc="Who may fetch the zones and is sent a NOTIFY: IP addresses, the port is that for NOTIFY. `*` is "
            "anybody, without NOTIFY.",
            absent=NEEDED,
        ),
        Property(
            name="source",
            read=source,
            usage="source ADDRESS",
            doc="The address of this server from which NOTIFYs are sent.",
            absent="the system's choice",
            since="1.14.5",
        ),
    ),
    description="""\
Works with plugins that can list a zone: `auto`, `file`, `k8s_external`, `kubernetes` and `secondary`.
Without it they refuse every transfer. ZONES are those of the server block unless given; of several `transfer` the one
with the longest zone decides.

- `to *` lets everybody read the whole zone. `acl` and `tsig` can narrow that.
- Addresses are compared without their port.
- Transfers go over TCP only; an IXFR with the current serial gets one SOA, any other the whole zone.
""",
    examples=(
        Example(
            title="one zone to two secondaries",
            corefile="""\
example.org {
    file db.example.org
    transfer {
        to 192.0.2.53 2001:db8::53
    }
}
""",
        ),
        Example(
            title="different secondaries for two zones of a block",
            corefile="""\
example.org example.net {
    auto {
        directory /etc/coredns/zones
    }
    transfer example.org {
        to 192.0.2.53
        source 198.51.100.1
    }
    transfer example.net {
        to 203.0.113.53:1053
    }
}
""",
        ),
    ),
)
