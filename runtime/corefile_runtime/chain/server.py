"""One listening address: which chain a query goes to, and what is answered before and after the chains."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.chain.settings import Traits
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.metrics.traffic import Traffic
from corefile_runtime.replay.client_classes import Clients
from corefile_runtime.replay.store import Facts, Store
from corefile_runtime.sockets.addresses import pack_address
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import MIN_SIZE, Query, Transport, read_query
from corefile_runtime.wire.rcodes import DS, NOERROR, REFUSED, SERVFAIL, UNWRITTEN
from corefile_runtime.wire.replies import badvers_reply, error_reply, fit

if TYPE_CHECKING:
    from corefile_runtime.listeners.proxied import Trust
    from corefile_runtime.listeners.udp import Before

# Blocks with one of these open the whole address to classes other than IN.
ANY_CLASS = frozenset(("chaos", "forward"))


class Route(NamedTuple):
    """One server block's chain for a zone: None for a block without plugins. `admits` are its view's conditions."""

    serve: Serve | None
    admits: Callable[[Query], bool] | None = None


class Server:
    """Answers the queries of one address, over UDP and TCP. `label` is its name in metrics: `dns://:53`.

    `stores` keep answers for replay, by transport. Where answers depend on the client's address, `clients` gives the
    mark that stands before the query in their keys. `timeouts` are the settings of TCP connections that are not the
    usual ones. `trust` says whose PROXY headers count. What is `before_udp` sees a UDP socket first.
    """

    def __init__(self, label: str, metrics: Registry, failed: Callable[[BaseException], object], entries: int) -> None:
        self.label = label
        self.any_class = False
        self.stores = {over: Store(entries) for over in ("udp", "tcp")}
        self.clients: Clients | None = None
        self.timeouts: dict[str, float] = {}
        self.trust: Trust | None = None
        self.before_udp: list[Before] = []
        self._sheds = False
        self._replays = entries > 0
        self._routes: dict[bytes, list[Route]] = {}
        self._only_root: Serve | None = None
        self._failed = failed
        self._traffic = Traffic(metrics)
        self._metrics = metrics

    def add(self, zone: str, route: Route) -> None:
        """Serve a zone; several routes of one zone are tried in order."""
        name = parse_name(zone.lower())
        self._routes.setdefault(name, []).append(route)
        alone = name == b"\0" and len(self._routes) == len(self._routes[name]) == 1 and route.admits is None
        self._only_root = route.serve if alone else None

    def adopt(self, traits: Traits) -> None:
        """Take up what a block that is served here says; of several blocks the last decides about timeouts."""
        self.timeouts |= traits.timeouts
        if traits.shed is not None and not self._sheds:
            self._sheds = True
            self.before_udp.insert(0, traits.shed(self.label))
        if traits.trust is not None:
            self._trust(traits.trust)
        if traits.view is not None and not traits.view.stable:
            self._replays = False
        if traits.networks or traits.each_client:
            self.clients = self.clients or Clients()
            self.clients.divide(traits.networks)
            if traits.each_client:
                self.clients.tell_apart()

    def tell_families_apart(self) -> None:
        """Replay no answer to an IPv6 client that an IPv4 client got: the metrics count families."""
        self.clients = self.clients or Clients()

    def _trust(self, trust: Trust) -> None:
        from corefile_runtime.listeners.proxied import Proxied

        self.trust = trust.after(self.trust)
        proxied = Proxied(self, self.trust)
        self.before_udp = [*(one for one in self.before_udp if not isinstance(one, Proxied)), proxied]

    def ask(self, wire: bytes, via: Transport, peer: bytes, start: float) -> bytes | None:
        """Answer one message: the reply, or None when there is none or it will be sent later."""
        query = read_query(wire, via, peer, start)
        if not isinstance(query, Query):
            return query
        try:
            if query.qclass != 1:
                if query.end == 12:
                    return self._drop(query, SERVFAIL)
                if not self.any_class:
                    return self._drop(query, REFUSED)
            if query.opt and query.wire[query.opt + 6]:
                return badvers_reply(query)
            serve = self._only_root or self._find(query)
            if serve is None:
                return self._drop(query, REFUSED)
            outcome = serve(query)
            if isinstance(outcome, Pending):
                outcome.end(self._deliver, self._rescue, query)
                return None
            return self._finish(query, outcome)
        except Exception as error:
            return self._recover(query, error)

    def look_up(self, query: Query) -> Outcome:
        """Ask the chains from inside, for a plugin that follows a name."""
        serve = self._only_root or self._find(query)
        return serve(query) if serve is not None else Reply(NOERROR, self._drop(query, REFUSED))

    def _find(self, query: Query) -> Serve | None:
        """The chain of the longest zone that has the name. A DS query goes on to the parent's, if that is here too."""
        routes, name, at = self._routes, query.name, 0
        found: Serve | None = None
        while True:
            for route in routes.get(name[at:], ()):
                if route.serve is None:
                    if name[at] or not found:
                        return None
                elif route.admits is None or route.admits(query):
                    if query.qtype != DS:
                        return route.serve
                    if name[at] or found is None:
                        found = route.serve
            length = name[at]
            if not length:
                return found
            at += length + 1

    def _finish(self, query: Query, reply: Reply) -> bytes | None:
        """The bytes for the client, if there is anything to say; and remember them if they may be replayed."""
        wire = reply.wire
        if wire is None:
            if reply.rcode not in UNWRITTEN:
                return None
            wire = error_reply(query, reply.rcode)
        out = fit(query, wire)
        facts = reply.facts if reply.wire is not None else None
        if facts is not None and self._replays and not query.options:
            self._keep(query, facts, wire, out)
        return out

    def _keep(self, query: Query, facts: Facts, wire: bytes, out: bytes) -> None:
        """Only what was not cut: the places of the TTLs are those of the whole reply."""
        if out[2] & 2 == wire[2] & 2 and len(out) <= 65000:
            key = query.wire[2:]
            if self.clients is not None:
                key = self.clients.mark(pack_address(query.via.client(query.peer)[0])) + key
            self.stores[query.via.over].keep(key, out[2:], facts)

    def _deliver(self, reply: Reply, query: Query) -> None:
        plain = reply.wire
        # As `fits`, without the call: this is the way of every reply that had to be waited for.
        if plain is not None and len(plain) <= MIN_SIZE and not (reply.facts or query.opt or query.changed):
            query.via.send(plain, query.peer)
            return
        try:
            wire = self._finish(query, reply)
        except Exception as error:
            wire = self._recover(query, error)
        if wire is not None:
            query.via.send(wire, query.peer)

    def _rescue(self, error: Exception, query: Query) -> None:
        query.via.send(self._recover(query, error), query.peer)

    def _drop(self, query: Query, rcode: int) -> bytes:
        """An error of the server's own: counted under the zone `dropped`."""
        reply = error_reply(query, rcode)
        self._traffic.report((self.label, "dropped", ""), query, rcode, "", reply)
        return fit(query, reply)

    def _recover(self, query: Query, error: BaseException) -> bytes:
        self._failed(error)
        self._metrics.counter("coredns_panics_total", "A metrics that counts the number of panics.").cell().add()
        return self._drop(query, SERVFAIL)
