"""One listening address: which chain a query goes to, and what is answered before and after the chains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from corefile_runtime.chain.inner_query import Ask, asker
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.chain.settings import Settings
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.metrics.traffic import Traffic
from corefile_runtime.replay.client_classes import ClientClasses
from corefile_runtime.replay.cookies import blank, find_cookie
from corefile_runtime.replay.store import Store
from corefile_runtime.replay.terms import Terms
from corefile_runtime.sockets.addresses import pack_address
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import MIN_SIZE, Query, Transport, read_query
from corefile_runtime.wire.rcodes import DS, NOERROR, OPT, REFUSED, SERVFAIL, UNWRITTEN
from corefile_runtime.wire.records import find_records, question_end
from corefile_runtime.wire.replies import badvers_reply, error_reply, fit

if TYPE_CHECKING:
    from corefile_runtime.sockets.encryption import Encryption
    from corefile_runtime.sockets.interception import Interceptor
    from corefile_runtime.sockets.proxy_trust import Trust


class Route(NamedTuple):
    """One server block's chain for a zone: None for a block without plugins. `admits` are its view's conditions."""

    serve: Serve | None
    admits: Callable[[Query], bool] | None = None


class Server:
    """Answers the queries of one address, over all its transports. `label` is its name in metrics: `dns://:53`.

    `stores` keep answers for replay, by transport. Where answers depend on the client's address, `client_classes` gives
    the mark that stands before the query in their keys. `timeouts` are the settings of connections that are not the
    usual ones, `trust` says whose PROXY headers count, `shed` drops datagrams when there are too many, and `tls`
    encrypts. `waiting` counts the queries that are under way.
    """

    def __init__(self, label: str, metrics: Registry, failed: Callable[[BaseException], object], entries: int) -> None:
        self.label = label
        self.opens_classes = False
        self.stores = {over: Store(entries) for over in ("udp", "tcp")}
        self.client_classes: ClientClasses | None = None
        self.timeouts: dict[str, float] = {}
        self.trust: Trust | None = None
        self.shed: Interceptor | None = None
        self.tls: Encryption | None = None
        self.waiting = 0
        self._replays = entries > 0
        self._routes: dict[bytes, list[Route]] = {}
        self._only_root: Serve | None = None
        self._failed = failed
        self._traffic = Traffic(metrics)
        self._panics = metrics.counter("coredns_panics_total", "A metrics that counts the number of panics.").cell()

    @property
    def ask_inside(self) -> Ask:
        """For plugins that follow a name; not kept here, where it would lead back."""
        return asker(self)

    def add(self, zone: str, route: Route) -> None:
        """Serve a zone; several routes of one zone are tried in order."""
        name = parse_name(zone.lower())
        self._routes.setdefault(name, []).append(route)
        alone = name == b"\0" and len(self._routes) == len(self._routes[name]) == 1 and route.admits is None
        self._only_root = route.serve if alone else None

    def adopt(self, settings: Settings) -> None:
        """Take up what a block that is served here says; of several blocks the last decides about timeouts."""
        self.timeouts |= settings.timeouts
        self.opens_classes |= settings.opens_classes
        self.tls = settings.tls or self.tls
        if settings.shed is not None and self.shed is None:
            self.shed = settings.shed(self.label)
        if settings.trust is not None:
            self.trust = settings.trust.after(self.trust)
        if settings.view is not None and not settings.view.stable:
            self._replays = False
        if settings.networks or settings.each_client:
            self.client_classes = self.client_classes or ClientClasses()
            self.client_classes.divide(settings.networks)
            if settings.each_client:
                self.client_classes.tell_apart()

    def tell_families_apart(self) -> None:
        """Replay no answer to an IPv6 client that an IPv4 client got: the metrics count families."""
        self.client_classes = self.client_classes or ClientClasses()

    def ask(self, wire: bytes, via: Transport, peer: bytes, start: float) -> bytes | None:
        """Answer one message: the reply, or None when there is none or it will be sent later."""
        query = read_query(wire, via, peer, start)
        if not isinstance(query, Query):
            return query
        try:
            if query.qclass != 1:
                if query.end == 12:
                    return self._drop(query, SERVFAIL)
                if not self.opens_classes:
                    return self._drop(query, REFUSED)
            if query.opt and query.wire[query.opt + 6]:
                return badvers_reply(query)
            serve = self._only_root or self._find(query)
            if serve is None:
                return self._drop(query, REFUSED)
            outcome = serve(query)
            if isinstance(outcome, Pending):
                self.waiting += 1
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
        if query.seal is not None or query.changed is not None:
            seal = query.last_seal
            if seal is not None and reply.more is None:
                return seal(fit(query, wire, seal.reserve))
        if reply.more is not None:
            query.via.stream(self._messages(query, wire, reply.more), query.peer)
            return None
        out = fit(query, wire)
        terms = reply.terms if reply.wire is not None else None
        if terms is not None and self._replays:
            if not query.options:
                self._keep(query, terms, wire, out)
            elif at := find_cookie(query.wire):
                self._keep_for_any_cookie(query, terms, wire, out, at)
        return out

    def _messages(self, query: Query, first: bytes, more: Iterator[bytes]) -> Iterator[bytes]:
        """The messages of a reply, each as it goes to the client, made when the one before has been taken."""
        seal = query.last_seal
        self.waiting += 1
        try:
            wire: bytes | None = first
            while wire is not None:
                out = fit(query, wire, seal.reserve if seal is not None else 0)
                yield seal(out) if seal is not None else out
                wire = next(more, None)
        finally:
            self.waiting -= 1

    def _keep_for_any_cookie(self, query: Query, terms: Terms, wire: bytes, out: bytes, at: int) -> None:
        """The cookie begins at an offset. Only a reply that ends as the query does, in an OPT with nothing else."""
        asked = query.wire
        if out.endswith(asked[at - 6 :]):
            size = len(asked) - at
            self.stores[query.via.over].cookies = True
            self._keep(query, terms, wire, blank(out, size), blank(asked, size))

    def _keep(self, query: Query, terms: Terms, wire: bytes, out: bytes, asked: bytes = b"") -> None:
        """Only what was not cut: where it ends is the client's business. `asked` is the query as it is to be kept."""
        if out[2] & 2 == wire[2] & 2 and len(out) <= 65000:
            mark = b""
            if self.client_classes is not None:
                mark = self.client_classes.mark(pack_address(query.via.client(query.peer)[0]))
            offsets: tuple[int, ...] = ()
            if terms.ages:
                places = find_records(out, question_end(out))
                offsets = tuple(body + 4 for _, body, rtype in places if rtype != OPT)
            is_lower = query.wire[12 : query.end - 4] == query.name
            self.stores[query.via.over].keep(asked or query.wire, mark, out, terms, offsets, is_lower=is_lower)

    def _deliver(self, reply: Reply, query: Query) -> None:
        self.waiting -= 1
        plain = reply.wire
        # As `fits`, without the call: this is the way of every reply that had to be waited for.
        if (
            plain is not None
            and len(plain) <= MIN_SIZE
            and not (reply.terms or query.opt or query.changed or query.seal or reply.more)
        ):
            query.via.send(plain, query.peer)
            return
        try:
            wire = self._finish(query, reply)
        except Exception as error:
            wire = self._recover(query, error)
        if wire is not None:
            query.via.send(wire, query.peer)

    def _rescue(self, error: Exception, query: Query) -> None:
        self.waiting -= 1
        query.via.send(self._recover(query, error), query.peer)

    def flush_counts(self) -> None:
        """Flush the counts that entries have only noted."""
        for store in self.stores.values():
            store.flush_counts()

    def clear(self, between: Callable[[], object]) -> None:
        """The configuration is gone: nothing is replayed any more, and chains are let go of, with something between."""
        for store in self.stores.values():
            store.clear()
        self._only_root = None
        while self._routes:
            self._routes.popitem()
            between()

    def _drop(self, query: Query, rcode: int) -> bytes:
        """An error of the server's own: counted under the zone `dropped`."""
        reply = error_reply(query, rcode)
        self._traffic.report((self.label, "dropped", ""), query, rcode, "", reply)
        return fit(query, reply)

    def _recover(self, query: Query, error: BaseException) -> bytes:
        self._failed(error)
        self._panics.add()
        return self._drop(query, SERVFAIL)
