"""Steering of datagrams and connections among the sockets that share a port, by a BPF program (Linux)."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import Callable
from typing import TypeAlias

Way: TypeAlias = Callable[[socket.socket, int], None]
_ATTACH_CLASSIC, _ATTACH_EXTENDED, _DETACH = 51, 52, 68  # SO_ATTACH_REUSEPORT_CBPF, _EBPF, SO_DETACH_REUSEPORT_BPF
# Classic BPF: load a word, take it modulo a constant, return it; SKF_AD_OFF + SKF_AD_RANDOM of linux/filter.h.
_LOAD, _MODULO, _RETURN, _RANDOM = 0x20, 0x94, 0x16, 0xFFFFF038
_BPF = {"x86_64": 321, "aarch64": 280}
"""The number of the system call by machine."""
_PROGRAM_LOAD, _SOCKET_FILTER = 5, 1
_NANOSECONDS = 5  # what a program calls for the time
_TURN = 20
"""A turn is 2 ** _TURN nanoseconds, about a millisecond."""
# About 2 ** 32 divided by the golden ratio, signed: multiplying by it scatters (Fibonacci hashing).
_MIX = 0x9E3779B1 - (1 << 32)


def steer_by_time(opened: socket.socket, workers: int) -> None:
    """One of the first `workers` sockets gets all datagrams of a turn, then maybe another one; raises OSError.

    So a worker finds many at a time, where by chance each would be woken for a few of them. Who is next is not said in
    order, for clients that wait for their answers may go in step with it. The system lets who may load programs
    (CAP_BPF).
    """
    program = _load(
        (0x85, 0x00, 0, _NANOSECONDS),  # call: r0 is the time
        (0x77, 0x00, 0, _TURN),  # r0 >>= _TURN
        (0x27, 0x00, 0, _MIX),  # r0 *= _MIX
        (0xBF, 0x01, 0, 0),  # r1 = r0
        (0x77, 0x01, 0, 32),  # r1 >>= 32
        (0xAF, 0x10, 0, 0),  # r0 ^= r1
        (0x27, 0x00, 0, _MIX),  # r0 *= _MIX
        (0x77, 0x00, 0, 32),  # r0 >>= 32
        (0x97, 0x00, 0, workers),  # r0 %= workers
        (0x95, 0x00, 0, 0),  # return r0
    )
    try:
        opened.setsockopt(socket.SOL_SOCKET, _ATTACH_EXTENDED, program)
    finally:
        os.close(program)


def steer_at_random(opened: socket.socket, workers: int) -> None:
    """Any of the first `workers` sockets gets a datagram or connection; raises OSError."""
    code = struct.pack("@HBBIHBBIHBBI", _LOAD, 0, 0, _RANDOM, _MODULO, 0, 0, workers, _RETURN, 0, 0, 0)
    held = ctypes.create_string_buffer(code, len(code))
    opened.setsockopt(socket.SOL_SOCKET, _ATTACH_CLASSIC, struct.pack("@HP", 3, ctypes.addressof(held)))


def steer_by_address(opened: socket.socket, workers: int) -> None:
    """The system's own way: what comes from one address and port goes to one socket; raises OSError."""
    del workers
    opened.setsockopt(socket.SOL_SOCKET, _DETACH, 0)


def _load(*instructions: tuple[int, int, int, int]) -> int:
    """The descriptor of a program."""
    number = _BPF.get(os.uname().machine)
    if number is None:
        raise OSError("the system call is not known here")
    code = b"".join(struct.pack("@BBhi", *instruction) for instruction in instructions)
    held, license_ = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"")
    attributes = struct.pack(
        "@IIQQ24x", _SOCKET_FILTER, len(instructions), ctypes.addressof(held), ctypes.addressof(license_)
    )
    library = ctypes.CDLL(None, use_errno=True)
    program: int = library.syscall(number, _PROGRAM_LOAD, attributes, len(attributes))
    if program < 0:
        raise OSError(ctypes.get_errno(), "the program is refused")
    return program
