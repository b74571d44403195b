"""loop: ends the process when its own queries come back to it."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Config):
    """Nothing to set: the zone that is tried is the block's first."""


def read(args: Args) -> Loop:
    args.end()
    return Loop()


PLUGIN = Plugin(
    name="loop",
    summary="finds out at start whether queries come back to the server, and ends the process if they do",
    usage=("loop",),
    config=Loop,
    read=read,
    once=True,
    blockless=True,
    since="1.2.1",
    description="""\
At start the server sends itself a query for a random name in the first zone of the block. When that query arrives
again more than twice it goes in a circle: the process writes why and ends with an error. After that, or after 30
seconds without a result, the plugin does nothing more.

The usual circle is `forward . /etc/resolv.conf` where that file names this very server, or a stub resolver of the
machine (127.0.0.53) that asks this server in turn. In a cluster it shows as a pod that ends at once, again and again.
The cure is to forward to a server that is not this one; taking `loop` out leaves the circle, which then eats memory
until the process is killed.

Only the first zone of a block is tried.
""",
    examples=(
        Example(
            title="forward, and make sure that it leads elsewhere",
            corefile="""\
. {
    loop
    forward . 192.0.2.1
}
""",
        ),
    ),
)
