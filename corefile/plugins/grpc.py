"""grpc: passes queries on to other servers over gRPC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

from corefile.golang.faults import SyntaxFault
from corefile.golang.urls import parse_url
from corefile.ir.addresses import FOLDERS, host_port_or_file
from corefile.ir.names import is_host_name
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import FilePath, Zone
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.key_files import tls_files
from corefile.plugins.recurring import Fallthrough
from corefile.plugins.refusing import Refused
from corefile.plugins.spec import Example, Plugin, Property

Policy = Literal["random", "round_robin", "sequential"]

POLICIES: tuple[Policy, ...] = ("random", "round_robin", "sequential")

MOST_UPSTREAMS = 15

RESOLVERS = ("dns", "passthrough", "unix", "unix-abstract")
"""Schemes of addresses that the gRPC library knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcUpstream(Config):
    """One place to ask: an `address`, `HOST:PORT` or `unix://PATH`, or else a file with `nameserver` lines."""

    address: str = ""
    path: FilePath = FilePath("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grpc(Config):
    """What one `grpc` says.

    `zone` is the name at and below which queries are passed on, except those at or below the names of `ignored`
    (`except`). `tls` holds up to three file names (CA; certificate, key; certificate, key, CA), None for no encryption;
    with `tls_servername` alone it is encrypted too. `fallthrough` are the zones in which NXDOMAIN goes on to the next
    plugin: empty for none, the root for all.
    """

    zone: Zone = Zone(".")
    upstreams: tuple[GrpcUpstream, ...] = ()
    ignored: tuple[Zone, ...] = ()
    tls: tuple[FilePath, ...] | None = None
    tls_servername: str = ""
    policy: Policy = "random"
    fallthrough: tuple[Zone, ...] = ()


def read(args: Args) -> Grpc:
    """`grpc FROM TO...`."""
    zone = args.zone(args.take("FROM"))
    words = args.rest(1, what="TO")
    return Grpc(zone=zone, upstreams=_upstreams(args, words))


def _upstreams(args: Args, words: list[Word]) -> tuple[GrpcUpstream, ...]:
    found: list[GrpcUpstream] = []
    folders = 0
    for word in words:
        try:
            upstream = _upstream(args, word)
        except Refused:
            continue
        if upstream.path in FOLDERS:
            folders += 1
        else:
            found.append(upstream)
    if folders == len(words):
        args.fault("CF208", f"'{words[0].text}' is a folder, an upstream is an address or a file", words[0])
    return tuple(found)


def _upstream(args: Args, word: Word) -> GrpcUpstream:
    target = host_port_or_file(word.text)
    if target is None:
        args.refuse("CF208", f"upstream '{word.text}' has no address", word)
    if target.server is not None:
        return GrpcUpstream(address=target.server)
    if target.path in FOLDERS:
        return GrpcUpstream(path=FilePath(target.path))
    if "/" not in target.path and not is_host_name(target.path):
        args.refuse("CF208", f"upstream '{word.text}' is not an IP address or a file", word)
    args.need("CF402", "file with nameservers", target.path, word, rooted=False)
    return GrpcUpstream(path=FilePath(target.path))


def except_(config: Grpc, args: Args) -> Grpc:
    return replace(config, ignored=config.ignored + args.zones(args.rest(1, what="ZONE")))


def tls(config: Grpc, args: Args) -> Grpc:
    return replace(config, tls=tls_files(args, args.rest(0, 3)))


def tls_servername(config: Grpc, args: Args) -> Grpc:
    return replace(config, tls_servername=args.take("NAME").text)


def policy(config: Grpc, args: Args) -> Grpc:
    return replace(config, policy=cast("Policy", args.choice(args.take("POLICY"), POLICIES, "policy")))


def finish(config: Grpc, args: Args) -> Grpc:
    for word in args.behind(args.starts()[-1], 1):
        _check_target(args, word)
    if args.last_use and len(config.upstreams) > MOST_UPSTREAMS:
        args.refuse(
            "CF203",
            f"{len(config.upstreams)} upstreams found, at most {MOST_UPSTREAMS} are allowed",
            args.places("")[0],
        )
    return config


def _check_target(args: Args, word: Word) -> None:
    """The gRPC library takes an address for a URL: with a scheme that it knows, else with `dns:///` before it."""
    target = host_port_or_file(word.text)
    if target is None or target.server is None:
        return
    try:
        if parse_url(target.server).scheme in RESOLVERS:
            return
    except SyntaxFault:
        pass
    try:
        parse_url(f"dns:///{target.server}")
    except SyntaxFault as fault:
        args.fault("CF208", f"upstream '{word.text}' is not an address that gRPC takes: {fault.message}", word)


def answers(config: Grpc) -> Answers:
    """As with `forward`, but here `fallthrough` lets names go on that do not exist."""
    return Answers(zones=(config.zone,), ignored=config.ignored, through=config.fallthrough)


PLUGIN = Plugin(
    name="grpc",
    summary="passes queries on to other servers over gRPC",
    usage=("grpc FROM TO...",),
    config=Grpc,
    answers=answers,
    read=read,
    once=True,
    finish=finish,
    since="1.5.0",
    properties=(
        Property(
            name="except",
            read=except_,
            usage="except ZONES...",
            doc="Names at or below these zones are not passed on: they go to the next plugin. Several lines add up.",
            absent="none",
        ),
        Property(
            name="tls",
            read=tls,
            usage="tls [CERT KEY] [CA]",
            doc="Encrypts the connections. CERT and KEY are the client's, CA signs the upstreams'; one "
            "file alone is the CA, none means the system's CAs. Relative ones are taken from `root`.",
            absent="not encrypted",
        ),
        Property(
            name="tls_servername",
            read=tls_servername,
            usage="tls_servername NAME",
            doc="The name that the upstreams' certificates must show. Encrypts the connections too.",
            absent="none",
        ),
        Property(
            name="policy",
            read=policy,
            usage="policy random|round_robin|sequential",
            doc="Which of the upstreams is asked first: any, each in turn, or the first.",
            default="random",
        ),
        Fallthrough(
            doc="Hands names for which the upstream says NXDOMAIN to the next plugin, in these zones or in all.",
            since="1.12.3",
        ),
    ),
    labels={"zone": "FROM", "upstreams": "upstream", "ignored": "except"},
    description="""\
FROM is the zone whose queries are passed on, `.` for all. TO is up to 15 upstreams: addresses with a port, `unix://`
and a path (from 1.11.0 on), or a file with `nameserver` lines. Host names are not looked up: what is no address is
taken for the name of a file, and the start fails when it is not there.

The connections are not encrypted unless there is `tls` or `tls_servername`. There are no health checks; an upstream
that does not answer is left for the next one.

Traps: an address without a port gets 53, as everywhere in CoreDNS, which is hardly where a gRPC server listens. Write
the port. In the order of plugins `forward` stands before `grpc`: with both for `.` in one block `grpc` is never
asked.
""",
    examples=(
        Example(
            title="everything over gRPC, encrypted",
            corefile="""\
. {
    grpc . 192.0.2.1:443 192.0.2.2:443 {
        tls_servername dns.example.net
        policy sequential
    }
}
""",
        ),
        Example(
            title="one zone over a socket of this machine, what it does not know from upstream",
            corefile="""\
example.org {
    grpc example.org unix:///run/names.sock {
        except static.example.org
        fallthrough
    }
    file /etc/coredns/static.example.org.zone static.example.org
}
""",
        ),
    ),
)
