"""minimal: leaves authority and additional records out of positive answers."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimal(Config):
    """Nothing to set."""


def parse(args: Args) -> tuple[Minimal, ...]:
    """The first use only: CoreDNS looks at no other."""
    args.next()
    args.marks.append((0, "", args.at))
    args.end()
    return (Minimal(),)


PLUGIN = Plugin(
    name="minimal",
    summary="leaves authority and additional records out of positive answers",
    usage=("minimal",),
    config=Minimal,
    parse=parse,
    since="1.8.4",
    description="""\
Answers get smaller and are less often cut over UDP. Referrals, NXDOMAIN, NODATA and errors keep all their sections,
because resolvers need what is in them. The OPT record is part of the additional section of the plugin's answer; the
server adds the client's own again afterwards.

It takes no arguments and no block. Further uses in the same block are ignored.
""",
    examples=(
        Example(
            title="serve a zone with short answers",
            corefile="""\
example.org {
    minimal
    forward . 192.0.2.1
}
""",
        ),
    ),
)
