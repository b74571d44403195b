"""timeouts: how long connections over TCP, TLS, HTTPS and gRPC may take."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.golang.faults import ValueFault
from corefile.golang.values import parse_atoi
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Duration
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property, no_arguments

SHORTEST = Duration.of(1)
LONGEST = Duration.of(24 * 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts(Config):
    """How long to wait for a query, for its reply to be taken, and for the next query.

    `max_tcp_queries` are the queries that one connection may carry, -1 for no bound.
    """

    read: Duration = Duration.of(3)
    write: Duration = Duration.of(5)
    idle: Duration = Duration.of(10)
    max_tcp_queries: int = -1


def read(config: Timeouts, args: Args) -> Timeouts:
    return replace(config, read=_timeout(args, args.one("DURATION")))


def write(config: Timeouts, args: Args) -> Timeouts:
    return replace(config, write=_timeout(args, args.one("DURATION")))


def idle(config: Timeouts, args: Args) -> Timeouts:
    return replace(config, idle=_timeout(args, args.one("DURATION")))


def _timeout(args: Args, word: Word) -> Duration:
    """A number without a unit is seconds."""
    try:
        seconds = parse_atoi(word.text)
    except ValueFault:
        return args.duration(word, SHORTEST, LONGEST, "timeout")
    if not 1 <= seconds <= 24 * 3600:
        args.refuse("CF206", f"timeout '{word.text}' is out of range, {SHORTEST} to {LONGEST} is allowed", word)
    return Duration.of(seconds)


def max_tcp_queries(config: Timeouts, args: Args) -> Timeouts:
    word = args.one("N")
    count = args.integer(word, -1, what="queries")
    if count == 0:
        args.refuse("CF206", f"queries '{word.text}' is out of range, -1 or at least 1 is allowed", word)
    return replace(config, max_tcp_queries=count)


def finish(config: Timeouts, args: Args) -> Timeouts:
    start = args.starts()[-1]
    named = any(use == args.use and prop for use, prop, _ in args.marks)
    if not named and not any(fault.at >= start for fault in args.faults):
        args.refuse("CF214", "'timeouts' sets nothing, a block with at least one property is needed")
    return config


PLUGIN = Plugin(
    name="timeouts",
    summary="how long connections over TCP, TLS, HTTPS and gRPC may wait",
    usage=("timeouts",),
    config=Timeouts,
    again=no_arguments,
    finish=finish,
    since="1.10.1",
    properties=(
        Property(
            name="read",
            read=read,
            usage="read DURATION",
            doc="How long a query may take to arrive.",
            default="3s",
        ),
        Property(
            name="write",
            read=write,
            usage="write DURATION",
            doc="How long a reply may take to be written; for HTTPS only.",
            default="5s",
        ),
        Property(
            name="idle",
            read=idle,
            usage="idle DURATION",
            doc="How long a connection is kept without a query.",
            default="10s",
        ),
        Property(
            name="maxtcpqueries",
            read=max_tcp_queries,
            usage="maxtcpqueries N",
            doc="How many queries one TCP or TLS connection may carry; -1 for no bound.",
            default="-1",
            since="1.14.7",
        ),
    ),
    labels={"max_tcp_queries": "maxtcpqueries"},
    description="""\
DURATION is 1s to 24h; a number without a unit is seconds. Times out of that range are refused, and so is a `timeouts`
without a single property.

They hold for the port, not for the zone: of several blocks on one port the last that sets a time decides, also where
that is the default. UDP has no connections and takes no notice.

Raise `idle` where clients keep connections open for long, as DNS over TLS stubs do; lower it where many clients come
with one query each.
""",
    examples=(
        Example(
            title="keep idle connections for 20 seconds",
            corefile="""\
. {
    timeouts {
        read 5s
        write 10s
        idle 20s
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
