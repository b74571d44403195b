"""emptyendpoints: counts queries for services without endpoints. CoreDNS has no such plugin; `corefile run` has."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptyendpoints(Config):
    """The namespaces whose services are counted, all when empty."""

    namespaces: tuple[str, ...] = ()


def read(args: Args) -> Emptyendpoints:
    words = args.rest()
    args.end()
    return Emptyendpoints(namespaces=tuple(dict.fromkeys(word.text for word in words)))


PLUGIN = Plugin(
    name="emptyendpoints",
    summary="counts queries for Kubernetes services that have no ready endpoints",
    usage=("emptyendpoints [NAMESPACE...]",),
    config=Emptyendpoints,
    read=read,
    once=True,
    description="""\
An extension: CoreDNS itself does not know it, `corefile run` does. It looks at the answers of the plugins behind it
and counts those with NXDOMAIN for `SERVICE.NAMESPACE.svc.` and a cluster domain of two labels in
`coredns_emptyendpoints_queries_total{namespace, service}`. The answers are not changed. An autoscaler that watches the
counter can start a service when somebody asks for it.

- Without NAMESPACE the services of all namespaces are counted.
- A headless service without ready endpoints is counted, a service with a cluster address is not, unless `kubernetes`
  has `ignore empty_service`.
- A service that does not exist is counted too: an NXDOMAIN is all there is to see.
- `cache` comes earlier in the chain, and what it answers is not counted. Keep `denial` short.
- For `corefile lint`, which judges for CoreDNS, declare it: `--external-plugins emptyendpoints`.
""",
    examples=(
        Example(
            title="count for one namespace, with answers kept for five seconds",
            corefile="""\
.:53 {
    prometheus :9153
    emptyendpoints shop
    kubernetes cluster.local
    cache 5
    forward . 192.0.2.53
}
""",
        ),
    ),
)
