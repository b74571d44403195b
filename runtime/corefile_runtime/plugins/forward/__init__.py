"""forward: passes queries on to upstreams, and their replies back as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.forward import Forward
from corefile_runtime.chain.handler import Handler, Unserved, every
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.plugins.forward.attempt import Attempt
from corefile_runtime.plugins.forward.forwarder import Forwarder
from corefile_runtime.plugins.forward.targets import find_targets
from corefile_runtime.wire.rcodes import REFUSED

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query


def prepare(configs: tuple[Forward, ...], home: Home) -> Link:
    """One forwarder for each `forward` line, each next to the one before it.

    Chains are built before host names among the upstreams are known: a forwarder gets them when they are.
    """
    forwarders: list[Forwarder] = []
    for config in configs:
        forwarder = Forwarder(config, home)
        find_targets(config, home, forwarder.take)
        forwarders.append(forwarder)
    home.publishes("forward/upstream", steady=True)

    def link(site: Site) -> Serve:
        serve, hands_on = site.next, False
        # `next` works only where another `forward` comes next in the chain, as CoreDNS asks of its type (ServeDNS).
        for forwarder in reversed(forwarders):
            onward = site.around(home.name, serve) if hands_on else serve
            serve, hands_on = serving(forwarder, onward, hands_on=hands_on), True
        return serve

    return link


def serving(forwarder: Forwarder, behind: Serve, *, hands_on: bool) -> Serve:
    """The function for a chain. `hands_on`: what is behind is a forwarder, to which `next` may hand a query."""
    config, takes = forwarder.config, forwarder.takes
    take_all = forwarder.zone == b"\0" and not forwarder.ignored
    limit = config.max_concurrent
    onward = behind if hands_on else None
    error = f"concurrent queries exceeded maximum {limit}"
    over = "tcp" if config.force_tcp else "udp" if config.prefer_udp else ""  # CoreDNS: TCP goes first

    def serve(query: Query) -> Outcome:
        if not take_all and not takes(query.name):
            return behind(query)
        if limit:
            if forwarder.concurrent >= limit:
                forwarder.rejected.value += 1
                return Reply(REFUSED, None, error)
            forwarder.concurrent += 1
        attempt = Attempt(forwarder, query, onward, over or query.via.over)
        try:
            return attempt.start()
        except Exception:  # the server answers SERVFAIL
            attempt.leave()
            raise

    return serve


def _over(transport: str) -> Unserved:
    def applies(config: Config) -> bool:
        return isinstance(config, Forward) and any(one.transport == transport for one in config.upstreams)

    return Unserved(what=f"upstreams over {transport}://", applies=applies)


HANDLER = Handler(every(Forward, prepare), replays=True, opens_classes=True, unserved=(_over("https"),))
