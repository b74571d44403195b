"""loadbalance: changes the order of the addresses in replies, at random or by weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from corefile.plugins.loadbalance import Loadbalance as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.plugins.loadbalance.alike import mix_alike
from corefile_runtime.plugins.loadbalance.balancer import PLAIN, PREFERRING, Order, reorder
from corefile_runtime.plugins.loadbalance.choice import by_weight, keep, mix, preferring
from corefile_runtime.plugins.loadbalance.weights import Weights
from corefile_runtime.wire.classify import read_rcode
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.rcodes import AAAA, SRV, A
from corefile_runtime.wire.records import question_end

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query

_WEIGHTED = tuple(rtype.to_bytes(2, "big") for rtype in (A, AAAA, SRV))

Orders = Sequence["Order | None"]
Choose = Callable[[bytes], Orders]
"""What to do with a reply's sections."""


def prepare(config: Config, home: Home) -> Link:
    """The policy, the same for all chains of the block. Preferred networks come on top of either policy."""
    weighted = config.policy == "weighted"
    choose = _choose_weighted(config, home) if weighted else _choose_mixed(config)
    mixes = not weighted and not config.prefer

    def finish(reply: Reply) -> Reply:
        wire = reply.wire
        # Only transfers have several messages, and those have their order (CoreDNS: WriteMsg).
        if wire is None or reply.more is not None or read_rcode(wire):
            return reply
        try:
            if mixes and wire[7] > 1 and (mixed := mix_alike(reply, wire)) is not None:
                return mixed
            if wire[6:12:2] == b"\0\0\0" and max(wire[7:12:2]) < 2:  # three times at most one record
                return reply
            # CoreDNS finds the weights of an owner in exactly its letters (topAddressIndex).
            return reorder(reply, wire, choose(wire), folds=not weighted)
        except (Malformed, IndexError):
            return reply

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            outcome = behind(query)
            return outcome.then(finish) if isinstance(outcome, Pending) else finish(outcome)

        return serve

    return link


def _choose_mixed(config: Config) -> Choose:
    plain = Order(PLAIN, mix, mix)
    sides = Order(PREFERRING, preferring(config.prefer, mix), mix) if config.prefer else plain
    orders = (sides, plain, sides)
    return lambda _wire: orders


def _choose_weighted(config: Config, home: Home) -> Choose:
    """Only replies to questions for addresses and services, and only sections that have addresses."""
    arrange = by_weight(Weights(config, home))
    others: Orders = (None, None, None)
    sides = Order(PLAIN, arrange, only_with_addresses=True)
    if config.prefer:
        sides = Order(PREFERRING, preferring(config.prefer, arrange))
        unweighted = Order(PREFERRING, preferring(config.prefer, keep))
        others = (unweighted, None, unweighted)

    def choose(wire: bytes) -> Orders:
        end = question_end(wire)
        return (sides, None, sides) if wire[end - 4 : end - 2] in _WEIGHTED else others

    return choose


HANDLER = Handler(one(Config, prepare), replays=True)
