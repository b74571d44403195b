"""pprof: serves profiles of the running server over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Address
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Pprof(Config):
    """Where profiles are served, and the rate of the block profile (0: off)."""

    address: Address = Address("localhost:6053")
    block_rate: int = 0


def read(args: Args) -> Pprof:
    words = args.remaining()
    if len(words) > 1:
        args.too_many(words[1])
    return Pprof(address=args.host_port(words[0])) if words else Pprof()


def block(config: Pprof, args: Args) -> Pprof:
    words = args.rest(0, 1)
    return replace(config, block_rate=args.integer(words[0], what="rate") if words else 1)


PLUGIN = Plugin(
    name="pprof",
    summary="serves profiles of the running server over HTTP, under /debug/pprof",
    usage=("pprof [ADDRESS]",),
    short={"": "localhost:6053"},
    config=Pprof,
    read=read,
    once=True,
    properties=(
        Property(
            name="block",
            read=block,
            usage="block [RATE]",
            doc="Also profiles what waits for locks and channels: about one event per RATE nanoseconds of waiting; 1 "
            "takes all.",
            default="0",
            short={"": "1"},
            since="1.5.0",
        ),
    ),
    labels={"block_rate": "block"},
    description="""\
For finding out where time and memory go. It has no password and shows command lines and memory: keep it on the
loopback address, which is the default. ADDRESS needs a port, `:6053` is all addresses.

The profiles are of the process: several blocks with `pprof` on one address give the same ones. A block may have it
once.

`corefile run` serves `/debug/pprof/profile?seconds=N` (CPU time by function) and `/debug/pprof/heap` (objects by type;
with `seconds=N` what is allocated meanwhile, by place) in the format that `go tool pprof` reads, and `goroutine` and
`cmdline` as text. N may be up to 300, where CoreDNS refuses 5 and more. There is no profile of blocking.
""",
    examples=(
        Example(
            title="serve profiles on another port of the loopback address",
            corefile="""\
. {
    pprof localhost:6060
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="profile blocking too",
            corefile="""\
. {
    pprof {
        block
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
