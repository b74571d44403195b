"""The function that CoreDNS adds to the language: whether an address lies in a network."""

from __future__ import annotations

from functools import lru_cache

from corefile.golang.faults import EvaluationFault


def incidr(address: str, network: str) -> bool:
    """Whether the address lies in the network; raises EvaluationFault for what is neither."""
    version, number = _number_of(address)
    wanted, first, last = _bounds(network)
    return version == wanted and first <= number <= last


@lru_cache(maxsize=4096)
def _number_of(address: str) -> tuple[int, int]:
    """IP version and number of an address; IPv4 in IPv6 is IPv4."""
    from ipaddress import ip_address

    try:
        found = ip_address(address)
    except ValueError:
        found = None
    if found is None or "%" in address:
        raise EvaluationFault(f"'{address}' is no IP address")
    mapped = found.ipv4_mapped if found.version == 6 else None
    return (4, int(mapped)) if mapped is not None else (found.version, int(found))


@lru_cache(maxsize=1024)
def _bounds(network: str) -> tuple[int, int, int]:
    """IP version, first and last address of a network."""
    from ipaddress import ip_network

    address, _, length = network.partition("/")
    if not (length.isascii() and length.isdigit()) or "%" in address:
        raise EvaluationFault(f"'{network}' is no network: an address, '/' and a length are allowed")
    try:
        found = ip_network(f"{address}/{int(length)}", strict=False)
    except ValueError:
        raise EvaluationFault(f"'{network}' is no network: an address, '/' and a length are allowed") from None
    first, last = int(found.network_address), int(found.broadcast_address)
    if found.version == 6 and first >> 32 == 0xFFFF:
        return 4, first & 0xFFFFFFFF, last & 0xFFFFFFFF
    return found.version, first, last
