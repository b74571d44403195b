"""Address ranges: reading them as Go does, and the reverse zones that cover them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network


def parse_cidr(text: str) -> IPv4Network | IPv6Network | None:
    """The range that Go's `net.ParseCIDR` reads, host bits cut; None when it refuses the text.

    Go wants a whole address without a zone and without leading zeros in its octets, and a decimal prefix length.
    """
    address, slash, bits = text.partition("/")
    if not slash or not bits.isascii() or not bits.isdigit() or "%" in address:
        return None
    from ipaddress import ip_network  # not before something looks like a range: start-up is short

    try:
        return ip_network((address, int(bits)), strict=False)
    except ValueError:
        return None


def reverse_zones(network: IPv4Network | IPv6Network) -> tuple[str, ...]:
    """The reverse zones of a range, split at the next octet (IPv4) or nibble (IPv6): a /22 gives four."""
    step = 8 if network.version == 4 else 4
    bits = -(-network.prefixlen // step) * step
    return tuple(_reverse_zone(part, bits // step) for part in network.subnets(new_prefix=bits))


def _reverse_zone(network: IPv4Network | IPv6Network, labels: int) -> str:
    if network.version == 4:
        digits = str(network.network_address).split(".")
        suffix = "in-addr.arpa."
    else:
        digits = list(network.network_address.exploded.replace(":", ""))
        suffix = "ip6.arpa."
    return "".join(digit + "." for digit in reversed(digits[:labels])) + suffix
