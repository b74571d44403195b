"""The listening sockets of all workers, which the supervisor keeps: what waits in one outlives its worker."""

from __future__ import annotations

import socket
from collections.abc import Collection

from corefile_runtime.listeners.tcp import BACKLOG
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.workers.messages import Address
from corefile_runtime.workers.steering import Way, spread_by_address, spread_by_chance, spread_in_turns


class Sockets:
    """For each address one socket for each worker, in the order of their numbers: the system counts them so too."""

    def __init__(self) -> None:
        self._made: dict[Address, list[socket.socket]] = {}
        self._ways: dict[Address, tuple[tuple[Way, ...], int]] = {}

    def give(self, address: Address, number: int) -> socket.socket:
        """The socket of a worker; raises OSError where the address cannot be bound."""
        made = self._made.setdefault(address, [])
        try:
            while len(made) <= number:
                made.append(_bind(address, made))
        except OSError:
            if not made:
                del self._made[address]
                self._forget_chosen(address.port)
            raise
        return made[number]

    def _forget_chosen(self, port: int) -> None:
        """A port that the system chose for UDP is taken for TCP: choose another one at the next try."""
        for address, made in list(self._made.items()):
            if not address.port and made[0].getsockname()[1] == port:
                self._drop(address)

    def keep(self, used: Collection[Address]) -> None:
        """Close all others."""
        for address in [address for address in self._made if address not in used]:
            self._drop(address)

    def _drop(self, address: Address) -> None:
        self._ways.pop(address, None)
        _close(self._made.pop(address))

    def cut(self, workers: int) -> None:
        """Close those of the workers from this number on."""
        for made in self._made.values():
            _close(made[workers:])
            del made[workers:]

    def spread(self, loyal: Collection[Address], workers: int, *, in_turns: bool = False) -> None:
        """Have queries go to the first workers evenly, where it does not matter which one gets them.

        By itself the system goes by the addresses of both sides, and a few busy clients burden one worker. That is left
        alone for `loyal` addresses, where one worker must get all that comes from a client.
        """
        for address, made in self._made.items():
            ways: tuple[Way, ...] = (spread_by_chance,)
            if address in loyal:
                ways = (spread_by_address,)
            elif in_turns and address.kind == socket.SOCK_DGRAM:
                ways = (spread_in_turns, spread_by_chance)
            if self._ways.get(address) != (ways, workers):
                self._ways[address] = ways, workers
                _spread(made[0], ways, workers)

    def addresses(self) -> list[tuple[str, int]]:
        """Where UDP is served, with the ports that the system chose."""
        return [(a.host, made[0].getsockname()[1]) for a, made in self._made.items() if a.kind == socket.SOCK_DGRAM]


def _bind(address: Address, others: list[socket.socket]) -> socket.socket:
    port = others[0].getsockname()[1] if others else address.port
    made = bind_socket(address.kind, address.host, port, shared=True)
    if address.kind == socket.SOCK_STREAM:
        made.listen(BACKLOG)  # only then the system counts it
    return made


def _spread(made: socket.socket, ways: tuple[Way, ...], workers: int) -> None:
    """The first of the ways that the system knows and lets us; else it goes by addresses."""
    for way in ways:
        try:
            way(made, workers)
        except OSError:
            continue
        return


def _close(made: list[socket.socket]) -> None:
    for one in made:
        one.close()
