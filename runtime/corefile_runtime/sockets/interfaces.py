"""The addresses of network interfaces, for `bind eth0`."""

from __future__ import annotations

import ctypes
import socket
from typing import Any

# Offsets of the address in `sockaddr_in` and `sockaddr_in6`.
_AF_OFFSET_V4, _AF_OFFSET_V6 = 4, 8


class _Entry(ctypes.Structure):
    pass


_Entry._fields_ = (
    ("next", ctypes.POINTER(_Entry)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
)  # the rest of `struct ifaddrs` is not looked at


def addresses_of(place: str) -> list[str]:
    """An address as it is; for the name of an interface all that it has, link-local ones with their scope."""
    if not place or place not in {name for _, name in socket.if_nameindex()}:
        return [place]
    library = ctypes.CDLL(None, use_errno=True)
    head = ctypes.POINTER(_Entry)()
    if library.getifaddrs(ctypes.byref(head)):
        raise OSError(ctypes.get_errno(), "getifaddrs")
    try:
        return _collect(head, place)
    finally:
        library.freeifaddrs(head)


def _collect(entry: Any, interface: str) -> list[str]:
    found: list[str] = []
    while entry:
        one: _Entry = entry.contents
        if one.name is not None and one.name.decode() == interface and one.address:
            address = _read(one.address, interface)
            if address and address not in found:
                found.append(address)
        entry = one.next
    return found


def _read(pointer: int, interface: str) -> str:
    family = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_ushort)).contents.value
    if family == socket.AF_INET:
        return socket.inet_ntoa(ctypes.string_at(pointer + _AF_OFFSET_V4, 4))
    if family == socket.AF_INET6:
        address = socket.inet_ntop(socket.AF_INET6, ctypes.string_at(pointer + _AF_OFFSET_V6, 16))
        return f"{address}%{interface}" if address.startswith("fe80:") else address
    return ""
