"""azure: answers from zones of Azure DNS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from corefile.golang.faults import SyntaxFault
from corefile.golang.letters import to_upper
from corefile.ir.names import normalize
from corefile.ir.program import Config
from corefile.ir.values import NOWHERE, Secret, Zone
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.recurring import Fallthrough
from corefile.plugins.spec import Example, Plugin, Property

NO_SECRET = Secret("")

CLOUDS = (
    "AzurePublicCloud",
    "AzureCloud",
    "AzureChinaCloud",
    "AzureGermanCloud",
    "AzureUSGovernment",
    "AzureUSGovernmentCloud",
    "AzureStackCloud",
)

SAME = {"AzureCloud": "AzurePublicCloud", "AzureUSGovernment": "AzureUSGovernmentCloud"}
"""Other words that Azure's library has for a cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureZone(Config):
    """A zone, as written, its resource group, and whether it is `public` or `private`."""

    resource_group: str = ""
    zone: str = ""
    access: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure(Config):
    """Which zones are served and who asks Azure for them. All uses of a block share one state.

    `latest` is how many zones the last use names: `access` is about them. `cloud` is one of `CLOUDS`, without those
    that mean the `SAME`. `fallthrough` are the zones in which a name that does not exist goes on to the next plugin,
    empty for none.
    """

    zones: tuple[AzureZone, ...] = ()
    latest: int = 0
    subscription: str = ""
    tenant: str = ""
    client: str = ""
    secret: Secret = NO_SECRET
    cloud: str = "AzurePublicCloud"
    fallthrough: tuple[Zone, ...] = ()


def again(config: Azure, args: Args) -> Azure:
    """`azure RESOURCE_GROUP:ZONE...`; CoreDNS compares group and zone as one text, without the colon."""
    known = {zone.resource_group + zone.zone for zone in config.zones}
    found: list[AzureZone] = []
    for word in args.rest():
        group, _, zone = word.text.partition(":")
        if not group or not zone:
            args.refuse("CF215", f"'{word.text}' is not a resource group and a zone, 'RESOURCE_GROUP:ZONE'", word)
        if group + zone in known:
            args.refuse("CF214", f"zone '{word.text}' given twice, once is allowed", word)
        known.add(group + zone)
        found.append(AzureZone(resource_group=group, zone=zone))
    return replace(config, zones=(*config.zones, *found), latest=len(found))


def subscription(config: Azure, args: Args) -> Azure:
    return replace(config, subscription=args.take("ID").text)


def tenant(config: Azure, args: Args) -> Azure:
    return replace(config, tenant=args.take("ID").text)


def client(config: Azure, args: Args) -> Azure:
    return replace(config, client=args.take("ID").text)


def secret(config: Azure, args: Args) -> Azure:
    return replace(config, secret=args.secret(args.take("SECRET")))


def environment(config: Azure, args: Args) -> Azure:
    """In any case. The stack's cloud is described by a file that an environment variable names."""
    word = args.take("CLOUD")
    upper = {cloud.upper(): cloud for cloud in CLOUDS}
    cloud = upper.get(to_upper(word.text)) or args.choice(word, CLOUDS, "cloud")
    if cloud == "AzureStackCloud":
        args.need("CF402", "file of the Azure cloud, $AZURE_ENVIRONMENT_FILEPATH,", "", word, checkable=False)
    return replace(config, cloud=SAME.get(cloud, cloud))


def access(config: Azure, args: Args) -> Azure:
    """For the zones of this use."""
    kind = args.choice(args.take("'public' or 'private'"), ("public", "private"), "access")
    split = len(config.zones) - config.latest
    latest = tuple(replace(zone, access=kind) for zone in config.zones[split:])
    return replace(config, zones=(*config.zones[:split], *latest))


def finish(config: Azure, args: Args) -> Azure:
    """Azure is asked for each zone at start; without zones an account is enough."""
    if not args.last_use:
        return config
    if config.secret:
        _check_account(config, args)
    if config.zones or not config.secret:
        args.need("CF405", "Azure DNS, with credentials,", "", args.places("")[0], checkable=False)
    return config


def _check_account(config: Azure, args: Args) -> None:
    from corefile.golang.urls import parse_url

    if not config.client:
        args.refuse("CF214", "'secret' needs 'client', which is missing", args.named("secret"), help="add 'client ID'")
    try:
        parse_url(config.tenant)
        parse_url(f"{config.tenant}/oauth2/token")
    except SyntaxFault as fault:
        args.refuse("CF215", f"tenant '{config.tenant}' is refused: {fault.message}", args.named("tenant"))


def _property(name: str, read_one: Callable[[Azure, Args], Azure], argument: str, doc: str) -> Property[Azure]:
    return Property(name=name, read=read_one, usage=f"{name} {argument}", doc=doc, absent="none")


def answers(config: Azure) -> Answers:
    """All in its zones, but what `fallthrough` lets pass."""
    zones = tuple(normalize(found.zone) for found in config.zones)
    return Answers(zones=zones or (NOWHERE,), through=config.fallthrough)


PLUGIN = Plugin(
    name="azure",
    summary="answers from zones of Azure DNS, public and private",
    usage=("azure RESOURCE_GROUP:ZONE...",),
    config=Azure,
    answers=answers,
    again=again,
    finish=finish,
    since="1.6.2",
    properties=(
        _property("tenant", tenant, "ID", "The tenant (directory) of the service principal that asks."),
        _property("client", client, "ID", "The service principal's application ID."),
        _property("secret", secret, "SECRET", "Its password, readable by whoever can read the Corefile."),
        _property("subscription", subscription, "ID", "The subscription that the zones belong to."),
        Property(
            name="environment",
            read=environment,
            usage=f"environment {'|'.join(CLOUDS)}",
            doc="Which Azure; upper or lower case does not matter.",
            default="AzurePublicCloud",
        ),
        Property(
            name="access",
            read=access,
            usage="access public|private",
            doc="Whether the zones of this `azure` are public or private ones.",
            default="public",
            since="1.6.8",
        ),
        Fallthrough(),
    ),
    labels={"zones": "zone", "cloud": "environment"},
    description="""\
All records of the zones are fetched at start and every minute, and answered from memory.

- CoreDNS does not start until Azure has answered. The service principal needs the role *DNS Zone Contributor* or one
  that may read the records. Without `secret` the managed identity of the machine is tried.
- Uses of one block share everything but `access`.
- Resource group and zone are compared as one text: `a:bc` and `ab:c` in one block are refused as a conflict.
- For its zones the plugin is the last word unless `fallthrough` says otherwise.
""",
    examples=(
        Example(
            title="one private zone, with the account from the environment",
            corefile="""\
example.org {
    azure network:example.org {
        tenant {$AZURE_TENANT}
        client {$AZURE_CLIENT}
        secret {$AZURE_SECRET}
        subscription {$AZURE_SUBSCRIPTION}
        access private
    }
}
""",
        ),
    ),
)
