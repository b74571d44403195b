"""health: an HTTP endpoint that answers as long as the process lives."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Address, Duration
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Config):
    """What `health` says: the address of `/health`.

    `lameduck` is how long the process goes on answering after it was told to end.
    """

    address: Address = Address(":8080")
    lameduck: Duration = Duration(0)


def again(config: Health, args: Args) -> Health:
    """A further use replaces what it gives and keeps the rest."""
    words = args.rest(0, 1)
    return replace(config, address=args.host_port(words[0])) if words else config


def lameduck(config: Health, args: Args) -> Health:
    return replace(config, lameduck=args.duration(args.one("DURATION")))


PLUGIN = Plugin(
    name="health",
    summary="answers /health over HTTP as long as the process lives",
    usage=("health [ADDRESS]",),
    short={"": ":8080"},
    config=Health,
    again=again,
    properties=(
        Property(
            name="lameduck",
            read=lameduck,
            usage="lameduck DURATION",
            doc="How long the process goes on answering queries, and /health, after it was told to end.",
            default="0s",
            since="1.0.5",
        ),
    ),
    description="""\
ADDRESS is `host:port` or `:port`, `:8080` unless given. A request for `/health` gets 200 and `OK`; it says that the
process lives, not that it can answer: that is what `ready` is for. Use it for a liveness probe.

The endpoint is the process's: one block with `health` is enough. A second block needs an address of its own, or the
start fails because the address is in use. The address is opened when the servers start; what is wrong with it apart
from its form is found out only then.

`lameduck` gives load balancers time to notice: set it to a few seconds wherever probes decide about traffic.
""",
    examples=(
        Example(
            title="liveness on port 8080, five seconds of grace at the end",
            corefile="""\
. {
    health {
        lameduck 5s
    }
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="on one address only",
            corefile="""\
. {
    health 192.0.2.53:8091
    forward . 192.0.2.1
}
""",
        ),
    ),
)
