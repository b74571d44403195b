"""trace: sends spans of some of the queries to a collector, with what they asked and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.trace import Trace
from corefile_runtime.chain.build import build
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.chain.spans import Span
from corefile_runtime.plugins.trace.datadog import Datadog
from corefile_runtime.plugins.trace.reporter import Collector, Reporter
from corefile_runtime.plugins.trace.spanned import spanned
from corefile_runtime.plugins.trace.zipkin import Zipkin
from corefile_runtime.wire.classify import read_rcode
from corefile_runtime.wire.rcodes import NOERROR, UNWRITTEN, render_rcode, render_type

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query


def prepare(config: Trace, home: Home) -> Link:
    """One count of queries and one reporter for the block, whatever chain a query takes."""
    if not config.every:
        return lambda site: site.next
    collector = (
        Datadog(config)
        if config.kind == "datadog"
        else Zipkin(config, home.settings.first_address, home.block.keys[0].port)
    )
    reporter = home.own(Reporter(home, collector))
    home.on_stop(reporter.send)
    home.on_end(reporter.expect_end)
    sampling = Sampling(config.every)
    return lambda site: Tracer(site, sampling, collector, reporter).serve


class Sampling:
    """Counts the queries of a block: each time that `every` have come, the last of them is traced."""

    def __init__(self, every: int) -> None:
        self.every = every
        self._count = 0

    def takes(self) -> bool:
        """Count a query; whether it is to be traced."""
        self._count += 1
        return not self._count % self.every

    def may_reuse(self) -> bool:
        """Whether the next query may be answered without its plugins, which counts it. One to trace may not."""
        if not (self._count + 1) % self.every:
            return False
        self._count += 1
        return True


class Tracer:
    """The trace in one chain: what is behind stands there twice, for traced queries with spans around each plugin."""

    def __init__(self, site: Site, sampling: Sampling, collector: Collector, reporter: Reporter) -> None:
        self._behind = site.next
        self._sampling = sampling
        self._collector = collector
        self._report = reporter.add
        self._traced: Serve = site.next
        if collector.shows_plugins:
            self._traced = build(site.behind, site.zone, site.server, site.view, site.ask, around=spanned) or site.next

    def serve(self, query: Query) -> Outcome:
        """Pass the query on, and look at how it fares when it is its turn."""
        taken = self._sampling.takes()
        if query.span is not None and self._collector.shows_plugins:  # a plugin asks inside, for a traced query
            outcome = self._traced(query)
        elif taken:
            outcome = self._trace(query)
        else:
            outcome = self._behind(query)
        return outcome.then(self._mark) if isinstance(outcome, Pending) else self._mark(outcome)

    def _mark(self, reply: Reply) -> Reply:
        """Have each later use of the reply counted, and queries that are to be traced go through their plugins.

        Where a plugin behind decides about uses as well, there are none: a use that one turns away the other must not
        count.
        """
        if self._sampling.every == 1 or (reply.terms is not None and reply.terms.may_reuse is not None):
            reply.terms = None
        elif reply.terms is not None:
            reply.terms.may_reuse = self._sampling.may_reuse
        return reply

    def _trace(self, query: Query) -> Outcome:
        above = query.span if isinstance(query.span, Span) else None
        span = query.span = Span("servedns", self._report, above)
        if query.labels is not None:
            query.labels["trace/traceid"] = self._collector.render_trace(span)
        try:
            outcome = self._traced(query)
        except Exception:
            span.end()
            raise
        if isinstance(outcome, Pending):
            return outcome.then(self._finish, (query, span))
        return self._finish(outcome, (query, span))

    def _finish(self, reply: Reply, context: tuple[Query, Span]) -> Reply:
        query, span = context
        seen, wire = query.final, reply.wire
        rcode = reply.rcode if reply.rcode in UNWRITTEN else read_rcode(wire) if wire is not None else NOERROR
        prefix = self._collector.prefix
        span.tags = {
            prefix + "name": seen.text,
            prefix + "type": render_type(seen.qtype),
            prefix + "proto": query.via.over,
            prefix + "remote": query.via.client(query.peer)[0],
            prefix + "rcode": render_rcode(rcode),
        }
        span.error = reply.error
        span.end()
        return reply


HANDLER = Handler(one(Trace, prepare), replays=True)
