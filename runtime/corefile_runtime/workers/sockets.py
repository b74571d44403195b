"""The listening sockets of all workers, which the supervisor keeps: what waits in one outlives its worker."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
from collections.abc import Collection

from corefile.ir.program import Program
from corefile_runtime.listeners.addresses import bind_socket
from corefile_runtime.workers.messages import Address

_ATTACH, _DETACH = 51, 68  # SO_ATTACH_REUSEPORT_CBPF, SO_DETACH_REUSEPORT_BPF
_LOAD, _MODULO, _RETURN, _RANDOM = 0x20, 0x94, 0x16, 0xFFFFF038


class Sockets:
    """For each address one socket for each worker. Raises OSError where an address cannot be bound."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._made: dict[Address, list[socket.socket]] = {}

    def give(self, address: Address, number: int) -> socket.socket:
        """The socket of a worker."""
        found = self._made.get(address)
        if found is None:
            found = self._made[address] = self._bind(address)
        return found[number]

    def _bind(self, address: Address) -> list[socket.socket]:
        kind, host, port = address
        made: list[socket.socket] = []
        try:
            for _ in range(self._workers):
                made.append(bind_socket(kind, host, port, shared=True))
                port = made[0].getsockname()[1]
        except OSError:
            _close(made)
            self._forget_chosen(port)
            raise
        return made

    def _forget_chosen(self, port: int) -> None:
        """A port that the system chose for UDP is taken for TCP: choose another one at the next try."""
        for address, made in list(self._made.items()):
            if not address.port and made[0].getsockname()[1] == port:
                _close(self._made.pop(address))

    def keep(self, used: Collection[Address]) -> None:
        """Close all others."""
        for address in [address for address in self._made if address not in used]:
            _close(self._made.pop(address))

    def spread(self, program: Program) -> None:
        """Have queries go to the workers by chance, evenly, where it does not matter which one gets them.

        By itself the system goes by the addresses of both sides, and a few busy clients burden one worker. That is left
        alone where one worker must get all that comes from a client: for QUIC, and where a PROXY header is remembered.
        """
        bound = {str(listener.port) for listener in program.listeners if listener.transport in ("quic", "https3")}
        alone = any(_remembers(use.configs) for block in program.blocks for use in block.plugins)
        for address, made in self._made.items():
            sticks = alone or str(address.port) in bound
            with contextlib.suppress(OSError):  # not on this system: then by addresses
                if sticks and address.kind == socket.SOCK_DGRAM:
                    made[0].setsockopt(socket.SOL_SOCKET, _DETACH, 0)
                else:
                    self._attach(made[0])

    def _attach(self, made: socket.socket) -> None:
        code = struct.pack(
            "@HBBIHBBIHBBI", _LOAD, 0, 0, _RANDOM, _MODULO, 0, 0, self._workers, _RETURN, 0, 0, 0
        )  # fmt: skip
        held = ctypes.create_string_buffer(code, len(code))
        made.setsockopt(socket.SOL_SOCKET, _ATTACH, struct.pack("@HP", 3, ctypes.addressof(held)))

    def descriptors(self, number: int) -> list[int]:
        """Those of one worker."""
        return [made[number].fileno() for made in self._made.values()]

    def addresses(self) -> list[tuple[str, int]]:
        """Where UDP is served, with the ports that the system chose."""
        return [(a.host, made[0].getsockname()[1]) for a, made in self._made.items() if a.kind == socket.SOCK_DGRAM]


def _remembers(configs: tuple[object, ...]) -> bool:
    return any(getattr(config, "udp_session", 0) > 0 for config in configs)


def _close(made: list[socket.socket]) -> None:
    for one in made:
        one.close()
