"""Classes of clients: answers that depend on the client's address are replayed to clients of the same class only.

A plugin that looks at the address says which networks matter to it. Two addresses that lie in the same of all these
networks get the same answers; and as networks nest, that is so when the narrowest network around both is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

_REMEMBERED = 65536
_MAPPED = b"\0" * 10 + b"\xff\xff"


class ClientClasses:
    """The marks of addresses: equal for addresses of one class, and all of the same length.

    The length is fixed because a mark stands before the bytes of a query in the key of an entry, and no client
    may choose bytes that read like another's mark.
    """

    def __init__(self) -> None:
        # Networks by the length of their prefix. IPv4 lies in one of its own: no IPv6 network has its clients.
        self._networks: dict[int, set[int]] = {96: {0xFFFF}}
        self._each = False
        self._marks: dict[bytes, bytes] = {}

    def divide(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        """Clients inside and outside of each of these networks may get different answers."""
        for network in networks:
            number, bits = int(network.network_address), network.prefixlen
            if network.version == 4:
                number, bits = number | 0xFFFF << 32, bits + 96
            self._networks.setdefault(bits, set()).add(number >> 128 - bits)
        self._marks.clear()

    def tell_apart(self) -> None:
        """Each client may get an answer of its own."""
        self._each = True
        self._marks.clear()

    def mark(self, address: bytes) -> bytes:
        """The mark of an address of 4 or 16 octets; an IPv4-mapped one is the same client."""
        found = self._marks.get(address)
        if found is None:
            if len(self._marks) >= _REMEMBERED:
                self._marks.clear()
            found = self._marks[address] = self._make(address)
        return found

    def _make(self, address: bytes) -> bytes:
        whole = address if len(address) == 16 else _MAPPED + address
        if self._each:
            return whole + b"\x80"
        number = int.from_bytes(whole, "big")
        for bits in sorted(self._networks, reverse=True):
            prefix = number >> 128 - bits
            if prefix in self._networks[bits]:
                # Behind the prefix its length is written, for 10.0.0.0/8 is not 10.0.0.0/16.
                return (prefix << 128 - bits).to_bytes(16, "big") + bytes((bits,))
        return bytes(17)
