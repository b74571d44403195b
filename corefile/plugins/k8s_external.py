"""k8s_external: answers with the outside addresses of Kubernetes' services."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Duration, Zone
from corefile.plugins.answering import by_zone
from corefile.plugins.args import Args
from corefile.plugins.recurring import Fallthrough, Flag
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class K8sExternal(Config):
    """How `SERVICE.NAMESPACE.ZONE` is answered in `zones`, those of the block when empty.

    `apex` is the label under which the names of the zone's own servers stand. `headless` makes headless services known.
    `fallthrough` are the zones in which a name that does not exist goes on to the next plugin, empty for none. The uses
    of a block share one state: of several the last zones count.
    """

    zones: tuple[Zone, ...] = ()
    apex: str = "dns"
    ttl: Duration = Duration.of(5)
    headless: bool = False
    fallthrough: tuple[Zone, ...] = ()


def again(config: K8sExternal, args: Args) -> K8sExternal:
    """cross-block: CoreDNS does not start when the block has no `kubernetes`."""
    return replace(config, zones=args.origins(args.rest()))


def apex(config: K8sExternal, args: Args) -> K8sExternal:
    """CoreDNS ignores what follows the first argument."""
    return replace(config, apex=args.rest(1, what="LABEL")[0].text)


def ttl(config: K8sExternal, args: Args) -> K8sExternal:
    """CoreDNS ignores what follows the first number."""
    return replace(config, ttl=Duration.of(args.integer(args.rest(1, what="SECONDS")[0], 0, 3600, "TTL")))


def headless(config: K8sExternal, _args: Args) -> K8sExternal:
    return replace(config, headless=True)


PLUGIN = Plugin(
    name="k8s_external",
    summary="answers with the load balancer and external addresses of Kubernetes' services",
    usage=("k8s_external [ZONES...]",),
    config=K8sExternal,
    answers=by_zone,
    again=again,
    since="1.3.0",
    properties=(
        Property(
            name="apex",
            read=apex,
            usage="apex LABEL",
            doc="The label below the zone for its own name servers: `ns1.LABEL.ZONE`. It hides a namespace of that "
            "name.",
            default="dns",
        ),
        Property(
            name="ttl",
            read=ttl,
            usage="ttl SECONDS",
            doc="The TTL of answers, 0 to 3600; SRV and CNAME keep that of `kubernetes`.",
            default="5",
        ),
        Flag(
            name="headless",
            read=headless,
            doc="Answers headless services too, with the addresses of their endpoints.",
            since="1.9.4",
        ),
        Fallthrough(since="1.11.0"),
    ),
    description="""\
`SERVICE.NAMESPACE.ZONE` has the addresses at which a service is reached from outside: those of its load balancer and
its external IPs. Services without any do not exist here. It shows what the `kubernetes` of the same block sees, and
without one CoreDNS does not start.

Queries are answered for ZONES (the block's unless given); of several `k8s_external` in a block the last ZONES count.
Choose a zone of its own: in one that `kubernetes` serves too, this plugin comes first.
""",
    examples=(
        Example(
            title="load balancers of a cluster under a public zone",
            corefile="""\
. {
    kubernetes cluster.local
    k8s_external example.org {
        ttl 60
    }
    forward . 192.0.2.53
}
""",
        ),
    ),
)
