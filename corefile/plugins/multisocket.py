"""multisocket: several sockets, and servers, on one address and port."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin

MOST_SOCKETS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Multisocket(Config):
    """How many sockets each listener opens; 0 for as many as the process has processors."""

    sockets: int = 0


def read(args: Args) -> Multisocket:
    words = args.rest(0, 1)
    if args.next():
        args.refuse("CF301", f"'{args.val}' follows 'multisocket', only one use and no block is allowed")
    return Multisocket(sockets=args.integer(words[0], 1, MOST_SOCKETS, "sockets")) if words else Multisocket()


PLUGIN = Plugin(
    name="multisocket",
    summary="opens several sockets for each listener, so that more processors share the work",
    usage=("multisocket [NUM_SOCKETS]",),
    config=Multisocket,
    read=read,
    first_only=True,
    blockless=True,
    since="1.12.0",
    description="""\
Each address and port is opened NUM_SOCKETS times, 1 to 1024, and the system spreads queries over them by the client's
address and port. Without a number there are as many as processors. It needs a system with SO_REUSEPORT.

One socket is served faster by one processor than by many, so a server that is at its limit gains from a number near
that of its processors; what is best is found by trying. Clients are spread unevenly when there are few of them.

It holds for the port: of several blocks on one port the first decides. A second use in a block, or any block of its
own, is refused.

`corefile run` starts processes, each of which serves all addresses: the largest NUM_SOCKETS, or what `--workers` says.
A supervisor owns signals and reloads, and its `/metrics`, `/health` and `/ready` are those of the whole. A process that
dies is replaced and counted in `corefile_worker_restarts_total`; what waits in its sockets is answered by the next one.
A reload changes their number, but one process cannot become several, and says so. Queries over UDP go to all by
chance, or, while answers cost less than being woken for them, many at a time to one after the other; that takes the
right to load a small program into the kernel (CAP_BPF).
""",
    examples=(
        Example(
            title="four sockets",
            corefile="""\
. {
    multisocket 4
    forward . 192.0.2.1
}
""",
        ),
    ),
)
