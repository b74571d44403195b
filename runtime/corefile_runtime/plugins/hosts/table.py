"""The table of a hosts file: addresses by name, names by address."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from ipaddress import IPv4Address, IPv6Address, ip_address

from corefile_runtime.wire.names import Malformed, parse_name
from corefile_runtime.wire.zone_match import is_below

_V4 = b"\7in-addr\4arpa\0"
_V6 = b"\3ip6\4arpa\0"
_STAR = b"\1*"


class Table:
    """Names are labels in lower case, addresses 4 or 16 octets. `*.name` stands for the names right below a name."""

    __slots__ = ("_addresses", "_count", "_four", "_has_stars", "_six")

    def __init__(self) -> None:
        self._four: dict[bytes, list[bytes]] = {}
        self._six: dict[bytes, list[bytes]] = {}
        self._addresses: dict[bytes, list[bytes]] = {}
        self._count = 0  # counting 100,000 names takes 10 ms, and a file is read in a thread
        self._has_stars = False

    @classmethod
    def read(cls, text: str, zones: Sequence[bytes], *, reverse: bool) -> Table:
        """Read lines of an address and names; those outside of the zones, and lines that make no sense, are left out.

        `reverse` has the addresses lead back to the names.
        """
        table = cls()
        for line in StringIO(text, newline="\n"):  # a split of 100,000 lines holds the interpreter for 10 ms
            address, *names = line.partition("#")[0].split() or [""]
            packed = _pack(address)
            if packed is not None:
                for name in names:
                    table._add(packed, name, zones, reverse=reverse)
        return table

    def _add(self, address: bytes, text: str, zones: Sequence[bytes], *, reverse: bool) -> None:
        try:
            name = parse_name(text).lower()
        except Malformed:
            return
        if not any(is_below(name, zone) for zone in zones):
            return
        side = self._four if len(address) == 4 else self._six
        side.setdefault(name, []).append(address)
        self._count += 1
        if name.startswith(_STAR):
            self._has_stars = True
        elif reverse:
            self._addresses.setdefault(address, []).append(name)
            self._count += 1

    def find4(self, name: bytes) -> list[bytes]:
        """The IPv4 addresses of a name."""
        return self._find(self._four, name)

    def find6(self, name: bytes) -> list[bytes]:
        """The IPv6 addresses of a name."""
        return self._find(self._six, name)

    def has(self, name: bytes) -> bool:
        """Whether the name has any address."""
        if name in self._four or name in self._six:
            return True
        return self._has_stars and bool(self._find(self._four, name) or self._find(self._six, name))

    def _find(self, side: dict[bytes, list[bytes]], name: bytes) -> list[bytes]:
        found = side.get(name)
        if found is None:
            # The name's first label gives way to a star; the root has none.
            found = side.get(_STAR + name[name[0] + 1 :], []) if self._has_stars and len(name) > name[0] + 2 > 2 else []
        return found

    def names(self, address: bytes) -> list[bytes]:
        """The names of an address, in the order of the file."""
        return self._addresses.get(address, [])

    def __len__(self) -> int:
        return self._count


def _pack(text: str) -> bytes | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.packed
    return address.packed


def reverse_address(name: bytes) -> bytes:
    """The address that a name under in-addr.arpa or ip6.arpa stands for, empty for anything else."""
    labels: list[bytes] = []
    at = 0
    while (length := name[at]) and name[at:] not in (_V4, _V6):
        labels.append(name[at + 1 : at + 1 + length])
        at += length + 1
    texts = [label.decode("latin-1") for label in reversed(labels)]
    try:
        if name[at:] == _V4 and len(texts) == 4:
            return IPv4Address(".".join(texts)).packed
        if name[at:] == _V6 and len(texts) == 32:
            return bytes.fromhex("".join(texts)) if all(len(text) == 1 for text in texts) else b""
    except ValueError:
        pass
    return b""
