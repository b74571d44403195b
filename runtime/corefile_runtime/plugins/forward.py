"""forward: passes queries on to upstreams, and their replies back as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from corefile.plugins.forward import Forward as Config
from corefile.plugins.forward import Upstream
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.upstream.choice import choose_order
from corefile_runtime.upstream.health import Check
from corefile_runtime.upstream.proxy import Proxy
from corefile_runtime.upstream.resolve import Target, look_up, read_nameservers
from corefile_runtime.upstream.udp import Lifetime
from corefile_runtime.wire.mend import mend
from corefile_runtime.wire.names import Cut, Malformed, parse_name
from corefile_runtime.wire.question import MIN_SIZE, Query
from corefile_runtime.wire.rcodes import FORMERR, NOERROR, REFUSED, SERVFAIL, TSIG
from corefile_runtime.wire.replies import empty_truncated, error_reply
from corefile_runtime.wire.reply_check import Fewer, check_records, check_reply
from corefile_runtime.wire.zone_match import is_below

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site
    from corefile_runtime.wire.records import Place

MAX_UPSTREAMS = 15
DEADLINE = 5.0

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """One forwarder for each `forward` line, each next to the one before it."""
    forwarders = [Forwarder(cast("Config", config), home) for config in configs]

    def bind(site: Site) -> Serve:
        serve, behind = site.next, False
        for forwarder in reversed(forwarders):
            onward = site.around("forward", serve) if behind else serve
            serve, behind = forwarder.bind(onward, hands_on=behind), True
        return serve

    return bind


class Forwarder:
    """What one `forward` line does."""

    def __init__(self, config: Config, home: Home) -> None:
        self.config = config
        instance = home.instance
        self.loop = instance.loop
        self.zone = parse_name(config.zone)
        self._ignored = tuple(parse_name(name) for name in config.ignored)
        life = Lifetime(
            config.expire.seconds,
            config.max_age.seconds,
            config.max_idle,
            config.read_timeout.seconds,
            config.source_address,
        )
        check = Check(config.health_check.seconds, config.health_domain, config.health_recursion, config.force_tcp)
        self.proxies = [
            Proxy("forward", instance.loop, target.host, target.port, life, check, instance.metrics)
            for target in find_targets(config, home)
        ]
        self.order: Callable[[], list[Proxy]] = choose_order(config.policy, self.proxies)
        self.many = len(self.proxies) > 1
        self.random_order = choose_order("random", self.proxies)
        attempts = config.max_connect_attempts
        self.max_attempts = 2 * len(self.proxies) if attempts is None else attempts
        self.concurrent = 0
        metrics = instance.metrics
        self.broken = metrics.counter(
            "coredns_forward_healthcheck_broken_total",
            "Counter of the number of complete failures of the healthchecks.",
        ).cell()
        self.rejected = metrics.counter(
            "coredns_forward_max_concurrent_rejects_total",
            "Counter of the number of queries rejected because the concurrent queries were at maximum.",
        ).cell()
        instance.settlers += [proxy.settle for proxy in self.proxies]
        instance.on_stop.append(self.stop)
        instance.on_close += [proxy.close for proxy in self.proxies]

    def bind(self, behind: Serve, *, hands_on: bool) -> Serve:
        """The function for a chain. `hands_on`: what is behind is a forwarder, to which `next` may hand a query."""
        take_all = self.zone == b"\0" and not self._ignored
        limit = self.config.max_concurrent
        onward = behind if hands_on else None
        error = f"concurrent queries exceeded maximum {limit}"

        over = "tcp" if self.config.force_tcp else "udp" if self.config.prefer_udp else ""

        def serve(query: Query) -> Outcome:
            if not take_all and not self.takes(query.name):
                return behind(query)
            if limit:
                if self.concurrent >= limit:
                    self.rejected.value += 1
                    return Reply(REFUSED, None, error)
                self.concurrent += 1
            return Attempt(self, query, onward, over or query.via.over).start()

        return serve

    def takes(self, name: bytes) -> bool:
        """Whether a name is forwarded: at or below the zone, not at or below an exception."""
        zone = self.zone
        if name == zone:
            return True
        return is_below(name, zone) and not any(is_below(name, ignored) for ignored in self._ignored)

    def stop(self) -> None:
        """The configuration has gone; what is under way is finished."""
        for proxy in self.proxies:
            proxy.stop()


class Attempt(Pending):
    """One query on its way through the upstreams: `proceed` asks the next one."""

    __slots__ = (
        "_attempts", "_error", "_failovers", "_fails", "_forwarder", "_index", "_onward", "_order", "_over", "_proxy",
        "_query", "_sent", "name", "until", "wire",
    )  # fmt: skip

    _proxy: Proxy
    _sent: float
    until: float

    def __init__(self, forwarder: Forwarder, query: Query, onward: Serve | None, over: str) -> None:
        self._steps = []  # as Pending does; one of these is made for each query
        self._rescue = None
        self._forwarder = forwarder
        self._query = query
        self._onward = onward
        self._order: Sequence[Proxy] = forwarder.order() if forwarder.many else forwarder.proxies
        self._index = self._fails = self._attempts = self._failovers = 0
        self._error = ""
        self._over = over
        self.wire = query.wire
        self.name = query.name

    def start(self) -> Outcome:
        """Ask the first upstream. It is well as a rule, and nobody wants to know more: then there is little to do."""
        proxy, query = self._order[0], self._query
        if proxy.health.fails or query.labels is not None or query.span is not None:
            return self.proceed() or self
        self._index = 1
        self._proxy = proxy
        self._sent = self._forwarder.loop.now
        error = (proxy.udp if self._over == "udp" else proxy.tcp).ask(self)
        if not error:
            return self
        if self._count_failure(error):
            return self.proceed() or self
        return self._finish(Reply(SERVFAIL, None, error))

    @property
    def limit(self) -> int:
        """How many octets of a UDP reply are taken."""
        return self._query.limit

    def proceed(self) -> Reply | None:
        """Ask the next upstream; a reply when there is none left to ask, None while one is asked."""
        forwarder, query = self._forwarder, self._query
        most, count, now = forwarder.max_attempts, len(forwarder.proxies), forwarder.loop.now
        while now < query.start + DEADLINE and now < query.deadline and (most == 0 or self._attempts < most):
            if self._index >= count:
                self._index = self._fails = 0
            proxy = self._order[self._index]
            self._index += 1
            if proxy.health.fails and proxy.down(forwarder.config.max_fails):
                self._fails += 1
                if self._fails < count:
                    continue
                forwarder.broken.value += 1
                if forwarder.config.failfast_all_unhealthy_upstreams:
                    break
                proxy = forwarder.random_order()[0]
            if query.labels is not None:
                query.labels["forward/upstream"] = proxy.label
            if query.span is not None:
                query.span.step("connect", {"peer.address": proxy.label})
            self._proxy = proxy
            self._sent = now
            error = (proxy.udp if self._over == "udp" else proxy.tcp).ask(self)
            if not error:
                return None
            if not self._count_failure(error):
                break
        return self._finish(Reply(SERVFAIL, None, self._error or "no healthy proxies"))

    def _count_failure(self, error: str) -> bool:
        """Remember an upstream's failure; whether another may be tried."""
        self._error = error
        forwarder = self._forwarder
        if forwarder.config.max_fails:
            self._proxy.health.start()
        if forwarder.max_attempts:
            self._attempts += 1
            if self._attempts >= forwarder.max_attempts:
                return False
        return self._fails < len(forwarder.proxies)

    def failed(self, error: str) -> None:
        """The upstream gave no reply."""
        reply = None
        if self._count_failure(error):
            reply = self.proceed()
            if reply is None:
                return
        self.resolve(reply or self._finish(Reply(SERVFAIL, None, error)))

    def arrived(self, wire: bytes, over: str) -> bool:
        """The upstream replied; whether it was a reply to this question."""
        query, whole = self._query, True
        end = query.end
        if len(wire) > MIN_SIZE and over == "udp" and len(wire) > self.limit:
            wire, whole = wire[: self.limit], False  # CoreDNS reads no more of it
        forwarder, first = self._forwarder, wire[2]
        config = forwarder.config
        if first & 2 and config.prefer_udp and self._over == "udp":
            self._ask_over_tcp(wire)
            return True
        question = query.wire[12:end]
        same = wire.startswith(question, 12) or _repeats(wire, question)
        if not same or wire[4:6] != b"\0\1" or first < 128:
            self._mistaken(wire, over)
            return False
        places: list[Place] | None
        try:
            places = check_records(wire, end)
        except Malformed as error:
            mended = self._mend(wire, over, error, whole=whole)
            if mended is None:
                return False
            wire, places = mended
        if places:
            _, body, rtype = places[-1]
            if rtype == TSIG and wire[10:12] != b"\0\0":
                self.failed("dns: no secrets defined")
                return False
            end = body + 10 + (wire[body + 8] << 8 | wire[body + 9])
        self._proxy.observe(wire[3] & 15, forwarder.loop.now - self._sent)
        if len(wire) > end:  # what is behind the last record is nothing
            wire = wire[:end]
        if (config.failover or self._onward) and self._goes_on(wire):
            return True
        if config.max_concurrent:
            forwarder.concurrent -= 1
        self.resolve(Reply(NOERROR, query.wire[:2] + wire[2:], "", None, places))
        return True

    def _observe(self, wire: bytes) -> None:
        self._proxy.observe(wire[3] & 15, self._forwarder.loop.now - self._sent)

    def _ask_over_tcp(self, wire: bytes) -> None:
        """The reply over UDP has been truncated, and TCP is the way for those."""
        self._observe(wire)
        self._over = "tcp"
        self._sent = self._forwarder.loop.now
        if error := self._proxy.tcp.ask(self):
            self.failed(error)

    def _mend(
        self, wire: bytes, over: str, error: Malformed, *, whole: bool
    ) -> tuple[bytes, list[Place] | None] | None:
        """A reply that is odd, as CoreDNS understands it, and its records; None when it is no reply.

        One that ends too early over UDP has been truncated on its way. One of which not everything was read must say
        so even if it was cut between two records (RFC 2181, 9).
        """
        try:
            if whole or not isinstance(error, Fewer):
                return mend(wire, self._query.end)
        except Malformed as worse:
            error = worse
        if self._gives_up(wire, over, error):
            return None
        return empty_truncated(wire, self._query.end), None

    def _gives_up(self, wire: bytes, over: str, error: Malformed) -> bool:
        """Whether a broken reply ends this attempt. It does not when it only counts as truncated."""
        if over == "tcp" or not isinstance(error, Cut):
            self.failed(f"dns: {error}")
        elif self._forwarder.config.prefer_udp and self._over == "udp":
            self._ask_over_tcp(wire)
        else:
            return False
        return True

    def _mistaken(self, wire: bytes, over: str) -> None:
        """The reply is one to another question, or it is broken: then it may be none."""
        try:
            check_reply(wire)
        except Malformed as error:
            if self._gives_up(wire, over, error):
                return
        self._observe(wire)
        self.resolve(self._finish(Reply(NOERROR, error_reply(self._query, FORMERR))))

    def _goes_on(self, wire: bytes) -> bool:
        """Whether another upstream or the next forwarder takes over because of the reply's rcode."""
        forwarder, rcode = self._forwarder, wire[3] & 15
        config = forwarder.config
        if rcode in config.failover:
            self._failovers += 1
            if self._failovers < len(forwarder.proxies):
                if reply := self.proceed():
                    self.resolve(reply)
                return True
        empty = rcode == NOERROR and wire[6:8] == b"\0\0"
        if self._onward and (rcode in config.next_rcodes or (config.next_on_nodata and empty)):
            self._finish(None)
            outcome = self._onward(self._query)
            if isinstance(outcome, Pending):
                outcome.then(self.resolve)
            else:
                self.resolve(outcome)
            return True
        return False

    def _finish(self, reply: Reply | None) -> Reply:
        if self._forwarder.config.max_concurrent:
            self._forwarder.concurrent -= 1
        return reply or Reply(SERVFAIL)


def _repeats(wire: bytes, question: bytes) -> bool:
    """Whether a reply has the question, but for the letter case of its name."""
    end = 12 + len(question)
    return wire[end - 4 : end] == question[-4:] and wire[12 : end - 4].lower() == question[:-4].lower()


def find_targets(config: Config, home: Home) -> list[Target]:
    """The addresses of all upstreams, each once; raises StartError."""
    found: dict[str, Target] = {}
    entries = 0
    for upstream in config.upstreams:
        targets = _expand(upstream, config, home)
        if targets is None:  # a file without name servers
            continue
        entries += 1
        for target in targets:
            found.setdefault(join_host_port(target.host, target.port), target)
    if not found:
        raise home.refuse("no valid upstream addresses found")
    if entries > MAX_UPSTREAMS:
        raise home.refuse(f"more than {MAX_UPSTREAMS} TOs configured: {entries}")
    return list(found.values())


def _expand(upstream: Upstream, config: Config, home: Home) -> list[Target] | None:
    if upstream.transport != "dns":
        raise home.refuse(f"upstreams over {upstream.transport}:// are not supported by 'corefile run' yet")
    if upstream.service:
        raise home.refuse(f"port '{upstream.service}' of upstream {upstream.host} is no number from 0 to 65535")
    if upstream.literal:
        return [Target("dns", upstream.host, upstream.port)]
    servers = read_nameservers(str(upstream.path)) if upstream.path else None
    if servers is not None:
        return [Target("dns", server, 53) for server in servers] or None
    try:
        addresses = look_up(upstream.host, config.resolver)
    except (OSError, Malformed) as error:
        raise home.refuse(f'failed to resolve "{upstream.host}": {error}') from None
    return [Target("dns", address, upstream.port) for address in addresses]
