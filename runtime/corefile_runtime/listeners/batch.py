"""Many datagrams with one system call: `recvmmsg` and `sendmmsg` through ctypes (Linux).

The arrays of the system calls are set up once. Buffers are anonymous maps: slicing one gives bytes without a detour,
and pages that are never touched are never there. A reply is written over its query, in the same slot: address, control
data and ID are in place, and a run of answered slots goes out with one call.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable

COUNT = 64
# A whole datagram fits. The odd cache line keeps the slots' beginnings from sharing one set of the CPU's cache.
STRIDE = 65536 + 64
NAME, CONTROL = 28, 64
MSG_DONTWAIT, MSG_TRUNC = 0x40, 0x20


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("pad", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("pad2", ctypes.c_int),
        ("len", ctypes.c_uint32),
        ("pad3", ctypes.c_uint32),
    )


HEADER = ctypes.sizeof(_Header)
WORDS = HEADER // 4
LENGTH = _Header.len.offset // 4
FLAGS = _Header.flags.offset // 4


def _load() -> tuple[Callable[..., int], Callable[..., int]] | None:
    if not sys.platform.startswith("linux") or HEADER != 64:
        return None
    library = ctypes.CDLL(None, use_errno=True)
    try:
        receive, send = library.recvmmsg, library.sendmmsg
    except AttributeError:
        return None
    receive.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
    send.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]
    return receive, send


_calls = _load()
AVAILABLE = _calls is not None


class Batch:
    """COUNT slots. Slot i has its datagram at `memory[i * STRIDE:]`, its address at `names[i * NAME:]`.

    `lengths[i * WORDS + LENGTH]` is the length received; `sizes[2 * i + 1]` the length to send. `address` is false for
    connected sockets; `namelen` is the size of the socket's addresses; `control` is the number of octets of control
    data: the room for it when receiving, exactly its length when sending.
    """

    def __init__(self, *, count: int = COUNT, namelen: int = 0, control: int = 0) -> None:
        if _calls is None:
            raise OSError("this platform has no recvmmsg")
        self._receive, self._send = _calls
        self.count = count
        self.memory = mmap.mmap(-1, count * STRIDE)
        self.names = mmap.mmap(-1, count * NAME)
        self.controls = mmap.mmap(-1, count * CONTROL)
        self._iovecs = (_Iovec * count)()
        self._headers = (_Header * count)()
        starts = [ctypes.addressof(ctypes.c_char.from_buffer(m)) for m in (self.memory, self.names, self.controls)]
        for slot in range(count):
            self._iovecs[slot].base = starts[0] + slot * STRIDE
            self._iovecs[slot].len = 65535
            header = self._headers[slot]
            if namelen:
                header.name, header.namelen = starts[1] + slot * NAME, namelen
            if control:
                header.control, header.controllen = starts[2] + slot * CONTROL, control
            header.iov, header.iovlen = ctypes.addressof(self._iovecs[slot]), 1
        self.at = ctypes.addressof(self._headers)
        self.lengths = memoryview(self._headers).cast("B").cast("I")
        self.sizes = memoryview(self._iovecs).cast("B").cast("Q")
        self._blank_lengths = bytes(memoryview(self._headers).cast("B"))
        self._blank_sizes = bytes(memoryview(self._iovecs).cast("B"))
        self._raw_lengths = memoryview(self._headers).cast("B")
        self._raw_sizes = memoryview(self._iovecs).cast("B")

    def receive(self, descriptor: int) -> int:
        """Take what has arrived, without waiting; the number of datagrams, 0 for none or an error (see `error`)."""
        self._raw_lengths[:] = self._blank_lengths
        self._raw_sizes[:] = self._blank_sizes
        return self._receive(descriptor, self.at, self.count, MSG_DONTWAIT, None)

    def send(self, descriptor: int, first: int, end: int) -> None:
        """Send the slots from `first` up to `end`. What the network refuses is skipped: its client will ask again."""
        while first < end:
            sent = self._send(descriptor, self.at + first * HEADER, end - first, 0)
            first += sent if sent > 0 else 1

    def send_all(self, descriptor: int, wires: list[bytes]) -> int:
        """Send datagrams on a connected socket; an error number, 0 when all went out. What has no room is lost."""
        memory, sizes, base = self.memory, self.sizes, 0
        for slot, wire in enumerate(wires):
            memory[base : base + len(wire)] = wire
            sizes[2 * slot + 1] = len(wire)
            base += STRIDE
        first, end = 0, len(wires)
        while first < end:
            sent = self._send(descriptor, self.at + first * HEADER, end - first, 0)
            if sent <= 0:
                return ctypes.get_errno()
            # An error behind the first datagram, such as the refusal of that one, is told by nothing but the number.
            first += sent
        return 0

    @staticmethod
    def error() -> int:
        """The error number of the last call that failed."""
        return ctypes.get_errno()
