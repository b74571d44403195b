"""prometheus: serves the metrics over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Address, FilePath
from corefile.plugins.args import Args
from corefile.plugins.recurring import Flag
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus(Config):
    """What one `prometheus` says: the address of `/metrics`.

    `runtime_metrics` asks for all metrics of the language's runtime. `tls` is a web configuration file (certificate,
    key, client authentication), empty for plain HTTP.
    """

    address: Address = Address("localhost:9153")
    runtime_metrics: bool = False
    tls: FilePath = FilePath("")


def read(args: Args) -> Prometheus:
    words = args.rest(0, 1)
    return Prometheus(address=args.host_port(words[0])) if words else Prometheus()


def runtime_metrics(config: Prometheus, args: Args) -> Prometheus:
    args.none()
    return replace(config, runtime_metrics=True)


def tls(config: Prometheus, args: Args) -> Prometheus:
    if config.tls:
        first = args.places("tls")[0]
        args.refuse(
            "CF214", "'tls' given twice, only one is allowed", related=(("first given here", args.index(first)),)
        )
    word = args.one("FILE")
    if word.text:
        args.need("CF402", "web configuration", word.text, word, rooted=False)
    return replace(config, tls=FilePath(word.text))


PLUGIN = Plugin(
    name="prometheus",
    summary="serves metrics in Prometheus format over HTTP, at /metrics",
    usage=("prometheus [ADDRESS]",),
    short={"": "localhost:9153"},
    config=Prometheus,
    read=read,
    once=True,
    properties=(
        Flag(
            name="runtime_metrics",
            read=runtime_metrics,
            doc="Adds everything that the language's runtime measures about itself. One block that asks for it is "
            "enough for the process.",
            since="1.14.3",
        ),
        Property(
            name="tls",
            read=tls,
            usage="tls FILE",
            doc="Serves HTTPS, with certificate, key and client authentication as FILE says, in the format of "
            "Prometheus' own web configuration.",
            absent="plain HTTP",
            since="1.14.3",
        ),
    ),
    description="""\
ADDRESS is `host:port` or `:port`. **The default `localhost:9153` is reached from the same machine only**: in a
container nothing can scrape it. Write `:9153`.

The metrics of a server block are recorded only if the block has this plugin. Several blocks may share one address;
different addresses show the same metrics. The endpoint opens when the servers start, so an address that is in use is
found out then, not before.

The path is always `/metrics`. FILE of `tls` is read at start, relative to the working directory, and again when it or a
file that it names has changed: renewed certificates need no reload.
""",
    examples=(
        Example(
            title="metrics on port 9153 of all addresses",
            corefile="""\
. {
    prometheus :9153
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="the same endpoint for two blocks",
            corefile="""\
example.org {
    prometheus 192.0.2.53:9153
    whoami
}

. {
    prometheus 192.0.2.53:9153
    forward . 192.0.2.1
}
""",
        ),
    ),
)
