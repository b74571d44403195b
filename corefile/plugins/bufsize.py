"""bufsize: bounds the size of UDP replies that a client may ask for."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Size
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Bufsize(Config):
    """The most bytes that the EDNS buffer size of a query counts for."""

    size: Size = Size(1232)


def read(args: Args) -> Bufsize:
    words = args.rest(0, 1)
    return Bufsize(size=Size(args.integer(words[0], 512, 4096, "size"))) if words else Bufsize()


PLUGIN = Plugin(
    name="bufsize",
    summary="bounds the EDNS buffer size of queries, so that UDP replies are not fragmented",
    usage=("bufsize [SIZE]",),
    short={"": "1232"},
    config=Bufsize,
    read=read,
    first_only=True,
    blockless=True,
    since="1.6.6",
    description="""\
A client says with EDNS how large a reply over UDP may be. What is above SIZE is taken for SIZE, for the plugins
behind and for what `forward` tells its upstreams; a reply that does not fit is cut and the client asks again over
TCP. SIZE is 512 to 4096 bytes, 1232 unless given (512 before 1.11.0): the value of the DNS flag day 2020, which fits
into one packet nearly everywhere.

Queries without EDNS are left as they are. Only the first use in a block counts.
""",
    examples=(
        Example(
            title="no fragments",
            corefile="""\
. {
    bufsize 1232
    forward . 192.0.2.1
}
""",
        ),
    ),
)
