"""nomad: answers for the services that a Nomad cluster has registered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.golang.faults import SyntaxFault
from corefile.ir.names import normalize
from corefile.ir.program import Config
from corefile.ir.values import Duration, Secret
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property

NO_TOKEN = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomad(Config):
    """Which zone is answered from which Nomad agents.

    `zone` is kept as written. Of `addresses` the first that works is asked; without any it is NOMAD_ADDR or the agent
    of this machine. An empty `token` leaves it to NOMAD_TOKEN. `filter` is an expression for Nomad, empty for none.
    """

    zone: str = "service.nomad"
    addresses: tuple[str, ...] = ()
    token: Secret = NO_TOKEN
    ttl: Duration = Duration.of(30)
    filter: str = ""


def read(args: Args) -> Nomad:
    """`nomad [ZONE]`; CoreDNS ignores further zones."""
    words = args.rest()
    return Nomad(zone=words[0].text) if words else Nomad()


def address(config: Nomad, args: Args) -> Nomad:
    """Several lines add up."""
    found = (*config.addresses, *(word.text for word in args.rest(1, what="ADDRESS")))
    return replace(config, addresses=found)


def filter_(config: Nomad, args: Args) -> Nomad:
    return replace(config, filter=args.one("EXPRESSION").text)


def token(config: Nomad, args: Args) -> Nomad:
    return replace(config, token=args.secret(args.one("TOKEN")))


def ttl(config: Nomad, args: Args) -> Nomad:
    return replace(config, ttl=Duration.of(args.integer(args.one("SECONDS"), 0, 3600, "TTL")))


def finish(config: Nomad, args: Args) -> Nomad:
    from corefile.golang.urls import parse_url

    for text in config.addresses:
        try:
            parse_url(text)
        except SyntaxFault as fault:
            args.refuse("CF215", f"address '{text}' is refused: {fault.message}", args.named("address"))
    return config


def answers(config: Nomad) -> Answers:
    """Names of the form that Nomad knows; others go on."""
    return Answers(zones=(normalize(config.zone),), partly=True)


PLUGIN = Plugin(
    name="nomad",
    summary="answers for the services that a Nomad cluster has registered",
    usage=("nomad [ZONE]",),
    short={"": "service.nomad"},
    config=Nomad,
    answers=answers,
    read=read,
    first_only=True,
    any_case=True,
    finish=finish,
    since="1.13.0",
    properties=(
        Property(
            name="address",
            read=address,
            usage="address URL...",
            doc="The Nomad agents; the first that works is asked. Several lines add up.",
            absent="`$NOMAD_ADDR`, else `http://127.0.0.1:4646`",
        ),
        Property(
            name="token",
            read=token,
            usage="token TOKEN",
            doc="The access token; it needs to read services.",
            absent="`$NOMAD_TOKEN`",
        ),
        Property(
            name="ttl",
            read=ttl,
            usage="ttl SECONDS",
            doc="The TTL of answers, 0 to 3600.",
            default="30",
        ),
        Property(
            name="filter",
            read=filter_,
            usage="filter EXPRESSION",
            doc="Takes only registrations for which Nomad finds the expression true; quote it.",
            absent="none",
            since="1.13.2",
        ),
    ),
    labels={"addresses": "address"},
    description="""\
`SERVICE.NAMESPACE.ZONE` has the addresses and ports (A, AAAA, SRV) of a service's registrations. Names with fewer
labels below ZONE go on to the next plugin.

- It is the last plugin of the chain: a `forward .` in the same block answers first, and nothing reaches it.
- When the agent cannot be reached, or refuses the token, the answer is empty, without an error; look at
  `coredns_nomad_failed_requests_total` and the log.
- Environment variables such as NOMAD_TOKEN, NOMAD_CACERT and NOMAD_REGION count where the Corefile says nothing.
- Only the first `nomad` of a block counts; CoreDNS ignores the others without a word.
""",
    examples=(
        Example(
            title="services of a cluster with two agents",
            corefile="""\
service.nomad {
    nomad service.nomad {
        address http://192.0.2.10:4646 http://192.0.2.11:4646
        ttl 10
    }
    cache 10
}
""",
        ),
    ),
)
