"""Coalescing of replies in a batch: those of one size and to one client are sent as one, without copying.

Under load a batch has several queries of each client, of a resolver above all. The more there are the less each costs.
"""

from __future__ import annotations

import ctypes
import mmap

from corefile_runtime.sockets.batch import (
    CONTROL,
    CONTROL_SIZE,
    COUNT,
    HEADER,
    NAME,
    STRIDE,
    WIDTH,
    Batch,
    MessageHeader,
    Vector,
)
from corefile_runtime.sockets.segments import (
    CONTROL_DATA,
    LARGEST,
    SIZE_AT,
    SPACE,
    SUPPORTED,
    TOTAL,
    UNABLE,
    pack_size,
)

# Sorting a run costs; what is short, or has proved to have little alike, is sent as it is.
FEWEST = 4
PAUSE = 16
# Where more fields of a header lie, in words of eight octets as WIDTH and CONTROL_SIZE.
_NAME, _VECTOR, _VECTORS = (getattr(MessageHeader, name).offset // 8 for name in ("name", "iov", "iovlen"))


class Coalescer:
    """Sends runs of slots. `space` octets of control data behind each slot's address are sent back.

    Whether a run has enough that is alike is tried: where it has not, the next PAUSE runs are sent as they are.
    """

    def __init__(self, batch: Batch, namelen: int, space: int) -> None:
        self._batch = batch
        self._namelen = namelen
        self._space = space
        self._pause = 0 if SUPPORTED else -1
        self._headers = (MessageHeader * COUNT)()
        self._vectors = (Vector * COUNT)()
        self._controls = mmap.mmap(-1, COUNT * CONTROL)
        self._words = memoryview(self._headers).cast("B").cast("Q")
        self._sizes = memoryview(self._vectors).cast("B").cast("Q")
        self._vectors_at = ctypes.addressof(self._vectors)
        self._from = [ctypes.byref(self._headers, number * HEADER) for number in range(COUNT)]
        controls_at = ctypes.addressof(ctypes.c_char.from_buffer(self._controls))
        for number in range(COUNT):
            self._headers[number].namelen = namelen
            self._headers[number].control = controls_at + number * CONTROL
            at = number * CONTROL + space
            self._controls[at : at + SPACE] = CONTROL_DATA

    def send(self, descriptor: int, first: int, end: int) -> None:
        """Send the slots from `first` up to `end`. What the network refuses is skipped: its client will ask again."""
        count = end - first
        if count < FEWEST or self._pause:
            self._pause -= self._pause > 0 and count >= FEWEST
            self._batch.send(descriptor, first, end)
            return
        alike = self._sort(first, end)
        # Less than a quarter of the messages would be saved: that does not pay for describing them anew.
        if 4 * len(alike) > 3 * count:
            self._pause = PAUSE
            self._batch.send(descriptor, first, end)
        else:
            self._send_alike(descriptor, alike)

    def _sort(self, first: int, end: int) -> dict[tuple[bytes, int], list[int]]:
        """The slots by client, and address that was asked, and size."""
        batch, namelen, space = self._batch, self._namelen, self._space
        names, controls, sizes = batch.names, batch.controls, batch.sizes
        alike: dict[tuple[bytes, int], list[int]] = {}
        name_at, size_at = first * NAME, 2 * first + 1
        for slot in range(first, end):
            name = names[name_at : name_at + namelen]
            if space:
                name += controls[slot * CONTROL : slot * CONTROL + space]
            key = name, sizes[size_at]
            if key in alike:
                alike[key].append(slot)
            else:
                alike[key] = [slot]
            name_at += NAME
            size_at += 2
        return alike

    def _send_alike(self, descriptor: int, alike: dict[tuple[bytes, int], list[int]]) -> None:
        sent: list[list[int]] = []
        used = 0
        for (_, size), slots in alike.items():
            if len(slots) > 1 and (size > LARGEST or size * len(slots) > TOTAL):
                for slot in slots:
                    self._put(len(sent), used, [slot], size)
                    sent.append([slot])
                    used += 1
                continue
            self._put(len(sent), used, slots, size)
            sent.append(slots)
            used += len(slots)
        self._go(descriptor, sent)

    def _put(self, number: int, used: int, slots: list[int], size: int) -> None:
        """Describe one message: whose it is, and where its parts lie. So many vectors are `used` by those before it."""
        words, sizes, at = self._words, self._sizes, number * WIDTH
        memory, names, _ = self._batch.starts
        words[at + _NAME] = names + slots[0] * NAME
        words[at + _VECTOR] = self._vectors_at + 16 * used
        words[at + _VECTORS] = count = len(slots)
        used *= 2
        for slot in slots:
            sizes[used] = memory + slot * STRIDE
            sizes[used + 1] = size
            used += 2
        space, control_at = self._space, number * CONTROL
        if space:
            first = slots[0] * CONTROL
            self._controls[control_at : control_at + space] = self._batch.controls[first : first + space]
        if count > 1:
            size_at = control_at + space + SIZE_AT
            self._controls[size_at : size_at + 2] = pack_size(size)
            space += SPACE
        words[at + CONTROL_SIZE] = space

    def _go(self, descriptor: int, sent: list[list[int]]) -> None:
        first, end = 0, len(sent)
        while first < end:
            done = self._batch.send_headers(descriptor, self._from[first], end - first)
            first += max(done, 0)
            if done < 0:
                # A network card or driver without it says so only now: never again, and these go one by one.
                if len(sent[first]) > 1 and -done in UNABLE:
                    self._pause = -1
                    for slot in sent[first]:
                        self._batch.send(descriptor, slot, slot + 1)
                first += 1
