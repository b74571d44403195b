"""Corefiles of the cases. `$port` and the other names are filled in when a server is started; `$$` is a dollar."""

from __future__ import annotations

FORWARD = "forward . 127.0.0.1:$upstream"
CACHE = "cache 3600"


def block(*lines: str, key: str = ".:$port") -> str:
    """A server block on loopback with these directives."""
    return "".join((f"{key} {{\n", "    bind 127.0.0.1\n", *(f"    {line}\n" for line in lines), "}\n"))


def inside(directive: str, *lines: str) -> str:
    """A directive with properties."""
    return "".join((f"{directive} {{\n", *(f"        {line}\n" for line in lines), "    }"))


CACHED = block(CACHE, FORWARD)

# A query that came over TCP or TLS is forwarded over TCP without this, and the upstream has UDP only.
PREFER_UDP = inside(FORWARD, "prefer_udp")
OVER_TCP = block(CACHE, PREFER_UDP)
DNS_OVER_TLS = block("tls $dir/server.pem $dir/server.key", CACHE, PREFER_UDP, key="tls://.:$port")

KUBERNETES_LIKE = block(
    "errors",
    "health 127.0.0.1:$health",
    "ready 127.0.0.1:$ready",
    "prometheus 127.0.0.1:$metrics",
    "cache 30",
    "loop",
    "reload",
    "loadbalance",
    FORWARD,
)

CLUSTER = block(
    "errors",
    "prometheus 127.0.0.1:$metrics",
    inside(
        "kubernetes cluster.local in-addr.arpa ip6.arpa",
        "endpoint http://127.0.0.1:$kubernetes",
        "pods insecure",
        "fallthrough in-addr.arpa ip6.arpa",
        "ttl 30",
    ),
    "loadbalance",
)

# The second block is never asked: it has the first one compete for the query, as views do.
POLICY = block(
    inside("view internal", "expr incidr(client_ip(), '127.0.0.0/8')"),
    inside("acl", "allow net 127.0.0.0/8", "block"),
    "log",
    CACHE,
    FORWARD,
) + block("whoami")

TEMPLATE = block(
    inside(
        "template IN A example",
        r"match ^n[0-9]+\.example\.$$",
        'answer "{{ .Name }} 60 IN A 192.0.2.1"',
        "fallthrough",
    )
)

REWRITE = block(r"rewrite name regex ^(.*)\.old\.example\.$$ {1}.example. answer auto", CACHE, FORWARD)

# The names have nothing in the hosts file, so that each goes through all three.
FALLTHROUGH = block(
    "rewrite name suffix .old.example. .example. answer auto", inside("hosts $dir/hosts", "fallthrough"), FORWARD
)

FOUR_ADDRESSES = block("loadbalance", "hosts $dir/hosts.four")

METADATA_LOG = block(
    "metadata", 'log . "{remote}:{port} {type} {name} {rcode} {/forward/upstream} {duration}"', CACHE, FORWARD
)

UPSTREAM_OVER_TLS = block(
    inside("forward . tls://127.0.0.1:$secure", "tls $dir/authority.pem", "tls_servername dns.example.org")
)

ZONE = block("file $dir/db.zone.example", key="zone.example:$port")
LARGE_ZONE = block("file $dir/db.100k", key="zone.example:$port")


def many_blocks(count: int) -> str:
    """So many server blocks, each with one directive and a zone of its own: the smallest large Corefile."""
    return "".join(block("whoami", key=f"z{number:04}.example:$port") for number in range(count))


def many_clusters(count: int) -> str:
    """So many server blocks as Kubernetes has one, for what reads a Corefile and serves nothing (1.8 MB for 5,000)."""
    directives = (
        "errors",
        inside("health", "lameduck 5s"),
        "ready",
        inside("kubernetes cluster.local in-addr.arpa ip6.arpa", "pods insecure", "ttl 30"),
        "prometheus :9153",
        inside("forward . 192.0.2.53", "max_concurrent 1000"),
        "cache 30",
        "loop",
        "reload",
        "loadbalance",
    )
    return "".join(block(*directives, key=f"z{number:05}.example:53") for number in range(count))
