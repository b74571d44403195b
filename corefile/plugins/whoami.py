"""whoami: answers with the client's address, port and transport."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.answering import everything
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Whoami(Config):
    """Nothing to set."""


def parse(args: Args) -> tuple[Whoami, ...]:
    """The first use only: CoreDNS looks at no other."""
    args.next()
    args.marks.append((0, "", args.at))
    args.end()
    return (Whoami(),)


PLUGIN = Plugin(
    name="whoami",
    summary="answers every query with the address, port and transport of the client that asked",
    usage=("whoami",),
    config=Whoami,
    answers=everything,
    parse=parse,
    description="""\
The answer section stays empty. The additional section has an A or AAAA record with the client's address and an SRV
record with its port, whose owner begins with `_udp.` or `_tcp.`. Use it to see whether queries arrive and from where.

It takes no arguments. Further uses in the same block are ignored.
""",
    examples=(
        Example(
            title="tell every client its address",
            corefile="""\
example.org {
    whoami
}
""",
        ),
    ),
)
