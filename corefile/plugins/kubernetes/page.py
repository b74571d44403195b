"""The properties of `kubernetes`, and its page."""

from __future__ import annotations

from corefile.plugins.kubernetes import reading
from corefile.plugins.kubernetes.config import Kubernetes
from corefile.plugins.recurring import Fallthrough, Flag
from corefile.plugins.spec import Example, Property

PROPERTIES: tuple[Property[Kubernetes], ...] = (
    Property(
        name="endpoint",
        read=reading.endpoint,
        usage="endpoint URL",
        doc="Where the Kubernetes API is, for a server outside of the cluster. Of several URLs the first is used.",
        absent="the API of the cluster that CoreDNS runs in",
    ),
    Property(
        name="tls",
        read=reading.tls,
        usage="tls CERT KEY CACERT",
        doc="Files for the connection to `endpoint`: client certificate, its key, and who signed the API's. "
        'An empty word (`""`) leaves one out. Without `endpoint` they are not looked at.',
        absent="none",
    ),
    Property(
        name="kubeconfig",
        read=reading.kubeconfig,
        usage="kubeconfig FILE [CONTEXT]",
        doc="Takes address and credentials of the API from a kubeconfig, and wins over `endpoint`.",
        absent="none",
        short={"/etc/kubeconfig": '/etc/kubeconfig ""'},
        since="1.2.3",
    ),
    Property(
        name="apiserver_qps",
        read=reading.apiserver_qps,
        usage="apiserver_qps NUMBER",
        doc="The most requests to the API in a second; 0 for the client's own limit.",
        default="0",
        since="1.14.0",
    ),
    Property(
        name="apiserver_burst",
        read=reading.apiserver_burst,
        usage="apiserver_burst NUMBER",
        doc="How many requests may exceed that rate for a moment; 0 for the client's own limit.",
        default="0",
        since="1.14.0",
    ),
    Property(
        name="apiserver_max_inflight",
        read=reading.apiserver_max_inflight,
        usage="apiserver_max_inflight NUMBER",
        doc="The most requests to the API that wait for an answer at one time; 0 for no limit.",
        default="0",
        since="1.14.0",
    ),
    Property(
        name="namespaces",
        read=reading.namespaces,
        usage="namespaces NAMESPACE...",
        doc="Shows only these namespaces; names in others do not exist. Several lines add up. "
        "Not with `namespace_labels`.",
        absent="all",
    ),
    Property(
        name="namespace_labels",
        read=reading.namespace_labels,
        usage="namespace_labels SELECTOR",
        doc="Shows only namespaces with these labels: `team=web`, `tier in (a, b)`, `tier notin (c)`, `team`, "
        "`!legacy`, joined by commas. Not with `namespaces`.",
        absent="all",
        since="1.5.0",
    ),
    Property(
        name="labels",
        read=reading.labels,
        usage="labels SELECTOR",
        doc="Shows only services, endpoint slices and pods with these labels; written like `namespace_labels`.",
        absent="all",
    ),
    Property(
        name="pods",
        read=reading.pods,
        usage="pods disabled|insecure|verified",
        doc="Names such as `192-0-2-1.shop.pod.cluster.local`: none, any that spells an address, or those of pods "
        "that run. `verified` watches all pods.",
        default="disabled",
    ),
    Flag(
        name="endpoint_pod_names",
        read=reading.endpoint_pod_names,
        doc="Names an endpoint without a host name after its pod instead of its address.",
    ),
    Property(
        name="ttl",
        read=reading.ttl,
        usage="ttl SECONDS",
        doc="The TTL of answers, 0 to 3600; that of negative ones is at most 300.",
        default="5",
    ),
    Flag(
        name="noendpoints",
        read=reading.noendpoints,
        doc="Watches no endpoints: saves memory, and names of headless services and of endpoints do not exist.",
        since="1.0.6",
    ),
    Flag(
        name="zonal",
        read=reading.zonal,
        doc="Answers names that ask for the endpoints of one topology zone. Not with `noendpoints`.",
        since="1.14.7",
    ),
    Property(
        name="ignore",
        read=reading.ignore,
        usage="ignore empty_service",
        doc="A service with a cluster address and without ready endpoints does not exist, so that the next plugin may "
        "answer (with `fallthrough`).",
        absent="off",
        since="1.1.3",
    ),
    Property(
        name="multicluster",
        read=reading.multicluster,
        usage="multicluster [ZONES...]",
        doc="Zones, of those that the plugin serves, in which services of other clusters are found "
        "(Multi-Cluster Services API); without ZONES none.",
        default="",
        since="1.12.2",
    ),
    Property(
        name="startup_timeout",
        read=reading.startup_timeout,
        usage="startup_timeout DURATION",
        doc="How long the start waits for the first complete look at the API; then it serves all the same, with "
        "SERVFAIL for what it cannot know yet.",
        default="5s",
        since="1.12.3",
    ),
    Fallthrough(),
)

DESCRIPTION = """\
The plugin watches services, endpoint slices and namespaces, and answers `SERVICE.NAMESPACE.svc.ZONE` from memory.
ZONES are the cluster's domain and the reverse zones of its service and pod networks; at least one must not be a reverse
zone. A block may have it once.

- For its zones it is the last word: a name that does not exist is NXDOMAIN, even with a `forward` in the same block,
  unless `fallthrough` names the zone. For reverse zones that hold more than the cluster, write
  `kubernetes cluster.local in-addr.arpa ip6.arpa` with `fallthrough in-addr.arpa ip6.arpa`.
- Without `endpoint` and `kubeconfig` CoreDNS must run in a pod with a service account, else it does not start. The
  account needs `list` and `watch` on services, namespaces and endpointslices, with `pods verified` on pods too. Where
  that is not allowed the plugin never becomes ready, and after `startup_timeout` names are answered SERVFAIL.
- A kubeconfig's token is not sent over plain HTTP.
- When the API goes away later, the answers stay as they were.
- Endpoints count when they are ready; a headless service without a ready one does not exist.
- `labels` and `namespace_labels` take no `!=`: write `tier notin (c)`.
- `startup_timeout` of zero or less passes every check, and CoreDNS crashes when it starts.
"""

EXAMPLES = (
    Example(
        title="a cluster's own names, everything else from the node's resolvers",
        corefile="""\
.:53 {
    errors
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    cache 30
    forward . 192.0.2.53
}
""",
    ),
    Example(
        title="from outside of the cluster, two namespaces only",
        corefile="""\
cluster.local {
    kubernetes {
        endpoint http://192.0.2.10:8080
        namespaces shop payment
    }
}
""",
    ),
)
