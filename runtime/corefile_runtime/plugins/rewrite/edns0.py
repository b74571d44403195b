"""Rules for EDNS options."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from corefile.plugins.rewrite.rules import Edns0Rule, LocalRule, NsidRule, Rule, SubnetRule
from corefile_runtime.plugins.rewrite.answers import Revert
from corefile_runtime.plugins.rewrite.change import Apply, Change
from corefile_runtime.sockets.addresses import pack_address
from corefile_runtime.wire.replies import ECHOED

if TYPE_CHECKING:
    from corefile_runtime.chain.site import Site

NSID, SUBNET = 3, 8
# Options that CoreDNS takes apart: rules for local options do not see them, but for `unset`.
_KNOWN = frozenset((*range(1, 13), 15, 18, 19))

Data = Callable[[Change], "bytes | None"]
"""What an option is to hold; None for nothing to be had."""


def looks_at_clients(rule: Rule) -> bool:
    """Whether what a rule does depends on the client's address."""
    if isinstance(rule, SubnetRule):
        return rule.action != "unset"
    return isinstance(rule, LocalRule) and rule.variable == "{client_ip}"


def compile_edns0(rule: Edns0Rule, site: Site) -> Apply:
    """The option, by kind."""
    if isinstance(rule, LocalRule):
        ECHOED.add(rule.code)
        if rule.action == "unset":
            return _unset(rule.code)
        if rule.variable:
            return _compile_variable(rule, site)
        data = rule.data
        return _put(rule, rule.code, lambda _change: data, duplicates=True)
    code = NSID if isinstance(rule, NsidRule) else SUBNET
    if rule.action == "unset":
        return _unset(code)
    if isinstance(rule, SubnetRule):
        return _put(rule, SUBNET, lambda change: make_subnet(change, rule), duplicates=False)
    return _put(rule, NSID, lambda _change: b"", duplicates=True)


def _unset(code: int) -> Apply:
    def apply(change: Change) -> bool:
        options = change.edns()
        options[:] = [option for option in options if option[0] != code]
        return True

    return apply


def _put(rule: Edns0Rule, code: int, data: Data, *, duplicates: bool) -> Apply:
    """`set`, `append` and `replace`. With `duplicates` an option is appended beside one that is there."""
    replaces, appends = rule.action in ("replace", "set"), rule.action in ("append", "set")
    seen = code not in _KNOWN or not isinstance(rule, LocalRule)

    def apply(change: Change) -> bool:
        value = data(change)
        if value is None:
            return False
        options = change.edns()
        at = next((at for at, option in enumerate(options) if option[0] == code), None) if seen else None
        if at is not None and replaces:
            if rule.revert:
                change.answers.add_revert(Revert(code, options[at][1]))
            options[at] = (code, value)
            return True
        if not appends or (at is not None and not duplicates):
            return False
        options.append((code, value))
        if rule.revert:
            change.answers.add_revert(Revert(code, None))
        return True

    return apply


def make_subnet(change: Change, rule: SubnetRule) -> bytes:
    """The client's network (RFC 7871, 6)."""
    address = pack_address(change.query.via.client(change.query.peer)[0])
    family, bits = (1, rule.ipv4_bits) if len(address) == 4 else (2, rule.ipv6_bits)
    unused = len(address) * 8 - bits
    masked = (int.from_bytes(address, "big") >> unused << unused).to_bytes(len(address), "big")
    return bytes((0, family, bits, 0)) + masked[: (bits + 7) // 8]


def _compile_variable(rule: LocalRule, site: Site) -> Apply:
    """A variable that has no value adds no EDNS either."""
    name = rule.variable[1:-1]
    port = site.server.rpartition(":")[2]
    variables: dict[str, Data] = {
        "qname": _qname,
        "qtype": lambda change: change.qtype.to_bytes(2, "big"),
        "client_ip": lambda change: pack_address(change.query.via.client(change.query.peer)[0]),
        "client_port": _client_port,
        "protocol": lambda change: change.query.via.over.encode(),
        "server_ip": server_ip,
        "server_port": lambda _change: int(port).to_bytes(2, "big"),
    }

    def look_up(change: Change) -> bytes | None:
        change.private = True
        value = (change.query.labels or {}).get(name, "")
        return value.encode("utf-8", "surrogateescape") or None

    return _put(rule, rule.code, variables.get(name, look_up), duplicates=False)


def _qname(change: Change) -> bytes:
    change.spelled = True
    return change.shown().encode("utf-8", "surrogateescape")


def _client_port(change: Change) -> bytes:
    change.private = True
    return change.query.via.client(change.query.peer)[1].to_bytes(2, "big")


def server_ip(change: Change) -> bytes | None:
    """The address that was asked, in the form of the client's; a wildcard has none for clients of IPv4."""
    query = change.query
    change.private |= query.via.over != "udp"
    local = pack_address(query.via.local())
    client = pack_address(query.via.client(query.peer)[0])
    if len(client) == len(local):
        return local
    if len(client) == 16:
        return b"\0" * 10 + b"\xff\xff" + local
    mapped = IPv6Address(local).ipv4_mapped
    return mapped.packed if mapped is not None else None
