"""any: answers queries of type ANY with one small record."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Any(Config):
    """Nothing to set."""


def parse(args: Args) -> tuple[Any, ...]:
    """The first use only: CoreDNS looks at no other."""
    args.next()
    args.marks.append((0, "", args.at))
    args.end()
    return (Any(),)


PLUGIN = Plugin(
    name="any",
    summary="answers queries of type ANY with a single HINFO record",
    usage=("any",),
    config=Any,
    parse=parse,
    since="1.5.1",
    description="""\
Attackers like type ANY because a small query brings a large answer. This plugin gives the answer that RFC 8482
proposes, one HINFO record with a TTL of 8482, and passes every other type on.

It takes no arguments and no block: a brace on its line is refused. Further uses in the same block are ignored. The
answer is made before `cache`, `file` or `forward` see the query, so it does not matter what the zone holds.
""",
    examples=(
        Example(
            title="keep ANY queries away from the upstream",
            corefile="""\
example.org {
    any
    forward . 192.0.2.1
}
""",
        ),
    ),
)
