"""The file of weights of the policy `weighted`.

A line with a name, then a line for each of its addresses: the address and a weight from 1 to 255.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from corefile.plugins.loadbalance import Loadbalance as Config
from corefile_runtime.wire.names import Malformed, parse_name

if TYPE_CHECKING:
    from corefile_runtime.chain.build import Home

Table = dict[bytes, dict[bytes, int]]
"""Weights by name, as labels, and by address."""
_LARGEST = 255


class Weights:
    """The weights in force; the file is looked at again and again."""

    def __init__(self, config: Config, home: Home) -> None:
        self._path = home.locate(config.weights)
        self._reload = config.reload
        self._loop = home.instance.loop
        self._output = home.instance.output
        self._table: Table = {}
        self._seen: str | None = None
        self._stopped = False
        try:
            self._look()
        except OSError as error:
            if not self._reload:
                raise home.refuse(f"file of weights {self._path} cannot be read: {error.strerror}") from None
            again = f"Will try again in {self._reload}"
            self._output.log("WARNING", f"Failed to open weight file:weight file open error. {again}", "loadbalance")
        except ValueError as error:
            raise home.refuse(str(error)) from None
        home.instance.on_start.append(self._start)
        home.instance.on_stop.append(self._stop)

    def of(self, owner: bytes, address: bytes) -> int:
        """The weight of an address of a name; 1 for what is not in the file."""
        return self._table.get(owner, {}).get(address, 1)

    def _look(self) -> None:
        """Read the file if it has changed; raises OSError, or ValueError for what is wrong in it."""
        with open(self._path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
        if text == self._seen:
            return
        self._seen = text  # what is wrong is not told again before it changes
        self._table = parse_weights(text, self._path)
        self._output.log("INFO", f"Successfully reloaded weight file {self._path}", "loadbalance")

    def _start(self) -> None:
        if self._reload:
            self._loop.after(self._reload.seconds, self._tick)

    def _stop(self) -> None:
        self._stopped = True

    def _tick(self) -> None:
        if self._stopped:
            return
        try:
            self._look()
        except OSError:
            self._output.log("ERROR", "weight file open error", "loadbalance")
        except ValueError as error:
            self._output.log("ERROR", str(error), "loadbalance")
        self._start()


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
