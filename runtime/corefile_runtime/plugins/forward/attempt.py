"""Attempts: one query on its way through the upstreams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.events.log_output import render_message
from corefile_runtime.plugins.forward.odd_replies import mend_reply, repeats_question
from corefile_runtime.wire.classify import read_rcode
from corefile_runtime.wire.hexdump import render_hexdump
from corefile_runtime.wire.names import Cut, Malformed, render_name
from corefile_runtime.wire.question import MIN_SIZE, Query
from corefile_runtime.wire.rcodes import FORMERR, NOERROR, SERVFAIL, TSIG
from corefile_runtime.wire.replies import empty_truncated, error_reply
from corefile_runtime.wire.reply_check import check_records, check_reply

if TYPE_CHECKING:
    from corefile_runtime.plugins.forward.forwarder import Forwarder
    from corefile_runtime.upstream.proxy import Proxy
    from corefile_runtime.wire.records import Place

DEADLINE = 5.0
"""Seconds after a query's arrival for which upstreams are tried (CoreDNS: defaultTimeout)."""
ROUND = 0.02
"""Seconds between two rounds where only time ends the attempts: without it errors that come at once never would."""


class Attempt(Pending):
    """The promise of the reply, which waits on sockets itself: nothing else is made for each query.

    `proceed` asks the next upstream; then a pool calls `arrived`, `failed` or `crashed`, once.
    """

    __slots__ = (
        "_attempts", "_ended", "_error", "_failovers", "_fails", "_forwarder", "_index", "_onward", "_order", "_over",
        "_proxy", "_query", "_sent", "name", "until", "wire",
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
        self._ended = False
        self.wire = query.wire
        self.name = query.name

    # -- asking

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
        """Ask the next upstream; a reply when there is none left to ask, None while one is asked.

        The order of the tests is that of CoreDNS's loop (forward.go, ServeDNS).
        """
        forwarder, query = self._forwarder, self._query
        most, count, now = forwarder.max_attempts, len(forwarder.proxies), forwarder.loop.now
        while now < query.start + DEADLINE and now < query.deadline and (most == 0 or self._attempts < most):
            # All have been asked: a new round, in the same order. CoreDNS begins it at once; see ROUND.
            if self._index >= count:
                self._index = self._fails = 0
                if most == 0:
                    forwarder.home.delay(ROUND, self._go_on)
                    return None
            proxy = self._order[self._index]
            self._index += 1
            if proxy.health.fails and proxy.down(forwarder.config.max_fails):
                self._fails += 1
                if self._fails < count:
                    continue
                forwarder.broken.value += 1
                if forwarder.config.failfast_all_unhealthy_upstreams:
                    break
                proxy = forwarder.random_order()[0]  # all seem to be down: then the checks may be wrong
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

    def _go_on(self) -> None:
        try:
            if reply := self.proceed():
                self.resolve(reply)
        except Exception as error:
            self.crashed(error)
            raise

    def _count_failure(self, error: str) -> bool:
        """Remember an upstream's failure; whether another may be tried."""
        self._error = error
        forwarder = self._forwarder
        # In-band checks: they begin with a failed query, and only where somebody looks at them.
        if forwarder.config.max_fails:
            self._proxy.health.start()
        if forwarder.max_attempts:
            self._attempts += 1
            if self._attempts >= forwarder.max_attempts:
                return False
        return self._fails < len(forwarder.proxies)

    # -- what comes of it

    def failed(self, error: str) -> None:
        """The upstream gave no reply."""
        reply = None
        if self._count_failure(error):
            reply = self.proceed()
            if reply is None:
                return
        self.resolve(reply or self._finish(Reply(SERVFAIL, None, error)))

    def crashed(self, error: Exception) -> None:
        """SERVFAIL, as for what goes wrong in a chain; unless there has been a reply, and sending it went wrong."""
        if not self._ended:
            self.resolve(self._finish(Reply(SERVFAIL, None, f"{type(error).__name__}: {error}")))

    def arrived(self, wire: bytes, over: str) -> bool:
        """The upstream replied; whether it was a reply to this question."""
        query, whole = self._query, True
        end = query.end
        # CoreDNS sets its buffer to what the client takes, 512 at least (lookupDNS: UDPSize).
        if len(wire) > MIN_SIZE and over == "udp" and len(wire) > self.limit:
            wire, whole = wire[: self.limit], False  # CoreDNS reads no more of it
        forwarder, flags_high = self._forwarder, wire[2]
        config = forwarder.config
        if flags_high & 2 and config.prefer_udp and self._over == "udp":
            self._ask_over_tcp(wire)
            return True
        # Some upstreams change the case of letters in the question; CoreDNS compares in lower case (request.Match).
        question = query.wire[12:end]
        same = wire.startswith(question, 12) or repeats_question(wire, question)
        if not same or wire[4:6] != b"\0\1" or flags_high < 128:
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
            if rtype == TSIG and wire[10:12] != b"\0\0":  # it cannot be checked: miekg/dns fails without a secret
                self.failed("dns: no secrets defined")
                return False
            end = body + 10 + (wire[body + 8] << 8 | wire[body + 9])
        self._proxy.observe(read_rcode(wire), forwarder.loop.now - self._sent)
        if len(wire) > end:  # what is behind the last record is nothing
            wire = wire[:end]
        if (config.failover or self._onward) and self._goes_on(wire):
            return True
        if config.max_concurrent:
            self.leave()
        self._ended = True
        self.resolve(Reply(NOERROR, query.wire[:2] + wire[2:], "", None, places))
        return True

    def _observe(self, wire: bytes) -> None:
        self._proxy.observe(read_rcode(wire), self._forwarder.loop.now - self._sent)

    def _ask_over_tcp(self, wire: bytes) -> None:
        """The reply over UDP has been truncated, and TCP is the way for those (RFC 7766, 5)."""
        self._observe(wire)
        self._over = "tcp"
        self._sent = self._forwarder.loop.now
        if error := self._proxy.tcp.ask(self):
            self.failed(error)

    def _mend(
        self, wire: bytes, over: str, error: Malformed, *, whole: bool
    ) -> tuple[bytes, list[Place] | None] | None:
        """A reply that is odd, and its records; None when it is no reply, and this attempt is over.

        One that ends too early over UDP has been truncated on its way.
        """
        try:
            return mend_reply(wire, self._query.end, error, whole=whole)
        except Malformed as worse:
            if self._gives_up(wire, over, worse):
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
        """The reply is one to another question, or it is broken: then it may be none.

        CoreDNS answers FORMERR to a reply that does not match (request.Match), and asks nobody else.
        """
        try:
            check_reply(wire)
        except Malformed as error:
            if self._gives_up(wire, over, error):
                return
        self._observe(wire)
        if self._forwarder.home.debug:
            self._dump(wire)
        self.resolve(self._finish(Reply(NOERROR, error_reply(self._query, FORMERR))))

    def _dump(self, wire: bytes) -> None:
        query = self._query
        number, name = query.wire[0] << 8 | query.wire[1], render_name(query.asked)
        said = f"Wrong reply for id: {number}, {name} {query.qtype}"
        dump = render_hexdump(query.wire[:2] + wire[2:])
        self._forwarder.home.write(f"{render_message('DEBUG', said)}\n{dump}")

    def _goes_on(self, wire: bytes) -> bool:
        """Whether another upstream or the next forwarder takes over because of the reply's rcode."""
        forwarder, rcode = self._forwarder, read_rcode(wire)
        config = forwarder.config
        # As many replies as there are upstreams, whatever the attempts: the last one goes to the client (ServeDNS).
        if rcode in config.failover:
            self._failovers += 1
            if self._failovers < len(forwarder.proxies):
                if reply := self.proceed():
                    self.resolve(reply)
                return True
        # `next_on_nodata` looks at the answer section alone (isEmpty).
        empty = rcode == NOERROR and wire[6:8] == b"\0\0"
        if self._onward and (rcode in config.next_rcodes or (config.next_on_nodata and empty)):
            # The next forwarder counts by itself: this one's place under `max_concurrent` is free again.
            outcome = self._onward(self._query)
            self.leave()
            if isinstance(outcome, Pending):
                outcome.then(self.resolve)
            else:
                self.resolve(outcome)
            return True
        return False

    # -- its end

    def _finish(self, reply: Reply) -> Reply:
        self.leave()
        return reply

    def leave(self) -> None:
        """It has ended, and makes room for another one under `max_concurrent`."""
        if not self._ended:
            self._ended = True
            if self._forwarder.config.max_concurrent:
                self._forwarder.concurrent -= 1
