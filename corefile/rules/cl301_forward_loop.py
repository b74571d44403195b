"""A query is forwarded to the server that it came to.

## What it finds

A `forward` one of whose upstreams is an address and port of this Corefile, where the same query gets to the same
`forward` again, directly or by way of others.

## Why

The query goes round until its clients have given up or the memory is used up, and each round is a further query. With
`loop` CoreDNS finds out at start and ends: in Kubernetes, CrashLoopBackOff. It looks for the first zone only.

## Example

```corefile
. {
    forward . 127.0.0.1
}
```

## Instead

```corefile
. {
    forward . 192.0.2.53
}
```

## Notes

Meant are the loopback addresses 127.0.0.1 and ::1 where a block is bound to all addresses, and addresses that a `bind`
names. Not meant are other loopback addresses (127.0.0.53 is mostly systemd-resolved, 127.0.0.11 the resolver of
Docker), blocks with `view`, and blocks with `rewrite`, which may ask the server for another name on purpose.

Of 562 Corefiles from public repositories that CoreDNS takes, two have this; both are right.

## References

- CoreDNS, `loop`: https://coredns.io/plugins/loop/#troubleshooting
- coredns/coredns#2087, #2790, #3662; kubernetes/dns#288
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Related, Severity
from corefile.ir.names import is_subdomain
from corefile.ir.program import Program
from corefile.ir.source import Span
from corefile.plugins.forward.config import Forward, Upstream
from corefile.plugins.uses import Use
from corefile.rules import Finding
from corefile.rules.chains import Chain, answering

severity: Severity = "error"
since = "0.1.0"

LOOPBACK = frozenset({"127.0.0.1", "::1", "0.0.0.0", "::"})  # noqa: S104 - what is looked for
"""Upstreams that are this machine. A connection to the unspecified addresses gets to it as well."""

MOST_HOPS = 16
"""How many times a query is followed from block to block: real loops are short."""

Routes: TypeAlias = "tuple[tuple[str, int], ...]"
"""The zones of a listener, and the numbers of their blocks."""


def check(compiled: Compiled) -> Iterator[Finding]:
    loops = Loops(compiled.program, list(compiled.uses(Forward)))
    for use in loops.uses:
        yield from loops.check(use)


class Loops:
    """Which `forward` sends its queries to which other one of the same Corefile."""

    def __init__(self, program: Program, uses: list[Use[Forward]]) -> None:
        self.uses = uses
        self._own = {(at.transport, at.address, at.port): at.routes for at in program.listeners}
        self._local = {(at.transport, at.port) for at in program.listeners}
        self._in_block: dict[int, list[Use[Forward]]] = {}
        self._chains: dict[int, Chain] = {}
        for use in uses:
            self._in_block.setdefault(use.index, []).append(use)

    def check(self, use: Use[Forward]) -> Iterator[Finding]:
        """One finding for each upstream from which queries come back."""
        for number, upstream in enumerate(use.config.upstreams):
            routes = self._routes(upstream)
            for zone in self._zones(use) if routes else ():
                way = self._way_back(use, zone, routes)
                if way is not None:
                    message = f"upstream '{upstream}' is this server: queries for '{zone}' come back here without end"
                    related = tuple(Related("by way of this one", other.span) for other in way)
                    cure = "forward to another server, or 'bind' this one to addresses that are not its upstreams"
                    yield Finding(_place(use, number, upstream), message, cure, related=related)
                    break

    def _zones(self, use: Use[Forward]) -> list[str]:
        """The names at which it is asked in its block; none where nobody can tell."""
        block = use.block
        if block.plugin("view") is not None or block.plugin("rewrite") is not None:
            return []
        chain = self._chains.get(use.index)
        if chain is None:
            chain = self._chains[use.index] = answering(block, use.index)
        here = (use.name, use.number)
        at = next(at for at, link in enumerate(chain.links) if (link.use.name, link.use.number) == here)
        zones = [zone for zone in chain.links[at].names if chain.hiding(at, zone) is None]
        return [zone for zone in zones if not any(is_subdomain(name, zone) for name in use.config.ignored)]

    def _routes(self, upstream: Upstream) -> Routes:
        """What an upstream leads to if it is a listener of this Corefile."""
        transport, host, port = upstream.transport, upstream.host, upstream.port
        if not upstream.literal or upstream.service or (transport, port) not in self._local:
            return ()
        addresses = [host, "", "lo"] if host in LOOPBACK else [host]
        return next((self._own[transport, at, port] for at in addresses if (transport, at, port) in self._own), ())

    def _way_back(self, goal: Use[Forward], zone: str, routes: Routes) -> list[Use[Forward]] | None:
        """Which uses lie between an upstream and the use that asked it; None where the query does not come back."""
        ways: list[tuple[Routes, list[Use[Forward]]]] = [(routes, [])]
        passed: set[tuple[int, int]] = set()
        for routes, way in ways:
            for use in self._asked(routes, zone):
                if (use.index, use.number) == (goal.index, goal.number):
                    return way
                if (use.index, use.number) not in passed and len(way) < MOST_HOPS:
                    passed.add((use.index, use.number))
                    ways += [(self._routes(upstream), [*way, use]) for upstream in use.config.upstreams]
        return None

    def _asked(self, routes: Routes, zone: str) -> Iterator[Use[Forward]]:
        """The uses that a query for a zone gets to; none where several blocks of one zone are told apart by `view`."""
        served = [(len(name), block) for name, block in routes if is_subdomain(name, zone)]
        longest = max((length for length, _ in served), default=0)
        blocks = {block for length, block in served if length == longest}
        for use in self._in_block.get(blocks.pop(), ()) if len(blocks) == 1 else ():
            if any(is_subdomain(at, zone) for at in self._zones(use)):
                yield use


def _place(use: Use[Forward], number: int, upstream: Upstream) -> Span:
    """The word of an upstream; CoreDNS drops words that repeat one."""
    words = use.arguments()[1:]
    if len(words) == len(use.config.upstreams):
        return words[number].span
    return next((word.span for word in words if upstream.host in word.text), use.span)
