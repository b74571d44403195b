"""proxyproto: takes the client's address from what a load balancer puts in front of queries."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Duration, Network
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property, no_arguments

POLICIES = ("use", "ignore", "reject", "skip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxyproto(Config):
    """Whose headers count.

    `allow` are the networks of the load balancers; `default` is the policy for everybody else, without `allow` that for
    all. `udp_session` is how long the header of an empty first datagram is kept for those that follow it (zero: not),
    `udp_sessions` of how many senders; zero where the block does not say it: another block on the port may.
    """

    allow: tuple[Network, ...] = ()
    default: str = "use"
    udp_session: Duration = Duration.of(0)
    udp_sessions: int = 0


def allow(config: Proxyproto, args: Args) -> Proxyproto:
    return replace(config, allow=config.allow + tuple(args.network(word) for word in args.rest()))


def default(config: Proxyproto, args: Args) -> Proxyproto:
    return replace(config, default=args.choice(args.one("POLICY"), POLICIES, "policy", any_case=True))


def udp_session_tracking(config: Proxyproto, args: Args) -> Proxyproto:
    words = args.rest(1, 2, "DURATION")
    config = replace(config, udp_session=args.duration(words[0]))
    if len(words) > 1:
        config = replace(config, udp_sessions=args.integer(words[1], 1, what="number of sessions"))
    return config


def finish(config: Proxyproto, args: Args) -> Proxyproto:
    """Who has named the load balancers believes nobody else, unless `default` says so."""
    if config.allow and all(name != "default" for _, name, _ in args.marks):
        return replace(config, default="ignore")
    return config


PLUGIN = Plugin(
    name="proxyproto",
    summary="takes the client's address from the PROXY header that a load balancer sends",
    usage=("proxyproto",),
    config=Proxyproto,
    again=no_arguments,
    finish=finish,
    properties=(
        Property(
            name="allow",
            read=allow,
            usage="allow NETWORKS...",
            doc="Networks whose headers are believed. May be repeated.",
            absent="everybody",
        ),
        Property(
            name="default",
            read=default,
            usage="default use|ignore|reject|skip",
            doc="What to do with others: believe the header, cut it off and keep the real address, refuse the "
            "connection, or leave the header in the data, where it is no DNS.",
            default="use",
            beside={"allow 192.0.2.0/24": "ignore"},
        ),
        Property(
            name="udp_session_tracking",
            read=udp_session_tracking,
            usage="udp_session_tracking DURATION [SESSIONS]",
            doc="Over UDP a sender may send the header alone first: keep it for DURATION after its last datagram, "
            "for at most SESSIONS senders: 10240 unless this block or another one on the port says otherwise. 0s for "
            "not at all.",
            default="0s",
            since="1.14.3",
        ),
    ),
    since="1.14.2",
    labels={"udp_session": "udp_session_tracking", "udp_sessions": "udp_session_tracking sessions"},
    description="""\
Behind a TCP or UDP load balancer all queries seem to come from the balancer. With the PROXY protocol (versions 1 and
2) it tells the real address, and `acl`, `log`, `view`, `geoip` and the rest of the chain see that one.

Without `allow` everybody is believed, also a client that makes up an address to pass an `acl`. Give the balancers'
networks. An address alone is no network: write `192.0.2.1/32`. Queries without a header are served as they are,
whatever the policy.

The listener is shared: the setting of one block holds for all blocks on its port. Several uses in a block add up.
""",
    examples=(
        Example(
            title="believe the load balancer, refuse headers from anybody else",
            corefile="""\
. {
    proxyproto {
        allow 192.0.2.0/28
        default reject
    }
    forward . 198.51.100.1
}
""",
        ),
    ),
)
