"""The queue of replies that were not ready at once: those of one round of the loop are sent together."""

from __future__ import annotations

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.batch import CONTROL, CONTROL_SIZE, COUNT, NAME, STRIDE, WIDTH, Batch
from corefile_runtime.sockets.segments import (
    CONTROL_DATA,
    LARGEST,
    MOST,
    SIZE_AT,
    SPACE,
    SUPPORTED,
    TOTAL,
    UNABLE,
    pack_size,
)

_NO_INTERFACE = bytes(4)


class ReplyQueue:
    """Sends late replies from one UDP socket; of one size and to one client, as one.

    A peer is a socket address of `namelen` octets, followed by packet information, of which `space` octets are sent
    back, without the interface.
    """

    def __init__(self, loop: Loop, descriptor: int, namelen: int, space: int, interface: slice) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._namelen = namelen
        self._space = space
        self._interface = interface
        self._waiting: list[tuple[bytes, bytes]] = []
        self._batch = Batch(namelen=namelen, control=space + SPACE)
        self._able = SUPPORTED
        for slot in range(COUNT):
            at = slot * CONTROL + space
            self._batch.controls[at : at + SPACE] = CONTROL_DATA

    def send(self, wire: bytes, peer: bytes) -> None:
        """Send a reply before the loop waits again."""
        if self._descriptor < 0:
            return
        if not self._waiting:
            self._loop.later(self.flush)
        self._waiting.append((wire, peer))

    def flush(self) -> None:
        """Send what there is."""
        self._loop.announce()
        waiting, self._waiting = self._waiting, []
        if self._descriptor < 0:
            return
        alike: dict[tuple[int, bytes], list[bytes]] = {}
        for wire, peer in waiting:
            alike.setdefault((len(wire), peer), []).append(wire)
        slot = 0
        sent: list[tuple[bytes, list[bytes]]] = []
        for (size, peer), wires in alike.items():
            most = min(MOST, TOTAL // size) if self._able and size <= LARGEST else 1
            for at in range(0, len(wires), most):
                if slot == COUNT:
                    self._go(sent)
                    slot, sent = 0, []
                together = wires[at : at + most]
                self._put(slot, together, size, peer)
                sent.append((peer, together))
                slot += 1
        self._go(sent)

    def close(self) -> None:
        """The socket is closed. Its number may be that of somebody else's connection from now on."""
        self._descriptor = -1
        self._waiting.clear()

    def _put(self, slot: int, wires: list[bytes], size: int, peer: bytes) -> None:
        batch, namelen, space = self._batch, self._namelen, self._space
        base, name_at, at = slot * STRIDE, slot * NAME, slot * CONTROL
        data = wires[0] if len(wires) == 1 else b"".join(wires)
        batch.memory[base : base + len(data)] = data
        batch.sizes[2 * slot + 1] = len(data)
        batch.names[name_at : name_at + namelen] = peer[:namelen]
        if space:
            batch.controls[at : at + space] = peer[namelen : namelen + space]
            batch.controls[at + self._interface.start : at + self._interface.stop] = _NO_INTERFACE
        if len(wires) > 1:
            at += space
            batch.controls[at + SIZE_AT : at + SIZE_AT + 2] = pack_size(size)
            space += SPACE
        batch.control_sizes[slot * WIDTH + CONTROL_SIZE] = space

    def _go(self, replies: list[tuple[bytes, list[bytes]]]) -> None:
        """Send the first slots. What the network refuses is skipped, but for what would go one by one."""
        first, end = 0, len(replies)
        while first < end:
            sent = self._batch.send_some(self._descriptor, first, end)
            first += max(sent, 0)
            if sent < 0:
                peer, wires = replies[first]
                first += 1
                if len(wires) > 1 and -sent in UNABLE:
                    # As in `Coalescer`: once it has proved impossible here, it is not tried again.
                    self._able = False
                    for wire in wires:
                        self.send(wire, peer)
