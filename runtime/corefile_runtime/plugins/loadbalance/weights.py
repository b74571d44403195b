"""The file of weights of the policy `weighted`.

A line with a name, then a line for each of its addresses: the address and a weight from 1 to 255.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from corefile.plugins.loadbalance import Loadbalance as Config
from corefile_runtime.wire.names import Malformed, parse_name

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home

Table = dict[bytes, dict[bytes, int]]
"""Weights by name, as labels, and by address."""
_LARGEST = 255


class Weights:
    """The weights in force; the file is looked at again and again."""

    def __init__(self, config: Config, home: Home) -> None:
        self._path = home.locate(config.weights)
        self._reload = config.reload
        self._home = home
        self._table: Table = {}
        self._text = b""
        self._looked = False
        # What is wrong in the file refuses the configuration in any case; that it is not there yet only when it is
        # not looked for again (CoreDNS: weightedOnStartUp).
        home.file(
            self._path,
            self._parse,
            self._take,
            every=config.reload.seconds,
            failed=self._fail,
            required=ValueError if config.reload else True,
        )

    def of(self, owner: bytes, address: bytes) -> int:
        """The weight of an address of a name; 1 for what is not in the file."""
        return self._table.get(owner, {}).get(address, 1)

    def _parse(self, data: bytes) -> tuple[bytes, Table]:
        """In a thread."""
        return data, parse_weights(data.decode("utf-8", "surrogateescape"), self._path)

    def _take(self, read: tuple[bytes, Table], _modified: float) -> None:
        """A file that was written again with the same text is no news (CoreDNS compares checksums)."""
        text, table = read
        if text != self._text or not self._looked:
            self._table = table
            self._home.log("INFO", f"Successfully reloaded weight file {self._path}")
        self._text, self._looked = text, True

    def _fail(self, error: Exception) -> None:
        if self._looked:
            self._home.log("ERROR", "weight file open error" if isinstance(error, OSError) else str(error))
        elif self._reload and isinstance(error, OSError):
            again = f"Will try again in {self._reload}"
            self._home.log("WARNING", f"Failed to open weight file:weight file open error. {again}")
        self._looked = True


def parse_weights(text: str, path: str) -> Table:
    """Names with the weights of their addresses; raises ValueError with what is wrong."""
    table: Table = {}
    weights: dict[bytes, int] | None = None
    for line in text.split("\n"):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        address = _parse_address(fields[0])
        if len(fields) == 1:
            if address is not None:
                raise ValueError(f"weight missing behind address {fields[0]} in {path}")
            weights = table.setdefault(_parse_owner(fields[0], path), {})
        elif len(fields) == 2:
            if address is None:
                raise ValueError(f"'{fields[0]}' in {path} is not an IP address")
            if weights is None:
                raise ValueError(f"address {fields[0]} in {path} stands before any name")
            weights.setdefault(address, _parse_weight(fields[1], path))
        else:
            raise ValueError(f"line '{line.strip()}' in {path} is neither a name nor an address with its weight")
    return table


def _parse_address(text: str) -> bytes | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.packed
    return address.packed


def _parse_owner(text: str, path: str) -> bytes:
    try:
        return parse_name(text)
    except Malformed:
        raise ValueError(f"'{text}' in {path} is not a name") from None


def _parse_weight(text: str, path: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= _LARGEST:
        raise ValueError(f"weight '{text}' in {path} is not a number from 1 to {_LARGEST}")
    return int(text)
