"""What is measured: a configuration, the queries, and how they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.bench import corefiles, peers
from tests.bench.corefiles import CACHE, CACHED, FORWARD, block, inside

Beside = Literal["upstream", "secure", "kubernetes"]  # what a server needs next to it; its port has the same name

Transport = Literal["udp", "tcp", "dot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`peers` are configurations by dialect. `queries` is a list of `inputs.py`.

    What is asked `once` is asked in one pass without a warm-up; otherwise the list is asked over and over. `probe` is a
    name that gets NOERROR once the server is up: without it the first one of the list. `rcode` is what each answer must
    have. `rate`, in queries a second, bounds the load. `seconds` is the least that a run takes.
    """

    title: str
    corefile: str
    peers: Mapping[str, str] = field(default_factory=dict[str, str])
    queries: str = "1k"
    once: bool = False
    beside: tuple[Beside, ...] = ("upstream",)
    probe: str = ""
    rcode: str = "NOERROR"
    transport: Transport = "udp"
    clients: int = 8
    outstanding: int = 100
    dnsperf: tuple[str, ...] = ()
    rate: int = 0
    seconds: int = 0

    def configuration(self, dialect: str) -> str | None:
        """The text for a server of this dialect; None where the case has none."""
        return self.corefile if dialect == "corefile" else self.peers.get(dialect)


AGAIN = {
    "cache-hit": Case(title="cache and forward, 1,000 names", corefile=CACHED, peers=peers.CACHED),
    "kube-hit": Case(
        title="errors health ready prometheus cache loop reload loadbalance forward",
        corefile=corefiles.KUBERNETES_LIKE,
    ),
    "edns-do": Case(title="from the cache, EDNS with DO", corefile=CACHED, peers=peers.CACHED, dnsperf=("-D",)),
    "tcp": Case(
        title="from the cache over 20 TCP connections",
        corefile=corefiles.OVER_TCP,
        peers={"unbound": peers.UNBOUND},
        transport="tcp",
        clients=20,
    ),
    "dot": Case(
        title="from the cache over 20 TLS connections", corefile=corefiles.DNS_OVER_TLS, transport="dot", clients=20
    ),
    "forward": Case(
        title="forward, no cache, each query goes upstream",
        corefile=block(FORWARD),
        peers={"unbound": peers.UNBOUND_WITHOUT_CACHE, "dnsmasq": peers.DNSMASQ_WITHOUT_CACHE},
    ),
    "dot-upstream": Case(
        title="forward over TLS, no cache, each query goes upstream",
        corefile=corefiles.UPSTREAM_OVER_TLS,
        beside=("secure",),
    ),
    "file-10k": Case(
        title="file, 10,000 names", corefile=corefiles.ZONE, peers={"nsd": peers.NSD}, queries="zone", beside=()
    ),
    "hosts-10k": Case(
        title="hosts, 10,000 entries",
        corefile=block("hosts $dir/hosts"),
        peers={"dnsmasq": peers.DNSMASQ_HOSTS},
        queries="zone",
        beside=(),
    ),
    "template": Case(title="template with a regular expression", corefile=corefiles.TEMPLATE, beside=()),
    "whoami": Case(title="whoami", corefile=block("whoami"), beside=()),
    "rewrite": Case(title="rewrite name regex, answer auto, cache, forward", corefile=corefiles.REWRITE, queries="old"),
    "policy-log": Case(title="view, acl, log to a file, cache, forward", corefile=corefiles.POLICY),
    "kube-names": Case(
        title="kubernetes, 10,000 services, no cache",
        corefile=corefiles.CLUSTER,
        queries="cluster",
        beside=("kubernetes",),
    ),
    "cookie": Case(
        title="from the cache, a cookie of its own on every query",
        corefile=CACHED,
        peers=peers.CACHED,
        queries="cookies",
        probe="n1.example",
        dnsperf=("-B",),
    ),
    "loadbalance": Case(
        title="hosts with four addresses for a name, loadbalance, 1,000 names",
        corefile=corefiles.FOUR_ADDRESSES,
        beside=(),
    ),
    "rate-2000": Case(
        title="from the cache, 2,000 queries a second for 20 s",
        corefile=CACHED,
        peers=peers.CACHED,
        rate=2000,
        seconds=20,
    ),
    "clients-200": Case(
        title="from the cache, 200 clients with a query each",
        corefile=CACHED,
        peers=peers.CACHED,
        clients=200,
        outstanding=200,
    ),
    "hit-T2": Case(title="from the cache, dnsperf -T 2", corefile=CACHED, peers=peers.CACHED, dnsperf=("-T", "2")),
    "multisocket-T2": Case(
        title="from the cache, multisocket 2, dnsperf -T 2",
        corefile=block("multisocket 2", CACHE, FORWARD),
        dnsperf=("-T", "2"),
    ),
}

ONCE = {
    "miss-mix": Case(
        title="100,000 names, nine of ten not in the cache, which holds them all",
        corefile=block(inside(CACHE, "success 200000"), FORWARD),
        peers={"unbound": peers.UNBOUND},
        queries="mix",
        probe="first.example",
        once=True,
    ),
    "template-once": Case(
        title="template, 100,000 names",
        corefile=corefiles.TEMPLATE,
        queries="100k",
        probe="n1.example",
        once=True,
        beside=(),
    ),
    "file-nx": Case(
        title="file, 100,000 names that do not exist",
        corefile=corefiles.ZONE,
        peers={"nsd": peers.NSD},
        queries="nx",
        probe="n1.zone.example",
        rcode="NXDOMAIN",
        once=True,
        beside=(),
    ),
    "hosts-once": Case(
        title="hosts, 110,000 entries, 100,000 names",
        corefile=block("hosts $dir/hosts.110k"),
        queries="100k",
        once=True,
        beside=(),
    ),
    "rewrite-once": Case(
        title="rewrite name regex, answer auto, cache, forward, 100,000 names",
        corefile=corefiles.REWRITE,
        queries="old-100k",
        probe="first.old.example",
        once=True,
    ),
    "hosts-fallthrough-once": Case(
        title="rewrite, hosts, fallthrough to forward, 100,000 names",
        corefile=corefiles.FALLTHROUGH,
        queries="old-100k",
        probe="first.old.example",
        once=True,
    ),
    "view-acl-log": Case(
        title="view, acl, log to a file, cache, forward, 100,000 names",
        corefile=corefiles.POLICY,
        queries="100k",
        probe="first.example",
        once=True,
    ),
    "metadata-log": Case(
        title="metadata with a label in log, cache, forward, 100,000 names",
        corefile=corefiles.METADATA_LOG,
        queries="100k",
        probe="first.example",
        once=True,
    ),
    "loadbalance-once": Case(
        title="hosts with four addresses for a name, loadbalance, 40,000 names",
        corefile=corefiles.FOUR_ADDRESSES,
        queries="40k",
        once=True,
        beside=(),
    ),
    "letter-case": Case(
        title="hosts, 1,000,000 queries in random letters for 10,000 names",
        corefile=block("hosts $dir/hosts"),
        peers={"dnsmasq": peers.DNSMASQ_HOSTS},
        queries="letters",
        once=True,
        beside=(),
    ),
}

CASES: Mapping[str, Case] = AGAIN | ONCE
SHORT = ("cache-hit", "forward", "template-once", "tcp")  # half a minute, and each goes another way through a server
