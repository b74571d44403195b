"""forward: passes queries on to other servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corefile.ir.source import Word
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.forward import page, properties
from corefile.plugins.forward.config import DohMethod, Forward, Policy, Upstream
from corefile.plugins.forward.upstreams import read_upstream
from corefile.plugins.recurring import Flag
from corefile.plugins.refusing import Refused
from corefile.plugins.spec import Plugin, Property

__all__ = ["PLUGIN", "DohMethod", "Forward", "Policy", "Upstream"]

MOST_UPSTREAMS = 15


def finish(config: Forward, args: Args) -> Forward:
    """The upstreams, last: some properties change what they mean."""
    _check_age(config, args)
    upstreams = _read_upstreams(config, args, _targets(args, args.starts()[-1]))
    if args.last_use:
        for start in args.starts():
            _check_count(args, _targets(args, start))
    return replace(config, upstreams=upstreams)


def _read_upstreams(config: Forward, args: Args, words: Sequence[Word]) -> tuple[Upstream, ...]:
    """Of two words for one address CoreDNS keeps the first, whatever the transport of the second."""
    upstreams: dict[str, Upstream] = {}
    folders = 0
    for word in words:
        try:
            found = read_upstream(args, config, word)
        except Refused:
            continue
        if found is None:
            folders += 1
        else:
            upstreams.setdefault(*found)
    if words and folders == len(words):
        args.fault(
            "CF208", f"'{words[0].text}' is a folder, an upstream is an address, a file or a host name", words[0]
        )
    return tuple(upstreams.values())


def _check_age(config: Forward, args: Args) -> None:
    if config.max_age and config.max_age < config.expire:
        args.fault(
            "CF214",
            f"max_age {config.max_age} is less than expire {config.expire}, it must be at least as long",
            args.named("max_age"),
        )


def _check_count(args: Args, words: Sequence[Word]) -> None:
    if len(words) > MOST_UPSTREAMS:
        args.fault(
            "CF203", f"{len(words)} upstreams found, at most {MOST_UPSTREAMS} are allowed", words[MOST_UPSTREAMS]
        )


def _targets(args: Args, start: int) -> list[Word]:
    """The words behind FROM on the line that begins with a use."""
    return args.behind(start, 1)


def answers(config: Forward) -> Answers:
    """What an upstream has no answer for is not asked elsewhere, unless `next` says so."""
    by_next = bool(config.next_rcodes) or config.next_on_nodata
    return Answers(zones=(config.zone,), ignored=config.ignored, through=(".",) if by_next else ())


PLUGIN = Plugin(
    name="forward",
    summary="passes queries on to other servers, over UDP, TCP, TLS or HTTPS",
    usage=("forward FROM TO...",),
    config=Forward,
    answers=answers,
    in_turn=True,
    read=properties.read,
    finish=finish,
    since="1.0.6",
    properties=(
        Property(
            name="except",
            read=properties.except_,
            usage="except ZONES...",
            doc="Names at or below these zones are not forwarded: they go to the next plugin. Several lines add up.",
            absent="none",
        ),
        Flag(
            name="force_tcp",
            read=properties.force_tcp,
            doc="Asks over TCP even when the client came over UDP.",
        ),
        Flag(
            name="prefer_udp",
            read=properties.prefer_udp,
            doc="Asks over UDP first even when the client came over TCP, and again over TCP when the reply is cut. "
            "`force_tcp` wins over it.",
            since="1.2.0",
        ),
        Property(
            name="expire",
            read=properties.expire,
            usage="expire DURATION",
            doc="How long an idle connection is kept.",
            default="10s",
        ),
        Property(
            name="max_age",
            read=properties.max_age,
            usage="max_age DURATION",
            doc="How long any connection is kept, idle or not; 0s for no bound. Must not be less than `expire`.",
            default="0s",
            since="1.14.3",
        ),
        Property(
            name="max_idle_conns",
            read=properties.max_idle_conns,
            usage="max_idle_conns N",
            doc="How many idle connections are kept to each upstream; 0 for no bound.",
            default="0",
            since="1.14.1",
        ),
        Property(
            name="max_fails",
            read=properties.max_fails,
            usage="max_fails N",
            doc="Failed health checks in a row after which an upstream counts as down; 0 for never.",
            default="2",
        ),
        Property(
            name="max_connect_attempts",
            read=properties.max_connect_attempts,
            usage="max_connect_attempts N",
            doc="Failed attempts to reach an upstream after which a query is given up; 0 for as many as fit into five "
            "seconds.",
            absent="two for each upstream",
            since="1.13.2",
        ),
        Property(
            name="tls",
            read=properties.tls,
            usage="tls [CERT KEY] [CA]",
            doc="Files for `tls://` upstreams: CERT and KEY are the client's, CA signs the upstreams'. One file alone "
            "is the CA; none means the system's CAs, as without the line. Relative ones are taken from `root`.",
            default="",
        ),
        Property(
            name="tls_servername",
            read=properties.tls_servername,
            usage="tls_servername NAME",
            doc="The name that the certificates of all `tls://` upstreams must show.",
            absent="the upstream's address",
        ),
        Property(
            name="policy",
            read=properties.policy,
            usage="policy random|round_robin|sequential",
            doc="Which of the upstreams is asked first: any, each in turn, or the first that is up.",
            default="random",
        ),
        Property(
            name="health_check",
            read=properties.health_check,
            usage="health_check DURATION [no_rec] [domain NAME]",
            doc="How often an upstream that failed is asked again, for the NS records of NAME; `no_rec` leaves out the "
            "RD flag.",
            default="0.5s domain .",
            short={"1s": "1s domain ."},
        ),
        Property(
            name="max_concurrent",
            read=properties.max_concurrent,
            usage="max_concurrent N",
            doc="Queries under way at the same time; those above are REFUSED at once. 0 for no bound.",
            default="0",
            since="1.6.8",
        ),
        Property(
            name="next",
            read=properties.next_,
            usage="next RCODES...",
            doc="Hands a query to the `forward` behind this one when the reply has one of these rcodes.",
            absent="none",
            since="1.11.4",
        ),
        Flag(
            name="next_on_nodata",
            read=properties.next_on_nodata,
            doc="Hands a query to the `forward` behind this one when the reply is NOERROR without an answer.",
            since="1.14.4",
        ),
        Flag(
            name="failfast_all_unhealthy_upstreams",
            read=properties.failfast,
            doc="Answers SERVFAIL at once while all upstreams are down, instead of trying one of them all the same.",
            since="1.12.1",
        ),
        Property(
            name="failover",
            read=properties.failover,
            usage="failover RCODES...",
            doc="Asks another upstream when the reply has one of these rcodes; NOERROR is none of them.",
            absent="none",
            since="1.13.0",
        ),
        Property(
            name="resolver",
            read=properties.resolver,
            usage="resolver ADDRESSES...",
            doc="The servers that are asked at start for the addresses of upstreams given as host names.",
            absent="the system's",
            since="1.14.4",
        ),
        Property(
            name="read_timeout",
            read=properties.read_timeout,
            usage="read_timeout DURATION",
            doc="How long one upstream may take to reply.",
            default="2s",
            since="1.14.5",
        ),
        Property(
            name="doh_method",
            read=properties.doh_method,
            usage="doh_method POST|GET",
            doc="The HTTP method for `https://` upstreams.",
            default="POST",
            since="1.14.5",
        ),
        Property(
            name="source_address",
            read=properties.source_address,
            usage="source_address ADDRESS",
            doc="The address of this machine that queries and health checks are sent from.",
            absent="the system's choice",
            since="1.14.6",
        ),
    ),
    labels={
        "zone": "FROM",
        "upstreams": "upstream",
        "ignored": "except",
        "max_idle": "max_idle_conns",
        "health_domain": "health_check domain",
        "health_recursion": "health_check recursion",
        "next_rcodes": "next",
    },
    description=page.DESCRIPTION,
    examples=page.EXAMPLES,
)
