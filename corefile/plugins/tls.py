"""tls: the certificate of encrypted listeners, from files or from an ACME authority."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.golang.faults import SyntaxFault
from corefile.ir.names import domain_name_fault
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Address, FilePath
from corefile.plugins.args import Args
from corefile.plugins.refusing import Refused
from corefile.plugins.spec import Example, Plugin, Property, read_block, skip_line

CLIENT_AUTH = ("nocert", "request", "require", "verify_if_given", "require_and_verify")
AUTHORITY = "https://acme-v02.api.letsencrypt.org/directory"

# cross-block: uses in different blocks whose ACME domains overlap must agree in all options (`conflict` below); CoreDNS
# names no line there. A block with an `https3://` key needs the plugin.


@dataclass(frozen=True, slots=True, kw_only=True)
class Acme(Config):
    """A certificate that the server gets by itself: for which domains, from which authority, and where it is kept.

    `roots` is a file with further certificates to trust when talking to `authority`, `resolver` the DNS server that is
    asked for the authority's address (empty: the system's). Paths are relative to `root`.
    """

    domains: tuple[str, ...] = ()
    email: str = ""
    authority: str = AUTHORITY
    storage: FilePath = FilePath(".coredns/acme")
    roots: FilePath = FilePath("")
    resolver: Address = Address("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls(Config):
    """The files of a certificate, or how to get one; paths are relative to `root`.

    `client_authority` is what clients' certificates are checked against, `client_auth` whether they need one. `keylog`
    is a file for the secrets of all connections, for debugging.
    """

    certificate: FilePath = FilePath("")
    key: FilePath = FilePath("")
    client_authority: FilePath = FilePath("")
    client_auth: str = "nocert"
    keylog: FilePath = FilePath("")
    acme: Acme | None = None


def parse(args: Args) -> tuple[Tls, ...]:
    """One config for each use; the server takes the last one."""
    configs: list[Tls] = []
    while args.next():
        args.marks.append((args.use, "", args.at))
        start = args.at
        try:
            config = _use(args)
            for other in configs:
                _check_conflict(args, config.acme, other.acme)
            configs.append(config)
        except Refused:
            skip_line(args, start)
            read_block(args, FILE_TABLE, Tls())
        args.use += 1
    return tuple(configs)


def conflict(one: Acme | None, other: Acme | None) -> str:
    """A domain that two uses want a certificate for, with different options; empty when there is none."""
    if one is None or other is None:
        return ""
    if replace(one, domains=other.domains) == other and set(one.domains) == set(other.domains):
        return ""
    return next((domain for domain in one.domains if domain in other.domains), "")


def _check_conflict(args: Args, one: Acme | None, other: Acme | None) -> None:
    if domain := conflict(one, other):
        word = args.named("acme")
        args.refuse("CF214", f"domain '{domain}' has a certificate with other options already", word)


def _use(args: Args) -> Tls:
    words = args.remaining()
    args.usage = PLUGIN.usage[0]
    if not words:
        return Tls(acme=_read_acme(args))
    if len(words) == 1:
        args.missing("KEY")
    if len(words) > 3:
        args.too_many(words[3])
    config = read_block(args, FILE_TABLE, Tls())
    return _with_files(config, args, words)


def _with_files(config: Tls, args: Args, words: list[Word]) -> Tls:
    for word, what in zip(words, ("certificate", "key"), strict=False):
        if not word.text:
            args.refuse("CF215", f"path of the {what} is empty", word)
    config = replace(
        config,
        certificate=args.file(words[0], "certificate", code="CF403"),
        key=args.file(words[1], "key", code="CF403"),
    )
    if len(words) > 2 and words[2].text:
        config = replace(config, client_authority=args.file(words[2], "certificate authority", code="CF403"))
    return config


def client_auth(config: Tls, args: Args) -> Tls:
    return replace(config, client_auth=args.choice(args.one("MODE"), CLIENT_AUTH, "mode"))


def keylog(config: Tls, args: Args) -> Tls:
    return replace(config, keylog=FilePath(args.one("FILE").text))


def _read_acme(args: Args) -> Acme:
    """The block of a use without files. Values are looked at once all of it is read, as CoreDNS does."""
    given: dict[str, list[Word]] = {}
    found = len(args.faults)
    start = args.word
    while args.next_block():
        line = args.at
        try:
            _acme_option(args, given)
        except Refused:
            skip_line(args, line)
    if len(args.faults) > found:
        return Acme()
    return _checked_acme(args, given, start)


def _acme_option(args: Args, given: dict[str, list[Word]]) -> None:
    name = args.word
    words = args.remaining()
    if name.text in given:
        args.refuse("CF214", f"'{name.text}' given twice, only one is allowed", name)
    if name.text not in ACME_OPTIONS:
        hint = ("these are the properties without certificate files",)
        args.unknown_property(ACME_OPTIONS, name, notes=hint if name.text in FILE_TABLE else ())
    args.usage = ACME_TABLE[name.text].usage
    args.marks.append((args.use, name.text, args.index(name)))
    given[name.text] = words
    if not words:
        args.missing(args.usage.split()[1].rstrip("."))
    if len(words) > 1 and name.text != "acme":
        args.too_many(words[1])


def _checked_acme(args: Args, given: dict[str, list[Word]], start: Word) -> Acme:
    words = given.get("acme", [])
    if not words:
        args.refuse(
            "CF214",
            "'tls' without certificate files needs 'acme' with a domain, which is missing",
            start,
            help="usage: tls CERT KEY [CA], or tls { acme DOMAINS... }",
        )
    acme = Acme(domains=tuple(dict.fromkeys(_domain(args, word) for word in words)))
    if "email" in given:
        acme = replace(acme, email=given["email"][0].text)
    if "ca" in given:
        acme = replace(acme, authority=_authority(args, given["ca"][0]))
    if "storage" in given:
        acme = replace(acme, storage=FilePath(given["storage"][0].text))
    if "resolver" in given:
        acme = replace(acme, resolver=_resolver(args, given["resolver"][0]))
    if "ca_root" in given:
        word = given["ca_root"][0]
        if not word.text:
            args.refuse("CF215", "path of the authority's certificate is empty", word)
        acme = replace(acme, roots=args.file(word, "certificate of the ACME authority", code="CF403"))
    return acme


def _domain(args: Args, word: Word) -> str:
    """The host name of a certificate, which may begin with `*.`, in its ASCII form."""
    from corefile.golang.idna import to_ascii
    from corefile.golang.letters import to_lower
    from corefile.ir.addresses import parse_ip

    name = to_lower(word.text.removesuffix("."))
    host = name.removeprefix("*.")
    if not host or "*" in host or parse_ip(host) is not None:
        args.refuse("CF210", f"'{word.text}' is not a domain that a certificate can be had for", word)
    shift = len(name) - len(host)
    try:
        plain = to_ascii(host)
    except SyntaxFault as fault:
        part = (fault.start + shift, fault.end + shift)
        args.refuse("CF210", f"'{word.text}' is not a host name: {fault.message}", word, part=part)
    if reason := domain_name_fault(plain):
        args.refuse("CF210", f"'{word.text}' is not a domain name: {reason}", word)
    return name[:shift] + plain


def _authority(args: Args, word: Word) -> str:
    from corefile.golang.urls import Url, parse_url

    try:
        url = parse_url(word.text)
    except SyntaxFault:
        url = Url()
    if url.scheme not in ("http", "https") or not url.host:
        args.refuse("CF215", f"'{word.text}' is not an http or https URL with a host", word)
    return word.text


def _resolver(args: Args, word: Word) -> Address:
    from corefile.golang.faults import ValueFault
    from corefile.golang.values import parse_atoi
    from corefile.ir.addresses import split_host_port

    if not word.text:
        return Address("")
    host, port = split_host_port(word.text) or ("", "")
    if not host:
        args.refuse("CF208", f"'{word.text}' is not a host and a port such as '192.0.2.1:53'", word)
    try:
        number = parse_atoi(port)
    except ValueFault:
        number = 0
    if not 1 <= number <= 65535:
        args.refuse("CF206", f"port '{port}' is out of range, 1 to 65535 is allowed", word)
    return Address(word.text)


FILE_PROPERTIES: tuple[Property[Tls], ...] = (
    Property(
        name="client_auth",
        read=client_auth,
        usage="client_auth " + "|".join(CLIENT_AUTH),
        doc="Whether clients must show a certificate, and whether it must come from CA. `require` alone takes any.",
        default="nocert",
        since="1.5.1",
    ),
    Property(
        name="keylog",
        read=keylog,
        usage="keylog FILE",
        doc="Writes the secrets of every connection to FILE, so that Wireshark can read them. Never leave it on.",
        absent="none",
        since="1.14.3",
    ),
)
FILE_TABLE = {prop.name: prop for prop in FILE_PROPERTIES}

ACME_PROPERTIES: tuple[Property[Tls], ...] = (
    Property(
        name="acme",
        usage="acme DOMAINS...",
        doc="Gets a certificate for these names, and a new one in time. `*.example.org` is allowed.",
        absent="none",
        since="1.14.7",
    ),
    Property(
        name="email",
        usage="email ADDRESS",
        doc="Where the authority may write to.",
        absent="none",
        since="1.14.7",
    ),
    Property(
        name="ca",
        usage="ca URL",
        doc="The authority's directory.",
        default=AUTHORITY,
        since="1.14.7",
    ),
    Property(
        name="storage",
        usage="storage FOLDER",
        doc="Where account, certificates and keys are kept.",
        default=".coredns/acme",
        since="1.14.7",
    ),
    Property(
        name="ca_root",
        usage="ca_root FILE",
        doc="Certificates to trust, beside the system's, when talking to the authority.",
        absent="the system's alone",
        since="1.14.7",
    ),
    Property(
        name="resolver",
        usage="resolver HOST:PORT",
        doc="The DNS server to ask for the authority's address.",
        absent="the system's",
        since="1.14.7",
    ),
)
ACME_TABLE = {prop.name: prop for prop in ACME_PROPERTIES}
ACME_OPTIONS = tuple(ACME_TABLE)

PLUGIN = Plugin(
    name="tls",
    summary="the certificate of encrypted listeners, from files or from an ACME authority",
    usage=("tls CERT KEY [CA]", "tls"),
    config=Tls,
    parse=parse,
    properties=(*FILE_PROPERTIES, *ACME_PROPERTIES),
    labels={"client_authority": "CA"},
    description="""\
It is for blocks whose keys begin with `tls://`, `https://`, `https3://`, `quic://` or `grpc://`. It does not make a
listener encrypted: a key `example.org` with `tls` in its block stays plain DNS on port 53. The other way round,
`https://` and `grpc://` without it speak plain HTTP, and `https3://` is refused.

CERT and KEY are PEM files, relative to `root`. They are read once, at start and reload: a renewed certificate needs a
reload, and a missing file keeps the server from starting. CA is for checking clients and means nothing unless
`client_auth` is `verify_if_given` or `require_and_verify`.

Without files the certificate comes from an ACME authority, by default Let's Encrypt. Proof is given over DNS: this
server answers the `_acme-challenge` queries itself, on all its plain DNS listeners, so the domains' name servers must
be this server. Until the first certificate is there handshakes fail. Blocks that name the same domain must have the
same options.

Of several uses in a block all are checked and the last one holds.
""",
    examples=(
        Example(
            title="DNS over TLS with a certificate that renews itself",
            corefile="""\
tls://example.org {
    tls {
        acme dns.example.org
        email hostmaster@example.org
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
