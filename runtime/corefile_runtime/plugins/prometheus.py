"""prometheus: counts the queries that pass it, and serves all metrics over HTTP."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from corefile.plugins.prometheus import Prometheus
from corefile.version import __version__
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.offers import Exposition
from corefile_runtime.chain.refusal import explain_system
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.http.messages import Answer
from corefile_runtime.http.server import Guard, Inquiry
from corefile_runtime.metrics.traffic import Traffic
from corefile_runtime.metrics.zero import define
from corefile_runtime.plugins.zeros import find_zeros
from corefile_runtime.wire.classify import read_rcode
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, UNWRITTEN

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.services import Done
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.http.server import Done as Answered

CONTENT = "text/plain; version=0.0.4; charset=utf-8"


def prepare(config: Prometheus, home: Home) -> Link:
    """Serve the metrics, and count in each chain under its zone."""
    home.settings.each_family = True
    metrics = home.metrics
    define(metrics, find_zeros())
    metrics.gauge(
        "coredns_build_info",
        "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.",
        "version", "revision", "goversion",
    ).cell(__version__, "", f"python{platform.python_version()}").value = 1  # fmt: skip
    home.endpoint(
        config.address,
        "/metrics",
        Scrape(home.find_one(Exposition)),
        guard=_make_guard(str(config.tls), home) if config.tls else None,
        required=False,
        failing="Failed to start metrics handler",
    )
    enabled = home.find(Enabled, anywhere=True)
    if not enabled:
        enabled = [Enabled(home)]
        home.offer(enabled[0])
    traffic = Traffic(metrics)

    def link(site: Site) -> Serve:
        enabled[0].add(site)
        return _count(site, traffic)

    return link


class Scrape(Inquiry):
    """All metrics. Other processes that serve too are asked for theirs, and nobody waits meanwhile."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    def __call__(self) -> Answer:
        """As they are known here."""
        return Answer(200, self._exposition.exposition(), CONTENT)

    def begin(self, query: str, done: Answered) -> None:
        """As they are now, of all."""
        del query
        self._exposition.expose(lambda text: done(Answer(200, text, CONTENT)))


class Enabled:
    """The plugins of all chains with `prometheus`, shown from the time at which the configuration takes over."""

    def __init__(self, home: Home) -> None:
        self._series = home.metrics.gauge(
            "coredns_plugin_enabled",
            "A metric that indicates whether a plugin is enabled on per server and zone basis.",
            "server", "zone", "view", "name",
        )  # fmt: skip
        self._places: list[tuple[str, str, str, str]] = []
        home.on_start(self._show)

    def add(self, site: Site) -> None:
        """The plugins of one chain."""
        self._places.extend((site.server, site.zone, site.view, name) for name in site.names)

    def _show(self) -> None:
        """Those of the configuration before have gone: it stops after this one has started."""
        self._series.clear()
        for place in self._places:
            self._series.cell(*place).value = 1


def _make_guard(path: str, home: Home) -> Guard:
    # TLS is loaded for those who want it.
    from corefile_runtime.http.web_config import WebConfigError
    from corefile_runtime.http.web_guard import WebGuard

    guard = WebGuard(path, home.in_thread)

    def begin(done: Done) -> None:
        def take(error: Exception | None) -> None:
            if isinstance(error, OSError | WebConfigError):
                why = explain_system(error) if isinstance(error, OSError) else error
                done(home.refuse(f"web configuration {path}: {why}"))
            elif error is not None:
                raise error
            else:
                done(None)

        guard.load(take)

    home.on_ready(begin, late=f"web configuration {path} cannot be read in time")
    return guard


def _count(site: Site, traffic: Traffic) -> Serve:
    place = site.server, site.zone, site.view
    behind, next_name = site.next, site.next_name

    def finish(reply: Reply, query: Query) -> Reply:
        wire = reply.wire
        rcode = reply.rcode if reply.rcode in UNWRITTEN else read_rcode(wire) if wire is not None else NOERROR
        count = traffic.report(place, query, rcode, next_name if wire is not None else "", wire)
        if reply.terms is not None:
            reply.terms.counts.append(count)
        return reply

    def serve(query: Query) -> Outcome:
        outcome = behind(query)
        if isinstance(outcome, Pending):
            return outcome.then(finish, query)
        return finish(outcome, query)

    return serve


HANDLER = Handler(one(Prometheus, prepare), replays=True, runs="both")
