"""local: answers for localhost and the reverse zones of this host."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property, no_arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Local(Config):
    """`localhost_prefix`: whether names that begin with `localhost.` are answered too, whatever follows."""

    localhost_prefix: bool = True


def localhost_prefix(config: Local, args: Args) -> Local:
    word = args.one("'on' or 'off'")
    return replace(config, localhost_prefix=args.choice(word, ("on", "off")) == "on")


PLUGIN = Plugin(
    name="local",
    summary="answers for localhost and the reverse zones of this host, so that such queries never leave",
    usage=("local",),
    config=Local,
    again=no_arguments,
    properties=(
        Property(
            name="localhost_prefix",
            read=localhost_prefix,
            usage="localhost_prefix on|off",
            doc="Whether `localhost.example.org` and the like get loopback addresses as well, which search domains "
            "cause. RFC 6761 knows only names that end in `localhost`.",
            default="on",
            since="1.14.5",
        ),
    ),
    since="1.8.1",
    description="""\
`localhost` and everything below it gets 127.0.0.1 and ::1. The zones `0.in-addr.arpa`, `127.in-addr.arpa` and
`255.in-addr.arpa` are answered here too; of the names in them only `1.0.0.127.in-addr.arpa` has a PTR record, the
others do not exist. Nothing under `ip6.arpa` is touched.

The block's zone must contain these names: in a block for `example.org` only the `localhost.` prefix can match.
""",
    examples=(
        Example(
            title="answer localhost, forward the rest",
            corefile="""\
. {
    local
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="leave names such as localhost.example.org to the upstream",
            corefile="""\
. {
    local {
        localhost_prefix off
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
