"""ready: an HTTP endpoint that tells whether all plugins are ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

from corefile.ir.program import Config
from corefile.ir.values import Address
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property

Monitor = Literal["until-ready", "continuously"]

MONITORS: tuple[Monitor, ...] = ("until-ready", "continuously")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Config):
    """What one `ready` says: the address of `/ready`.

    With `monitor` "until-ready" a plugin that was ready once counts as ready for ever; "continuously" asks each time.
    """

    address: Address = Address(":8181")
    monitor: Monitor = "until-ready"


def read(args: Args) -> Ready:
    words = args.rest(0, 1)
    return Ready(address=args.host_port(words[0])) if words else Ready()


def monitor(config: Ready, args: Args) -> Ready:
    kind = args.choice(args.one("TYPE"), MONITORS, "monitor type")
    return replace(config, monitor=cast("Monitor", kind))


PLUGIN = Plugin(
    name="ready",
    summary="answers /ready over HTTP with 200 once all plugins are ready",
    usage=("ready [ADDRESS]",),
    short={"": ":8181"},
    config=Ready,
    read=read,
    once=True,
    since="1.5.0",
    properties=(
        Property(
            name="monitor",
            read=monitor,
            usage="monitor until-ready|continuously",
            doc="Whether a plugin that was ready once counts as ready for ever, or is asked at each request.",
            default="until-ready",
            since="1.12.2",
        ),
    ),
    description="""\
ADDRESS is `host:port` or `:port`, `:8181` unless given. A request for `/ready` gets 200 and `OK`, or 503 and the
names of the plugins that are not ready yet. `kubernetes`, `erratic` and a few others can be not ready; the rest
always are. Use it for a readiness probe.

All blocks with `ready` report on all plugins of the process, and may share an address. Give them the same one:
`monitor` is one setting for the process, and the block that is read last decides. When the process is told to end the
endpoint closes at once, also while `health` is in its lameduck time.
""",
    examples=(
        Example(
            title="readiness on port 8181",
            corefile="""\
. {
    ready
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="ask the plugins at each request",
            corefile="""\
. {
    ready :8182 {
        monitor continuously
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
