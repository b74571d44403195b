"""Expressions of `view` and `template`: what they see of a query, and what their values depend on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

from corefile.golang.exprlang import Program
from corefile.golang.exprlang.networks import incidr
from corefile.golang.exprlang.nodes import Node
from corefile.ir.ranges import parse_cidr
from corefile_runtime.wire.question import MAX_SIZE, MIN_SIZE, Query
from corefile_runtime.wire.rcodes import render_class, render_type

# What changes from query to query, or is not in the key of an entry.
_CHANGING = frozenset(("id", "port", "metadata", "server_ip", "$env"))


def environment(query: Query, port: str) -> dict[str, object]:
    """The functions that an expression may call (CoreDNS: expression.DefaultEnv); `port` is the listener's."""
    via, peer = query.via, query.peer

    def metadata(label: str) -> str:
        return (query.labels or {}).get(label, "")

    return {
        "incidr": incidr,
        "metadata": metadata,
        "type": lambda: render_type(query.qtype),
        "name": lambda: query.text,
        "class": lambda: render_class(query.qclass),
        "proto": lambda: via.over,
        "size": lambda: query.length,
        "client_ip": lambda: via.client(peer)[0],
        "port": lambda: str(via.client(peer)[1]),
        "id": lambda: int.from_bytes(query.wire[:2], "big"),
        "opcode": lambda: query.wire[2] >> 3 & 15,
        "do": lambda: query.dnssec,
        "bufsize": lambda: MAX_SIZE if via.over == "tcp" else max(query.size, MIN_SIZE),
        "server_ip": via.local,
        "server_port": lambda: port,
    }


@dataclass(slots=True)
class Dependence:
    """What values depend on beyond the bytes of the query, its transport and its listener.

    `stable` is false for what no key of an entry holds. `networks` and `each_client` as in `Settings`.
    """

    stable: bool = True
    each_client: bool = False
    networks: set[IPv4Network | IPv6Network] = field(default_factory=set[IPv4Network | IPv6Network])


def dependence(programs: Iterable[Program]) -> Dependence:
    """What the values of expressions depend on."""
    found = Dependence()
    for program in programs:
        _look(program.root, found)
    return found


def _look(node: Node, found: Dependence) -> None:
    networks = _networks(node)
    if networks is not None:
        found.networks |= networks
        return
    if (node.kind == "name" and node.text in _CHANGING) or (node.kind == "builtin" and node.text == "now"):
        found.stable = False
    if node.kind == "name" and node.text == "client_ip":
        found.each_client = True
    for part in node.nodes:
        _look(part, found)


def _networks(node: Node) -> set[IPv4Network | IPv6Network] | None:
    """The networks that decide, when all that an operation does is to compare the client's address with constants."""
    parts = node.nodes
    if node.kind == "call" and parts[0].kind == "name" and parts[0].text == "incidr" and len(parts) == 3:
        if _is_client(parts[1]) and parts[2].kind == "string":
            network = parse_cidr(str(parts[2].value))
            return set() if network is None else {network}
    elif node.kind == "binary" and node.text in ("==", "!=", "in", "not in"):
        first, second = parts
        if _is_client(second):
            first, second = second, first
        others = second.nodes if second.kind == "array" else [second]
        if _is_client(first) and all(other.kind == "string" for other in others):
            return set(_addresses(others))
    return None


def _is_client(node: Node) -> bool:
    return node.kind == "call" and len(node.nodes) == 1 and node.nodes[0].text == "client_ip"


def _addresses(nodes: Iterable[Node]) -> Iterator[IPv4Network | IPv6Network]:
    for node in nodes:
        try:
            yield ip_network(str(node.value))
        except ValueError:  # no address: no client has it
            continue
