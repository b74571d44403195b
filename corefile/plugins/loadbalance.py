"""loadbalance: changes the order of the addresses in replies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from corefile.ir.program import Config
from corefile.ir.values import Duration, FilePath, Network
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property, read_block

Policy = Literal["round_robin", "weighted"]

POLICIES: tuple[Policy, ...] = ("round_robin", "weighted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loadbalance(Config):
    """What `loadbalance` says.

    `round_robin` puts A, AAAA and MX records into random order. `weighted` takes the first address by the weights in
    the file `weights`, which is looked at every `reload`, 0 for never. Addresses in the ranges `prefer` go in front,
    those of the first range first.
    """

    policy: Policy = "round_robin"
    weights: FilePath = FilePath("")
    reload: Duration = Duration.of(30)
    prefer: tuple[Network, ...] = ()


def again(config: Loadbalance, args: Args) -> Loadbalance:
    """`loadbalance [round_robin | weighted FILE]`: of several policies the last counts, ranges add up."""
    words = args.rest()
    if not words:
        return replace(config, policy="round_robin")
    if args.choice(words[0], POLICIES, "policy") == "round_robin":
        if len(words) > 1:
            args.too_many(words[1])
        return replace(config, policy="round_robin")
    if len(words) == 1:
        args.missing("FILE")
    if len(words) > 2:
        args.too_many(words[2])
    config = Loadbalance(policy="weighted", weights=FilePath(words[1].text))
    # This policy reads the block itself; what may follow the block is read like that of the other.
    config = read_block(args, WEIGHTED, config)
    args.file(words[1], "file of weights", fatal=not config.reload)
    return config


def weighted_reload(config: Loadbalance, args: Args) -> Loadbalance:
    return replace(config, reload=args.duration(args.one("DURATION")))


def reload(_config: Loadbalance, args: Args) -> Loadbalance:
    args.unknown_property({"prefer"}, notes=("'reload' belongs to the policy 'weighted'",))


def prefer(config: Loadbalance, args: Args) -> Loadbalance:
    return replace(config, prefer=config.prefer + tuple(args.network(word) for word in args.rest()))


WEIGHTED = {"reload": Property(name="reload", read=weighted_reload, usage="reload DURATION")}

PLUGIN = Plugin(
    name="loadbalance",
    summary="changes the order of the addresses in replies, at random or by weights",
    usage=("loadbalance [round_robin | weighted FILE]",),
    short={"": "round_robin"},
    config=Loadbalance,
    again=again,
    properties=(
        Property(
            name="reload",
            read=reload,
            usage="reload DURATION",
            doc="Only with `weighted`: how often the file is looked at for changes; 0s for never.",
            default="30s",
            since="1.10.1",
        ),
        Property(
            name="prefer",
            read=prefer,
            usage="prefer NETWORKS...",
            doc="Only with `round_robin`: addresses in these ranges go in front, those of the first range first.",
            absent="none",
            since="1.12.4",
        ),
    ),
    description="""\
`round_robin`, the policy unless another is named, puts A, AAAA and MX records into random order, in each reply anew;
CNAMEs come first. Many clients take the first address, so this spreads them.

`weighted` (from 1.10.1 on) puts one address in front, chosen by the weights in FILE; the others follow. The file has
a line with a name, then a line for each of its addresses with a weight from 1 to 255. What is not in the
file counts as 1. A relative FILE is taken from `root`. When it is missing the server starts all the same and looks
for it again, unless `reload` is 0s; when it is faulty the server does not start.

Traps: with `weighted` the block may have `reload` and nothing else. A cache in the client, or a resolver that sorts
addresses by itself, undoes all of this.
""",
    examples=(
        Example(
            title="spread clients over all addresses, those of the own network first",
            corefile="""\
. {
    loadbalance round_robin {
        prefer 192.0.2.0/24 2001:db8::/32
    }
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="by weights",
            corefile="""\
example.org {
    loadbalance weighted /etc/coredns/weights {
        reload 1m
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
