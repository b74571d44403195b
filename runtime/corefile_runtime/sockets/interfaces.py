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


def interface_names() -> set[str]:
    """The interfaces that this machine has now."""
    return {name for _, name in socket.if_nameindex()}


def addresses_of(interface: str) -> list[str]:
    """All addresses that an interface has, link-local ones with their scope. Raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    head = ctypes.POINTER(_Entry)()
    if library.getifaddrs(ctypes.byref(head)):
        raise OSError(ctypes.get_errno(), "getifaddrs")
    try:
        return _collect(head, interface)
    finally:
        library.freeifaddrs(head)


def _collect(entry: Any, interface: str) -> list[str]:
    found: list[str] = []
    while entry:
        one: _Entry = entry.contents
        # An address that was added with a label has that in place of the name: `eth0:1`.
        if one.name is not None and one.name.decode().partition(":")[0] == interface and one.address:
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
        octets = ctypes.string_at(pointer + _AF_OFFSET_V6, 16)
        address = socket.inet_ntop(socket.AF_INET6, octets)
        is_link_local = octets[0] == 0xFE and octets[1] & 0xC0 == 0x80
        return f"{address}%{interface}" if is_link_local else address
    return ""
