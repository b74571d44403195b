"""The listening sockets of all workers. The supervisor keeps them, so what waits in one outlives its worker."""

from __future__ import annotations

import socket
from collections.abc import Collection

from corefile_runtime.listeners.tcp import BACKLOG
from corefile_runtime.sockets.addresses import bind_socket
from corefile_runtime.workers.messages import Address
from corefile_runtime.workers.steering import Way, steer_at_random, steer_by_address, steer_by_time


class Sockets:
    """For each address one socket for each worker, in the order of their numbers: the system counts them so too."""

    def __init__(self) -> None:
        self._opened: dict[Address, list[socket.socket]] = {}
        self._ways: dict[Address, tuple[tuple[Way, ...], int]] = {}
        self._ours: set[tuple[socket.SocketKind, int]] = set()

    def give(self, address: Address, number: int) -> socket.socket:
        """The socket of a worker; raises OSError where the address cannot be bound."""
        opened = self._opened.setdefault(address, [])
        try:
            if not opened:
                self._claim(address)
            while len(opened) <= number:
                opened.append(_bind(address, opened))
        except OSError:
            if not opened:
                del self._opened[address]
                self._forget_chosen(address.port)
            raise
        return opened[number]

    def _claim(self, address: Address) -> None:
        """A port that is shared among workers is shared with nobody else; raises OSError where somebody has it.

        Sockets that share a port are let beside each other whoever has them, so it is bound alone first. Once it is
        ours other addresses of it are no longer asked about: workers that leave may still hold them.
        """
        if address.port and (address.kind, address.port) not in self._ours:
            bind_socket(address.kind, address.host, address.port).close()
            self._ours.add((address.kind, address.port))

    def _forget_chosen(self, port: int) -> None:
        """A port that the system chose for UDP is taken for TCP: choose another one at the next try."""
        for address, opened in list(self._opened.items()):
            if not address.port and opened[0].getsockname()[1] == port:
                self._drop(address)

    def keep(self, used: Collection[Address]) -> None:
        """Close all others."""
        for address in [address for address in self._opened if address not in used]:
            self._drop(address)

    def _drop(self, address: Address) -> None:
        self._ways.pop(address, None)
        _close(self._opened.pop(address))

    def cut(self, workers: int) -> None:
        """Close those of the workers from this number on."""
        for opened in self._opened.values():
            _close(opened[workers:])
            del opened[workers:]

    def steer(self, loyal: Collection[Address], workers: int, *, by_time: bool = False) -> None:
        """Have queries go to the first workers evenly, where it does not matter which one gets them.

        By itself the system goes by the addresses of both sides, and a few busy clients burden one worker. That is left
        alone for `loyal` addresses, where one worker must get all that comes from a client.
        """
        for address, opened in self._opened.items():
            ways: tuple[Way, ...] = (steer_at_random,)
            # PROXY sessions over UDP (`proxyproto`): a header goes for the datagrams that follow it.
            if address in loyal:
                ways = (steer_by_address,)
            elif by_time and address.kind == socket.SOCK_DGRAM:
                ways = (steer_by_time, steer_at_random)
            # The first socket of a port carries the program for all of its group.
            if self._ways.get(address) != (ways, workers):
                self._ways[address] = ways, workers
                _steer(opened[0], ways, workers)

    def addresses(self) -> list[tuple[str, int]]:
        """Where UDP is served, with the ports that the system chose."""
        return [(at.host, s[0].getsockname()[1]) for at, s in self._opened.items() if at.kind == socket.SOCK_DGRAM]


def _bind(address: Address, others: list[socket.socket]) -> socket.socket:
    port = others[0].getsockname()[1] if others else address.port
    opened = bind_socket(address.kind, address.host, port, shared=True)
    if address.kind == socket.SOCK_STREAM:
        opened.listen(BACKLOG)  # only then the system counts it
    return opened


def _steer(opened: socket.socket, ways: tuple[Way, ...], workers: int) -> None:
    """The first of the ways that the system knows and lets us; else it goes by addresses."""
    for way in ways:
        try:
            way(opened, workers)
        except OSError:
            continue
        return


def _close(opened: list[socket.socket]) -> None:
    for one in opened:
        one.close()
