"""Many datagrams with one system call: `recvmmsg` and `sendmmsg` through ctypes (Linux).

The arrays of the system calls are set up once. Buffers are anonymous maps: slicing one gives bytes without a detour,
and pages that are never touched are never there. A reply is written over its query, in the same slot: address, control
data and ID are in place, and a run of answered slots goes out with one call.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import sys
from collections.abc import Callable

COUNT = 64
# A whole datagram fits. The odd cache line keeps the slots' beginnings from sharing one set of the CPU's cache.
STRIDE = 65536 + 64
# Octets for a `sockaddr_in6`, and for packet information with the size of segments behind it.
NAME, CONTROL = 28, 64
MSG_DONTWAIT, MSG_TRUNC = 0x40, 0x20


class Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


class MessageHeader(ctypes.Structure):
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


HEADER = ctypes.sizeof(MessageHeader)
WORDS = HEADER // 4
LENGTH = MessageHeader.len.offset // 4
FLAGS = MessageHeader.flags.offset // 4
WIDTH = HEADER // 8
CONTROL_SIZE = MessageHeader.controllen.offset // 8


def _load() -> tuple[Callable[..., int], Callable[..., int]] | None:
    """`recvmmsg` and `sendmmsg`. Without `argtypes`: small numbers and arrays go as they are, which costs half."""
    if not sys.platform.startswith("linux") or HEADER != 64:
        return None
    library = ctypes.CDLL(None, use_errno=True)
    try:
        return library.recvmmsg, library.sendmmsg
    except AttributeError:
        return None


_calls = _load()
AVAILABLE = _calls is not None


class Batch:
    """COUNT slots. Slot i has its datagram at `memory[i * STRIDE:]`, its address at `names[i * NAME:]`.

    `lengths[i * WORDS + LENGTH]` is the length received; `sizes[2 * i + 1]` the length to send, and
    `control_sizes[i * WIDTH + CONTROL_SIZE]` that of the control data to send; `starts` are the addresses of the three
    maps. Receiving and sending
    have arrays of their own over the same memory, so that neither needs to be put right after the other. `namelen` is
    the size of the socket's addresses, 0 for connected sockets; `control` is the number of octets of control data: the
    room for it when receiving, exactly its length when sending.
    """

    def __init__(self, *, count: int = COUNT, namelen: int = 0, control: int = 0, answers: int = 0) -> None:
        """`answers` is the length of control data that is sent back; without it `control` goes for both ways."""
        if _calls is None:
            raise OSError("this platform has no recvmmsg")
        self._receive, self._send = _calls
        self.count = count
        self.memory = mmap.mmap(-1, count * STRIDE)
        self.names = mmap.mmap(-1, count * NAME)
        self.controls = mmap.mmap(-1, count * CONTROL)
        self.starts = [ctypes.addressof(ctypes.c_char.from_buffer(m)) for m in (self.memory, self.names, self.controls)]
        self._in, self._in_iovecs = self._describe(namelen, control)
        self._out, self._out_iovecs = self._describe(namelen, answers or control)
        self.lengths = memoryview(self._in).cast("B").cast("I")
        self.sizes = memoryview(self._out_iovecs).cast("B").cast("Q")
        self.control_sizes = memoryview(self._out).cast("B").cast("Q")
        self._from = [ctypes.byref(self._out, slot * HEADER) for slot in range(count)]
        # The room for control data is overwritten with what came; nothing else is that differs.
        self._raw = memoryview(self._in).cast("B")
        self._blank = bytes(self._raw) if control else b""

    def _describe(self, namelen: int, control: int) -> tuple[ctypes.Array[MessageHeader], ctypes.Array[Vector]]:
        memory, names, controls = self.starts
        headers, iovecs = (MessageHeader * self.count)(), (Vector * self.count)()
        for slot in range(self.count):
            iovecs[slot].base = memory + slot * STRIDE
            iovecs[slot].len = 65535
            header = headers[slot]
            if namelen:
                header.name, header.namelen = names + slot * NAME, namelen
            if control:
                header.control, header.controllen = controls + slot * CONTROL, control
            header.iov, header.iovlen = ctypes.addressof(iovecs[slot]), 1
        return headers, iovecs

    def receive(self, descriptor: int) -> int:
        """Take what has arrived, without waiting; the number of datagrams, 0 for none or an error (see `error`)."""
        if self._blank:
            self._raw[:] = self._blank
        return self._receive(descriptor, self._in, self.count, MSG_DONTWAIT, None)

    def send(self, descriptor: int, first: int, end: int) -> None:
        """Send the slots from `first` up to `end`. What the network refuses is skipped: its client will ask again."""
        while first < end:
            sent = self._send(descriptor, self._from[first], end - first, 0)
            first += sent if sent > 0 else 1

    def send_some(self, descriptor: int, first: int, end: int) -> int:
        """Send the slots from `first` up to `end`; how many have gone, or minus the error number of the first."""
        return self.send_headers(descriptor, self._from[first], end - first)

    def send_headers(self, descriptor: int, headers: object, count: int) -> int:
        """Send what so many message headers describe; how many have gone, or minus the error number of the first."""
        sent = self._send(descriptor, headers, count, 0)
        return sent if sent > 0 else -(ctypes.get_errno() or errno.EIO)

    def send_all(self, descriptor: int, wires: list[bytes]) -> int:
        """Send datagrams on a connected socket; how many have gone. Of the next one `error` tells why it has not."""
        memory, sizes, base = self.memory, self.sizes, 0
        for slot, wire in enumerate(wires):
            memory[base : base + len(wire)] = wire
            sizes[2 * slot + 1] = len(wire)
            base += STRIDE
        first, end = 0, len(wires)
        while first < end:
            sent = self.send_some(descriptor, first, end)
            if sent < 0:
                break
            # An error behind the first datagram, such as the refusal of that one, is told by nothing but the number.
            first += sent
        return first

    @staticmethod
    def error() -> int:
        """The error number of the last call that failed."""
        return ctypes.get_errno()
