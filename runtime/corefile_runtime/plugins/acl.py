"""acl: lets queries pass, refuses, empties or drops them by the client's address and the type asked."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from corefile.ir.mnemonics import TYPES
from corefile.plugins.acl import Acl as Config
from corefile.plugins.acl import Policy as PolicyConfig
from corefile_runtime.chain.handler import Handler, every
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.metrics.registry import Add, Registry
from corefile_runtime.replay.terms import Terms
from corefile_runtime.wire.names import render_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, REFUSED
from corefile_runtime.wire.replies import head
from corefile_runtime.wire.zone_match import NOWHERE, longest_zone, parse_zone

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

BLOCKED, FILTERED = 15, 17  # RFC 8914
REMEMBERED = 65536
_RCODES = {"block": (REFUSED, BLOCKED), "filter": (NOERROR, FILTERED)}
_COUNTERS = {
    "block": ("coredns_acl_blocked_requests_total", "Counter of DNS requests being blocked."),
    "filter": ("coredns_acl_filtered_requests_total", "Counter of DNS requests being filtered."),
    "drop": ("coredns_acl_dropped_requests_total", "Counter of DNS requests being dropped."),
}


class Policy(NamedTuple):
    """What is done with queries of these types from these networks; None is all of them."""

    action: str
    types: frozenset[int] | None
    networks: tuple[IPv4Network | IPv6Network, ...] | None

    def has(self, client: IPv4Address | IPv6Address) -> bool:
        """Whether the client lies in one of the networks. IPv4 clients lie in IPv4 networks only."""
        return self.networks is None or any(client in network for network in self.networks)


Decision = tuple["frozenset[int] | None", str]
"""For these types (None: all) this action."""


class Rule:
    """The policies of one use of the plugin. What a client may do is worked out when it comes first."""

    def __init__(self, zones: tuple[str, ...], policies: tuple[Policy, ...]) -> None:
        self._policies = policies
        self.zones = [zone for zone in map(parse_zone, zones) if zone != NOWHERE]
        self._known: dict[str, list[Decision]] = {}

    def decide(self, host: str, qtype: int) -> str:
        """The action of the first policy that fits; empty when none does."""
        decisions = self._known.get(host)
        if decisions is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            client = ip_address(host.partition("%")[0])
            decisions = self._known[host] = [(one.types, one.action) for one in self._policies if one.has(client)]
        for types, action in decisions:
            if types is None or qtype in types:
                return action
        return ""


def prepare(configs: tuple[Config, ...], home: Home) -> Link:
    """The rules are shared by the chains of a block."""
    rules: list[Rule] = []
    for config in configs:
        policies = tuple(_compile(policy) for policy in config.policies)
        for policy in policies:
            home.settings.divide(policy.networks or ())
        rules.append(Rule(config.zones or home.zones, policies))
    return lambda site: _chain(site, rules, home.metrics)


def _compile(policy: PolicyConfig) -> Policy:
    return Policy(
        policy.action,
        frozenset(TYPES[name] for name in policy.types) or None,
        tuple(ip_network(network) for network in policy.networks) or None,
    )


def _chain(site: Site, rules: list[Rule], metrics: Registry) -> Serve:
    behind = site.next
    allowed = metrics.counter(
        "coredns_acl_allowed_requests_total", "Counter of DNS requests being allowed.", "server", "view"
    ).on_use(site.server, site.view)
    actions = {
        (action, zone): _action(site, action, zone, metrics)
        for action in _COUNTERS
        for zone in {zone for rule in rules for zone in rule.zones}
    }

    def passed(reply: Reply) -> Reply:
        if reply.terms is not None:
            reply.terms.counts.append(allowed)
        return reply

    def serve(query: Query) -> Outcome:
        host = query.via.client(query.peer)[0]
        for rule in rules:
            zone = longest_zone(query.name, rule.zones)
            if zone is None:
                continue
            action = rule.decide(host, query.qtype)
            if action == "allow":
                break
            if action:
                return actions[action, zone](query)
        allowed()
        outcome = behind(query)
        return outcome.then(passed) if isinstance(outcome, Pending) else passed(outcome)

    return serve


def _action(site: Site, action: str, zone: bytes, metrics: Registry) -> Callable[[Query], Reply]:
    """What is done with a query in a zone that may not pass."""
    name, text = _COUNTERS[action]
    count = metrics.counter(name, text, "server", "zone", "view").on_use(site.server, render_name(zone), site.view)
    if action == "drop":
        return lambda _query: _drop(count)
    rcode, error = _RCODES[action]
    # An OPT of size 4096 with DO, for clients without EDNS too.
    opt = b"\0\0\x29\x10\0\0\0\x80\0\0\x06\0\x0f\0\x02" + error.to_bytes(2, "big")

    def refuse(query: Query) -> Reply:
        count()
        terms = Terms(folds=True)
        terms.counts.append(count)
        return Reply(NOERROR, head(query, rcode, 0, b"\0\0\0\0\0\1") + opt, "", terms)

    return refuse


def _drop(count: Add) -> Reply:
    count()
    return Reply(NOERROR)


HANDLER = Handler(every(Config, prepare), replays=True)
