"""etcd: answers from records in etcd, in the layout of SkyDNS."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.golang.faults import SyntaxFault, ValueFault
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Duration, FilePath, Secret, Zone
from corefile.plugins.answering import by_zone
from corefile.plugins.args import Args
from corefile.plugins.key_files import tls_files
from corefile.plugins.recurring import Fallthrough, Upstream
from corefile.plugins.spec import Example, Plugin, Property

LONGEST_LEASE = 4294967295
"""Seconds."""

NO_PASSWORD = Secret("")

# what Go's strings.TrimSpace cuts; str.strip cuts more
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Etcd(Config):
    """Which keys of which etcd answer for `zones`, those of the block when empty.

    `path` is the key's first part. `tls` is None without the property, else its files: none, a CA, certificate and key,
    or certificate, key and CA. The TTL of a key's lease is brought between `min_lease_ttl` and `max_lease_ttl`.
    `fallthrough` are the zones in which a name that does not exist goes on to the next plugin, empty for none.
    """

    zones: tuple[Zone, ...] = ()
    path: str = "skydns"
    endpoints: tuple[str, ...] = ("http://localhost:2379",)
    username: str = ""
    password: Secret = NO_PASSWORD
    tls: tuple[FilePath, ...] | None = None
    min_lease_ttl: Duration = Duration.of(30)
    max_lease_ttl: Duration = Duration.of(86400)
    fallthrough: tuple[Zone, ...] = ()


def read(args: Args) -> Etcd:
    return Etcd(zones=args.origins(args.rest()))


def path(config: Etcd, args: Args) -> Etcd:
    return replace(config, path=args.take("PATH").text)


def endpoint(config: Etcd, args: Args) -> Etcd:
    """The last line counts."""
    return replace(config, endpoints=tuple(word.text for word in args.rest(1, what="URL")))


def credentials(config: Etcd, args: Args) -> Etcd:
    username, password = args.rest(2, 2, "USERNAME or PASSWORD")
    return replace(config, username=username.text, password=args.secret(password))


def tls(config: Etcd, args: Args) -> Etcd:
    words = args.rest(0, 3)
    return replace(config, tls=tls_files(args, words))


def min_lease_ttl(config: Etcd, args: Args) -> Etcd:
    return replace(config, min_lease_ttl=_lease(args))


def max_lease_ttl(config: Etcd, args: Args) -> Etcd:
    return replace(config, max_lease_ttl=_lease(args))


def _lease(args: Args) -> Duration:
    """Seconds, or a duration; nothing at all is zero. Parts of a second are cut."""
    from corefile.golang.values import accepts, parse_duration, parse_uint

    word = args.take("TTL")
    text = word.text.strip(_BLANKS)
    if not text:
        return Duration(0)
    try:
        found = parse_duration(f"{text}s" if accepts(parse_uint, text) else text)
    except ValueFault:
        args.refuse("CF207", f"'{word.text}' is neither seconds nor a duration such as '30s' or '1h30m'", word)
    seconds, rest = divmod(found, 1_000_000_000)
    if found < 0 or seconds + rest / 1_000_000_000 > LONGEST_LEASE:
        args.refuse("CF206", f"TTL '{word.text}' is out of range, 0 to {LONGEST_LEASE} seconds is allowed", word)
    return Duration(seconds * 1_000_000_000)


def finish(config: Etcd, args: Args) -> Etcd:
    """The client is made from the first endpoint; with credentials it logs in at once."""
    from corefile.golang.urls import parse_url

    name = args.named("endpoint")
    try:
        parse_url(f"etcd-endpoints://client/{_authority(config.endpoints[0])}")
    except SyntaxFault as fault:
        args.refuse("CF215", f"endpoint '{config.endpoints[0]}' is refused: {fault.message}", name)
    if config.username and config.password:
        word: Word = args.named("credentials")
        args.need("CF406", "etcd at", config.endpoints[0], word, checkable=False)
    return config


def _authority(endpoint: str) -> str:
    """What the client takes for the host."""
    scheme, mark, rest = endpoint.partition("://")
    if mark:
        return rest
    for prefix in ("unix:", "unixs:"):
        if scheme.startswith(prefix):
            return scheme[len(prefix) :]
    return endpoint


PLUGIN = Plugin(
    name="etcd",
    summary="answers from records kept in etcd (v3), in the layout of SkyDNS",
    usage=("etcd [ZONES...]",),
    config=Etcd,
    answers=by_zone,
    read=read,
    first_only=True,
    finish=finish,
    properties=(
        Property(
            name="path",
            read=path,
            usage="path PATH",
            doc="Where the keys begin: `www.example.org` is looked for at `/PATH/org/example/www`.",
            default="skydns",
        ),
        Property(
            name="endpoint",
            read=endpoint,
            usage="endpoint URL...",
            doc="The members of the etcd cluster.",
            default="http://localhost:2379",
        ),
        Property(
            name="credentials",
            read=credentials,
            usage="credentials USERNAME PASSWORD",
            doc="Logs in to etcd, already at start: then etcd must be up.",
            absent="none",
            since="1.4.0",
        ),
        Property(
            name="tls",
            read=tls,
            usage="tls [CACERT | CERT KEY [CACERT]]",
            doc="How `https` endpoints and those without a scheme are spoken to: with the authority of CACERT, else "
            "the system's, and with a client certificate.",
            absent="the system's authorities for `https`, no encryption for others",
        ),
        Property(
            name="min-lease-ttl",
            read=min_lease_ttl,
            usage="min-lease-ttl TTL",
            doc="The least TTL that comes of a key's lease, in seconds or as a duration.",
            default="30s",
            since="1.12.4",
        ),
        Property(
            name="max-lease-ttl",
            read=max_lease_ttl,
            usage="max-lease-ttl TTL",
            doc="The largest TTL that comes of a key's lease, in seconds or as a duration.",
            default="24h",
            since="1.12.4",
        ),
        Fallthrough(),
        Property(
            name="stubzones",
            usage="stubzones",
            doc="Without effect since 1.4.0.",
            default="",
        ),
        Upstream(),
        Property(
            name="debug",
            usage="debug",
            doc="Without effect.",
            default="",
        ),
    ),
    labels={
        "endpoints": "endpoint",
        "username": "credentials username",
        "password": "credentials password",
        "min_lease_ttl": "min-lease-ttl",
        "max_lease_ttl": "max-lease-ttl",
    },
    description="""\
A value is a JSON object: `{"host": "192.0.2.1", "ttl": 60}` under `/skydns/org/example/www` is an A record. All keys
below a name answer for it together; a key that has others below it is not seen itself.

- CoreDNS starts without etcd unless there are `credentials`; while etcd is away queries get SERVFAIL after five
  seconds.
- For its zones the plugin is the last word unless `fallthrough` says otherwise.
- Keys are case-sensitive and looked for in lower case.
- Only the first `etcd` of a block counts; CoreDNS ignores the others without a word.
""",
    examples=(
        Example(
            title="services of one domain in etcd, other names from upstream",
            corefile="""\
. {
    etcd example.org {
        path /skydns
        endpoint http://192.0.2.10:2379 http://192.0.2.11:2379
        fallthrough
    }
    cache 30
    forward . 192.0.2.53
}
""",
        ),
    ),
)
