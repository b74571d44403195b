"""trace: sends a span for each query to Zipkin or Datadog."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.golang.faults import ValueFault
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Address, Duration
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property

ENDPOINTS = {"zipkin": "localhost:9411", "datadog": "localhost:8126"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace(Config):
    """Where spans go and of which queries.

    `endpoint` is a URL for Zipkin, host and port for Datadog. One in `every` queries is traced. With `client_server`
    the server's span is the client's own. `datadog_analytics_rate` is the share of traces that Datadog analyses. Of the
    spans for Zipkin so many are kept, sent by so many or after so long.
    """

    kind: str = "zipkin"
    endpoint: Address = Address("http://localhost:9411/api/v2/spans")
    every: int = 1
    service: str = "coredns"
    client_server: bool = False
    datadog_analytics_rate: float = 0.0
    zipkin_max_backlog_size: int = 1000
    zipkin_max_batch_size: int = 100
    zipkin_max_batch_interval: Duration = Duration.of(1)


DEFAULTS = Trace()


def again(config: Trace, args: Args) -> Trace:
    """`[TYPE] [ENDPOINT]`: of two words the first is the type. Each use sets both anew."""
    words = args.rest(0, 2)
    kind, endpoint = "zipkin", words[-1].text if words else ""
    if len(words) > 1:
        kind = _kind(args, words[0])
    endpoint = endpoint or ENDPOINTS[kind]
    if kind == "zipkin" and "http" not in endpoint:
        endpoint = f"http://{endpoint}/api/v2/spans"
    return replace(config, kind=kind, endpoint=Address(endpoint))


def _kind(args: Args, word: Word) -> str:
    return args.choice(word, tuple(ENDPOINTS), "endpoint type", any_case=True)


def every(config: Trace, args: Args) -> Trace:
    return replace(config, every=args.unsigned(args.one("AMOUNT")))


def service(config: Trace, args: Args) -> Trace:
    return replace(config, service=args.one("NAME").text)


def client_server(config: Trace, args: Args) -> Trace:
    from corefile.golang.values import parse_bool

    words = args.rest(0, 1)
    try:
        return replace(config, client_server=parse_bool(words[0].text) if words else True)
    except ValueFault:
        args.refuse("CF209", f"'{words[0].text}' is not one of true, false", words[0])


def datadog_analytics_rate(config: Trace, args: Args) -> Trace:
    words = args.rest(0, 1)
    return replace(config, datadog_analytics_rate=_rate(args, words[0]) if words else 0.0)


def _rate(args: Args, word: Word) -> float:
    from corefile.golang.values import parse_float

    try:
        rate = parse_float(word.text)
    except ValueFault:
        args.refuse("CF205", f"'{word.text}' is not a number", word)
    if rate < 0 or rate > 1:
        args.refuse("CF206", f"rate '{word.text}' is out of range, 0 to 1 is allowed", word)
    return rate


def zipkin_max_backlog_size(config: Trace, args: Args) -> Trace:
    """CoreDNS gives the library only what is not zero: zero is its default, here and for the other two."""
    size = args.integer(args.one("SIZE"), what="size")
    return replace(config, zipkin_max_backlog_size=size or DEFAULTS.zipkin_max_backlog_size)


def zipkin_max_batch_size(config: Trace, args: Args) -> Trace:
    size = args.integer(args.one("SIZE"), what="size")
    return replace(config, zipkin_max_batch_size=size or DEFAULTS.zipkin_max_batch_size)


def zipkin_max_batch_interval(config: Trace, args: Args) -> Trace:
    interval = args.duration(args.one("DURATION"))
    return replace(config, zipkin_max_batch_interval=interval or DEFAULTS.zipkin_max_batch_interval)


PLUGIN = Plugin(
    name="trace",
    summary="sends a span for each query and each plugin it passes to Zipkin or Datadog",
    usage=("trace [ENDPOINT]", "trace zipkin|datadog ENDPOINT"),
    short={"": "zipkin http://localhost:9411/api/v2/spans"},
    config=Trace,
    again=again,
    properties=(
        Property(
            name="every",
            read=every,
            usage="every AMOUNT",
            doc="Traces one query in AMOUNT, with 0 none.",
            default="1",
        ),
        Property(
            name="service",
            read=service,
            usage="service NAME",
            doc="The name under which this server appears.",
            default="coredns",
        ),
        Property(
            name="client_server",
            read=client_server,
            usage="client_server [true|false]",
            doc="Gives the server's span the identity of the client's, where the client sent one.",
            default="false",
            short={"": "true"},
        ),
        Property(
            name="datadog_analytics_rate",
            read=datadog_analytics_rate,
            usage="datadog_analytics_rate [RATE]",
            doc="The share of traces, 0 to 1, that Datadog analyses. Only for `datadog`.",
            default="0",
            short={"": "0"},
            since="1.8.0",
        ),
        Property(
            name="zipkin_max_backlog_size",
            read=zipkin_max_backlog_size,
            usage="zipkin_max_backlog_size SIZE",
            doc="How many spans wait to be sent; more than that are dropped. Only for `zipkin`.",
            default="1000",
            since="1.9.4",
        ),
        Property(
            name="zipkin_max_batch_size",
            read=zipkin_max_batch_size,
            usage="zipkin_max_batch_size SIZE",
            doc="How many spans are sent at once. Only for `zipkin`.",
            default="100",
            since="1.9.4",
        ),
        Property(
            name="zipkin_max_batch_interval",
            read=zipkin_max_batch_interval,
            usage="zipkin_max_batch_interval DURATION",
            doc="After how long spans are sent although there are few. Only for `zipkin`.",
            default="1s",
            since="1.9.4",
        ),
    ),
    description="""\
Without arguments spans go to Zipkin on this host. An endpoint for Zipkin without `http` in it is completed to
`http://ENDPOINT/api/v2/spans`; write the whole URL where that does not fit. **One argument is always the endpoint**:
`trace datadog` sends to a Zipkin on the host `datadog`; name the endpoint too.

Zipkin gets a span named `servedns` for each traced query, with `coredns.io/name`, `type`, `proto`, `remote` and
`rcode`, below it one for each plugin that the query passed, and below `forward` a `connect` for each upstream that was
asked. Datadog gets the first of these only. With `metadata`, `trace/traceid` is the number of the trace.

Every query that comes to the block is counted, and each time that AMOUNT have come, the last one is traced.

Nobody waits for a collector. Spans that cannot be delivered are kept, up to a limit, and sent with the next ones.
Further uses in a block change the same settings, each sets the endpoint anew.
""",
    examples=(
        Example(
            title="trace one query in a hundred",
            corefile="""\
. {
    trace zipkin 192.0.2.10:9411 {
        every 100
        service dns.example.org
    }
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="trace all queries to Datadog's agent on this host, and log them with the number of their trace",
            corefile="""\
. {
    metadata
    trace datadog localhost:8126
    log . "{name} {rcode} {/trace/traceid}"
    whoami
}
""",
        ),
    ),
)
