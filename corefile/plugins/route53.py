"""route53: answers from hosted zones of AWS Route 53."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.golang.faults import ValueFault
from corefile.ir.names import normalize
from corefile.ir.program import Config
from corefile.ir.values import NOWHERE, Duration, FilePath, Secret, Zone
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.recurring import Fallthrough, Upstream
from corefile.plugins.spec import Example, Plugin, Property

NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedZone(Config):
    """A zone, as written, and the ID of the hosted zone that has its records."""

    zone: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route53(Config):
    """Which hosted zones are served, how often they are fetched, and who asks AWS for them.

    Without `access_key` the AWS client looks for credentials: environment, `profile` of `credentials_file` or of the
    usual files, instance metadata. An empty `endpoint` is that of AWS. `fallthrough` are the zones in which a name that
    does not exist goes on to the next plugin, empty for none.
    """

    hosted_zones: tuple[HostedZone, ...] = ()
    access_key: str = ""
    secret_key: Secret = NO_SECRET
    profile: str = ""
    credentials_file: FilePath = FilePath("")
    endpoint: str = ""
    refresh: Duration = Duration.of(60)
    fallthrough: tuple[Zone, ...] = ()


def read(args: Args) -> Route53:
    """`route53 [ZONE:ID...]`."""
    found: list[HostedZone] = []
    for word in args.rest():
        zone, colon, name = word.text.partition(":")
        if not (zone and colon and name):
            args.refuse("CF215", f"'{word.text}' is not a zone and the ID of its hosted zone, 'ZONE:ID'", word)
        hosted = HostedZone(zone=zone, id=name)
        if hosted in found:
            args.refuse("CF214", f"hosted zone '{word.text}' given twice, once is allowed", word)
        found.append(hosted)
    return Route53(hosted_zones=tuple(found))


def aws_access_key(config: Route53, args: Args) -> Route53:
    """CoreDNS ignores what follows the two."""
    words = args.rest(2, what="KEY_ID or SECRET")
    return replace(config, access_key=words[0].text, secret_key=args.secret(words[1]))


def aws_endpoint(config: Route53, args: Args) -> Route53:
    return replace(config, endpoint=args.take("URL").text)


def credentials(config: Route53, args: Args) -> Route53:
    """`credentials PROFILE [FILE]`."""
    profile = args.take("PROFILE")
    file = args.maybe()
    path = FilePath(file.text) if file is not None else config.credentials_file
    return replace(config, profile=profile.text, credentials_file=path)


def refresh(config: Route53, args: Args) -> Route53:
    """A duration, or seconds."""
    from corefile.golang.values import parse_atoi, parse_duration

    word = args.take("DURATION")
    text = word.text
    try:
        parse_atoi(text)
        text += "s"
    except ValueFault:
        pass
    try:
        found = parse_duration(text)
    except ValueFault:
        args.refuse("CF207", f"'{word.text}' is neither seconds nor a duration such as '1m'", word)
    if found <= 0:
        args.refuse("CF206", f"refresh '{word.text}' is out of range, more than 0 is allowed", word)
    return replace(config, refresh=Duration(found))


def finish(config: Route53, args: Args) -> Route53:
    """CoreDNS asks AWS for the zones before it starts."""
    use = args.places("")[0]
    args.need("CF405", "Route 53, with a region and credentials,", "", use, checkable=False)
    return config


def answers(config: Route53) -> Answers:
    """All in its zones, but what `fallthrough` lets pass."""
    zones = tuple(normalize(found.zone) for found in config.hosted_zones)
    return Answers(zones=zones or (NOWHERE,), through=config.fallthrough)


PLUGIN = Plugin(
    name="route53",
    summary="answers from hosted zones of AWS Route 53",
    usage=("route53 [ZONE:HOSTED_ZONE_ID...]",),
    config=Route53,
    answers=answers,
    read=read,
    finish=finish,
    since="1.0.5",
    properties=(
        Property(
            name="aws_access_key",
            read=aws_access_key,
            usage="aws_access_key KEY_ID SECRET",
            doc="Credentials in the Corefile, readable by whoever can read it. Deprecated since 1.9.2.",
            absent="what the AWS client finds",
        ),
        Property(
            name="aws_endpoint",
            read=aws_endpoint,
            usage="aws_endpoint URL",
            doc="Asks this server instead of AWS.",
            absent="that of AWS",
            since="1.8.7",
        ),
        Property(
            name="credentials",
            read=credentials,
            usage="credentials PROFILE [FILE]",
            doc="Takes credentials from a profile of the AWS configuration files, or of FILE.",
            absent="what the AWS client finds",
            short={"default": 'default ""'},
            since="1.2.3",
        ),
        Property(
            name="refresh",
            read=refresh,
            usage="refresh DURATION",
            doc="How often the records are fetched: seconds or a duration, more than 0.",
            default="1m",
            since="1.6.2",
        ),
        Fallthrough(since="1.2.3"),
        Upstream(since="1.2.3"),
    ),
    labels={
        "access_key": "aws_access_key",
        "secret_key": "aws_access_key secret",
        "profile": "credentials profile",
        "credentials_file": "credentials file",
        "endpoint": "aws_endpoint",
        "hosted_zones": "hosted zone",
    },
    description="""\
All records of the hosted zones are fetched at start and every `refresh`, and answered from memory. One zone may have
several hosted zones, private ones mostly; their records are put together.

- CoreDNS does not start until it has found a region and credentials and AWS has answered. The account needs
  `route53:ListHostedZonesByName` and `route53:ListResourceRecordSets`.
- A relative name of a zone is taken as it is: write the final dot, `example.org.:Z0123456789ABC`.
- For its zones the plugin is the last word unless `fallthrough` says otherwise.
""",
    examples=(
        Example(
            title="one hosted zone, other names from upstream",
            corefile="""\
. {
    route53 example.org.:Z0123456789ABC {
        refresh 5m
        fallthrough
    }
    forward . 192.0.2.53
}
""",
        ),
    ),
)
