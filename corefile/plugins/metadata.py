"""metadata: collects what plugins know about a query, for others to use."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Zone
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata(Config):
    """The zones for which it is collected (none: those of the server block)."""

    zones: tuple[Zone, ...] = ()


def read(args: Args) -> Metadata:
    return Metadata(zones=args.origins(args.rest()))


PLUGIN = Plugin(
    name="metadata",
    summary="collects labels about each query, for log formats, rewrite rules, views and dnstap",
    usage=("metadata [ZONES...]",),
    config=Metadata,
    read=read,
    once=True,
    since="1.2.0",
    description="""\
Plugins such as `geoip`, `kubernetes`, `forward`, `log` and `tsig` publish labels of the form `plugin/name`. They
exist only where this plugin is in the block: without it `{/geoip/country/code}` in a log format prints `-`,
`metadata('…')` in a `view` is empty, and a `rewrite edns0` rule with such a variable does nothing. No message says
so.

It costs some work for every query; give ZONES to limit that. A block may have it once, without properties.
""",
    examples=(
        Example(
            title="log which upstream answered",
            corefile="""\
. {
    metadata
    log . "{remote} {name} {type} {rcode} {/forward/upstream}"
    forward . 192.0.2.1 192.0.2.2
}
""",
        ),
    ),
)
