"""shed: drops queries over UDP that could not be answered in time anyway."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin

# cross-block: every key of the block must be plain DNS (`dns://`); refused at the plugin's last word otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Shed(Config):
    """Nothing to set."""


def read(args: Args) -> Shed:
    args.none()
    return Shed()


PLUGIN = Plugin(
    name="shed",
    summary="drops queries over UDP while answers cannot leave as fast as queries arrive",
    usage=("shed",),
    config=Shed,
    read=read,
    once=True,
    since="1.14.7",
    description="""\
Answers of one UDP socket wait in a short stack, the newest goes first, and while the stack is full new queries are
dropped before any plugin sees them. Clients get nothing and ask again; the counter `coredns_shed_dropped_total`
rises. TCP is not affected.

It is for blocks of plain DNS only: one key with `tls://`, `https://`, `grpc://` or another scheme makes CoreDNS
refuse the block. Blocks on the same port share the socket, so give it to all of them or to none. It takes no
arguments and no properties, and a block may have it once.

`corefile run` has no such stack, its answers leave at once. There it drops what waits in the socket when that is more
than about a thousand queries, and counts what the system has dropped for want of room.
""",
    examples=(
        Example(
            title="stay alive under a flood",
            corefile="""\
. {
    shed
    forward . 192.0.2.1
}
""",
        ),
    ),
)
