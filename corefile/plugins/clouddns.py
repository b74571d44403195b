"""clouddns: answers from managed zones of Google Cloud DNS."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.names import normalize
from corefile.ir.program import Config
from corefile.ir.values import NOWHERE, FilePath, Zone
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.recurring import Fallthrough, Upstream
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedZone(Config):
    """A zone, as written, and where Google has its records."""

    zone: str = ""
    project: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clouddns(Config):
    """Which managed zones are served, and who asks Google for them.

    An empty `credentials` leaves it to the machine's default. `fallthrough` are the zones in which a name that does not
    exist goes on to the next plugin, empty for none.
    """

    managed_zones: tuple[ManagedZone, ...] = ()
    credentials: FilePath = FilePath("")
    fallthrough: tuple[Zone, ...] = ()


def read(args: Args) -> Clouddns:
    """`clouddns [ZONE:PROJECT:NAME...]`."""
    found: list[ManagedZone] = []
    for word in args.rest():
        parts = word.text.split(":", 2)
        if len(parts) != 3 or not all(parts):
            args.refuse(
                "CF215", f"'{word.text}' is not a zone, a project and a managed zone, 'ZONE:PROJECT:NAME'", word
            )
        managed = ManagedZone(zone=parts[0], project=parts[1], name=parts[2])
        if managed in found:
            args.refuse("CF214", f"managed zone '{word.text}' given twice, once is allowed", word)
        found.append(managed)
    return Clouddns(managed_zones=tuple(found))


def credentials(config: Clouddns, args: Args) -> Clouddns:
    word = args.take("FILE")
    if not word.text:
        args.refuse("CF215", "the name of the credentials file is empty", word)
    return replace(config, credentials=args.file(word, "credentials file", code="CF405"))


def finish(config: Clouddns, args: Args) -> Clouddns:
    """CoreDNS asks Google for each zone before it starts; it also wants credentials when there are no zones."""
    args.need("CF405", "Google Cloud DNS, with credentials,", "", args.places("")[0], checkable=False)
    return config


def answers(config: Clouddns) -> Answers:
    """All in its zones, but what `fallthrough` lets pass."""
    zones = tuple(normalize(found.zone) for found in config.managed_zones)
    return Answers(zones=zones or (NOWHERE,), through=config.fallthrough)


PLUGIN = Plugin(
    name="clouddns",
    summary="answers from managed zones of Google Cloud DNS",
    usage=("clouddns [ZONE:PROJECT_ID:MANAGED_ZONE...]",),
    config=Clouddns,
    answers=answers,
    read=read,
    finish=finish,
    since="1.6.3",
    properties=(
        Property(
            name="credentials",
            read=credentials,
            usage="credentials FILE",
            doc="A credentials file (JSON) of a service account, a user, or an external account.",
            absent="the machine's default credentials",
        ),
        Fallthrough(),
        Upstream(),
    ),
    labels={"managed_zones": "managed zone"},
    description="""\
All records of the managed zones, public or private, are fetched at start and every minute, and answered from memory.

- CoreDNS does not start until it has found credentials and Google has answered. The account needs to read DNS records
  (the role *DNS Reader*).
- For its zones the plugin is the last word unless `fallthrough` says otherwise.
""",
    examples=(
        Example(
            title="one managed zone, other names from upstream",
            corefile="""\
. {
    clouddns example.org.:my-project:example-org {
        credentials /etc/coredns/account.json
        fallthrough
    }
    forward . 192.0.2.53
}
""",
        ),
    ),
)
