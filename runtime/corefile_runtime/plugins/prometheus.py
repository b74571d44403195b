"""prometheus: counts the queries that pass it, and serves all metrics over HTTP."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, cast

from corefile.plugins.prometheus import Prometheus as Config
from corefile.version import __version__
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.http.endpoints import Endpoint
from corefile_runtime.http.server import Answer, Guard
from corefile_runtime.metrics.process import define_constant
from corefile_runtime.metrics.traffic import Traffic
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, UNWRITTEN

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site

CONTENT = "text/plain; version=0.0.4; charset=utf-8"

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """Serve the metrics, and count in each chain under its zone."""
    config = cast("Config", configs[0])
    instance = home.instance
    guard = _make_guard(config, home) if config.tls else None
    metrics = instance.metrics
    define_constant(metrics)
    metrics.gauge(
        "coredns_build_info",
        "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.",
        "version", "revision", "goversion",
    ).cell(__version__, "", f"python{platform.python_version()}").value = 1  # fmt: skip
    enabled = metrics.gauge(
        "coredns_plugin_enabled",
        "A metric that indicates whether a plugin is enabled on per server and zone basis.",
        "server", "zone", "view", "name",
    )  # fmt: skip
    places: list[tuple[str, str, str, str]] = []
    instance.on_stop.append(enabled.clear)

    def show_plugins() -> None:
        for place in places:
            enabled.cell(*place).value = 1

    instance.on_start.append(show_plugins)
    instance.endpoints.append(
        Endpoint(config.address, "/metrics", lambda: Answer(200, instance.engine.exposition(), CONTENT), guard)
    )
    traffic = Traffic(metrics)

    def bind(site: Site) -> Serve:
        places.extend((site.server, site.zone, site.view, name) for name in site.names)
        return _count(site, traffic)

    return bind


def _make_guard(config: Config, home: Home) -> Guard:
    # TLS is loaded for those who want it.
    from corefile_runtime.http.web_config import WebConfigError
    from corefile_runtime.http.web_guard import WebGuard

    try:
        return WebGuard(str(config.tls), home.instance.loop)
    except (OSError, WebConfigError) as error:
        raise home.refuse(f"web configuration {config.tls}: {error}") from None


def _count(site: Site, traffic: Traffic) -> Serve:
    place = site.server, site.zone, site.view
    behind, next_name = site.next, site.next_name

    def finish(reply: Reply, query: Query) -> Reply:
        wire = reply.wire
        rcode = reply.rcode if reply.rcode in UNWRITTEN else wire[3] & 15 if wire is not None else NOERROR
        count = traffic.report(place, query, rcode, next_name if wire is not None else "", wire)
        if reply.facts is not None:
            reply.facts.counts.append(count)
        return reply

    def serve(query: Query) -> Outcome:
        outcome = behind(query)
        if isinstance(outcome, Pending):
            return outcome.then(finish, query)
        return finish(outcome, query)

    return serve
