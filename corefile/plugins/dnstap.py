"""dnstap: sends queries and answers as dnstap messages to a collector."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Address, FilePath
from corefile.plugins.args import Args
from corefile.plugins.recurring import Flag
from corefile.plugins.spec import Example, Plugin, Property

MAX_WRITE_BUFFER = 1024
MAX_QUEUE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Dnstap(Config):
    """Where messages go and what is in them.

    `transport` is `unix`, `tcp` or `tls`; with `listen` collectors connect to `endpoint`, else the server does. `full`
    adds the whole DNS message. `write_buffer` is in MiB, `queue` in 10,000 messages. None for `identity` and `version`:
    the host's name and the server's version. `extra` is a text with labels in braces.
    """

    transport: str = "unix"
    endpoint: Address = Address("")
    listen: bool = False
    full: bool = False
    write_buffer: int = 1
    queue: int = 1
    identity: str | None = None
    version: str | None = None
    extra: str = ""
    skip_verify: bool = False
    certificate: FilePath = FilePath("")
    key: FilePath = FilePath("")
    authority: FilePath = FilePath("")


def read(args: Args) -> Dnstap:
    """`[listen] ENDPOINT [full [WRITEBUFFER [QUEUE]]]`: what stands for `full` or after QUEUE is ignored."""
    words = args.rest(1, what="ENDPOINT")
    listen = words[0].text == "listen"
    if listen:
        if len(words) < 2:
            args.missing("ENDPOINT")
        words = words[1:]
    config = Dnstap(listen=listen, full=len(words) > 1 and words[1].text == "full")
    if len(words) > 2:
        size = args.integer(words[2], 1, MAX_WRITE_BUFFER, "write buffer")
        config = replace(config, write_buffer=size)
    if len(words) > 3:
        config = replace(config, queue=args.integer(words[3], 1, MAX_QUEUE, "queue"))
    transport, endpoint = _endpoint(args, words[0])
    return replace(config, transport=transport, endpoint=endpoint)


def _endpoint(args: Args, word: Word) -> tuple[str, Address]:
    """`tcp://` and `tls://` begin URLs, of which the host counts; everything else is the path of a socket."""
    text = word.text
    if not text.startswith(("tcp://", "tls://")):
        return "unix", Address(text.removeprefix("unix://"))
    from corefile.golang.faults import SyntaxFault
    from corefile.golang.urls import parse_url

    try:
        return text[:3], Address(parse_url(text).host)
    except SyntaxFault as fault:
        args.refuse("CF208", f"endpoint '{text}' is not a URL: {fault.message}", word, part=(fault.start, fault.end))


def skipverify(config: Dnstap, _args: Args) -> Dnstap:
    return replace(config, skip_verify=True)


def tls(config: Dnstap, args: Args) -> Dnstap:
    if not config.listen:
        args.refuse("CF214", "'tls' is only for 'dnstap listen'", help="for a connection use a 'tls://' endpoint")
    words = args.rest(2, what="CERT and KEY")
    return replace(
        config,
        certificate=FilePath(words[0].text),
        key=FilePath(words[1].text),
        authority=FilePath(words[2].text if len(words) > 2 else ""),
    )


def identity(config: Dnstap, args: Args) -> Dnstap:
    return replace(config, identity=args.take("IDENTITY").text)


def version(config: Dnstap, args: Args) -> Dnstap:
    return replace(config, version=args.take("VERSION").text)


def extra(config: Dnstap, args: Args) -> Dnstap:
    return replace(config, extra=args.take("EXTRA").text)


PLUGIN = Plugin(
    name="dnstap",
    summary="sends queries and answers as dnstap messages to a collector",
    usage=("dnstap ENDPOINT [full [WRITEBUFFER [QUEUE]]]", "dnstap listen ENDPOINT [full [WRITEBUFFER [QUEUE]]]"),
    short={"/run/dnstap.sock full": "/run/dnstap.sock full 1 1"},
    config=Dnstap,
    read=read,
    properties=(
        Property(
            name="identity",
            read=identity,
            usage="identity IDENTITY",
            doc="The server's name in the messages.",
            absent="the host's name",
            since="1.9.4",
        ),
        Property(
            name="version",
            read=version,
            usage="version VERSION",
            doc="The server's version in the messages.",
            absent="that of the software",
            since="1.9.4",
        ),
        Property(
            name="extra",
            read=extra,
            usage="extra EXTRA",
            doc="A text for the field of that name; labels such as `{/forward/upstream}` are replaced, with "
            "`metadata`.",
            absent="none",
            since="1.11.1",
        ),
        Property(
            name="tls",
            read=tls,
            usage="tls CERT KEY [CA]",
            doc="With `listen tls://…`: the server's certificate and key, and with CA the authority that collectors' "
            "certificates must come from.",
            absent="not encrypted",
            since="1.14.4",
        ),
        Flag(
            name="skipverify",
            read=skipverify,
            doc="Does not check the certificate of the other end.",
            since="1.11.0",
        ),
    ),
    labels={"skip_verify": "skipverify", "certificate": "tls certificate", "key": "tls key", "authority": "tls CA"},
    description="""\
ENDPOINT is the path of a Unix socket, also as `unix:///run/dnstap.sock`, or `tcp://HOST:PORT` or `tls://HOST:PORT`.
With `listen` in front the server waits there for collectors. `full` adds the DNS messages themselves; without it only
addresses, ports and times are sent. The word must be second: WRITEBUFFER (1 to 1024 MiB) and QUEUE (1 to 4096 times
10,000 messages) come after it, and any other word in its place is ignored.

A collector that is away does not keep the server from starting or answering. It is connected to again, and what does
not fit into the queue is dropped and counted in the log. A block may have it several times.
""",
    examples=(
        Example(
            title="send whole messages to a local collector",
            corefile="""\
. {
    dnstap /run/dnstap.sock full
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="send to a collector over TLS, with the upstream in each message",
            corefile="""\
. {
    metadata
    dnstap tls://dnstap.example.org:6000 full 1 4 {
        identity resolver-1
        extra "upstream: {/forward/upstream}"
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
