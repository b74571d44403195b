"""The servers that all blocks make together: ports, transports, and zones served twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corefile.diag.diagnostic import MOST, Diagnostic, Rank, Related
from corefile.ir.addresses import parse_ip
from corefile.ir.program import Block, Key
from corefile.ir.source import Span

SERVERS = 4
"""The stage of servers in CoreDNS's order of faults: after all plugins' setup."""


LISTENING = "CoreDNS takes the Corefile, and ends when it begins to listen"


def check_servers(blocks: Sequence[Block], *, resolved: bool = False) -> list[Diagnostic]:
    """What CoreDNS refuses when it makes its servers, in its order: ports, listeners, zones.

    The addresses of `resolved` blocks are those that this machine has; else interfaces are names.
    """
    found = [*_ports(blocks), *_missing_tls(blocks)]
    views = [block.plugin("view") is not None for block in blocks]
    served = _Served()
    notes = ("interface 'lo' has 127.0.0.1 and ::1",) if any("lo" in block.addresses for block in blocks) else ()
    for block, filtered in zip(blocks, views, strict=True):
        addresses = block.addresses if resolved else _bound(block)
        for key in block.keys:
            for address in addresses:
                # `unix` makes no server, and only a server asks its plugins for views.
                fault = served.add(key, address, filtered and key.transport != "unix")
                if fault is not None and len(found) < MOST:
                    found.append(fault._replace(notes=(*fault.notes, *notes)))
    return found


def _ports(blocks: Sequence[Block]) -> Iterable[Diagnostic]:
    """A block that `bind` leaves without addresses makes no server, whatever its ports."""
    for block in blocks:
        if not _bound(block):
            continue
        for key in block.keys:
            if not 0 <= key.port <= 65535:
                message = f"port {key.port} is out of range, 0 to 65535 is allowed"
                yield Diagnostic("CF125", "error", message, _span(key), rank=Rank(SERVERS, 0))


def _missing_tls(blocks: Sequence[Block]) -> Iterable[Diagnostic]:
    """DNS over QUIC and HTTP/3 needs a certificate; CoreDNS takes that of the last block on the listener.

    Where it is missing for QUIC alone, CoreDNS finds out when it begins to listen: then it has taken the Corefile.
    """
    last: dict[tuple[str, str, int], tuple[Key, Block]] = {}
    for block in blocks:
        for key in block.keys:
            if key.transport in ("https3", "quic"):
                addresses = [parse_ip(address) or address for address in _bound(block)]
                last.update({(key.transport, address, key.port): (key, block) for address in addresses})
    for key, block in last.values():
        if block.plugin("tls") is None:
            message = f"'{key}' needs a certificate, but its server block has no 'tls'"
            missing = Diagnostic("CF304", "error", message, _span(key), help="add 'tls CERT KEY'")
            late = key.transport == "quic"
            yield missing._replace(notes=(LISTENING,)) if late else missing._replace(rank=Rank(SERVERS, 1))


def _bound(block: Block) -> tuple[str, ...]:
    """The addresses of a block as CoreDNS compares them: `lo` stands for its own.

    Names of other interfaces stay: what they have is the machine's matter.
    """
    bound = block.plugin("bind")
    if bound is None:
        return block.addresses
    from corefile.plugins.bind import Bind, with_loopback

    found: list[str] = []
    for bind in bound.configs:
        if isinstance(bind, Bind):
            ignored = with_loopback(bind.ignored)
            found += [address for address in with_loopback(bind.addresses) if address not in ignored]
    return tuple(found)


class _Served:
    """The zones that blocks without `view` have taken so far, on all addresses or on one."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str, str, str], Key] = {}
        self._unbound: dict[tuple[str, str, str], tuple[Key, str]] = {}

    def add(self, key: Key, address: str, filtered: bool) -> Diagnostic | None:
        """Take a zone for a block; a diagnostic where CoreDNS refuses."""
        zone = (key.transport, key.zone, key.port_text)
        first = self._taken.get((*zone, address))
        if first is not None:
            return None if filtered else _twice(key, first, address)
        other = self._unbound.get(zone)
        if other is not None and (not address or (*zone, "") in self._taken):
            return _overlap(key, address, other)
        if not filtered:
            self._taken[*zone, address] = key
            self._unbound[zone] = (key, address)
        return None


def _twice(key: Key, first: Key, address: str) -> Diagnostic:
    where = f" on {address}" if address else ""
    return Diagnostic(
        "CF302",
        "error",
        f"'{key}'{where} is served twice",
        _span(key),
        help="merge the two server blocks, or tell them apart with 'view' or 'bind'",
        notes=_expansion(key),
        related=(Related("first served here", _span(first)),),
        rank=Rank(SERVERS, 2),
    )


def _overlap(key: Key, address: str, other: tuple[Key, str]) -> Diagnostic:
    here = f"bound to {address}" if address else "bound to all addresses"
    there = f"bound to {other[1]}" if other[1] else "bound to all addresses"
    return Diagnostic(
        "CF303",
        "error",
        f"'{key}' is {here} here and {there} elsewhere",
        _span(key),
        help="give both server blocks a 'bind', or neither",
        related=(Related(f"{there} here", _span(other[0])),),
        rank=Rank(SERVERS, 2),
    )


def _expansion(key: Key) -> tuple[str, ...]:
    """Says what a range stands for: the zone is not what the file has."""
    if key.word is not None and "/" in key.word.text:
        return (f"'{key.word.text}' stands for the reverse zones that cover it, '{key.zone}' among them",)
    return ()


def _span(key: Key) -> Span:
    assert key.word is not None
    return key.word.span
