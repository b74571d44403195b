"""Segmentation offload (UDP GSO, Linux): datagrams of one size to one address go through the kernel as one.

Sending is the dearest part of a query. What leaves together is often for few clients, or one upstream, and mostly of a
few sizes.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys

SEGMENT = 103  # UDP_SEGMENT of linux/udp.h
SPACE = 24
"""Octets of the control data that asks for it."""
# What the kernel takes at once; and a size at which no network on the way needs fragments (RFC 9715).
MOST, LARGEST, TOTAL = 64, 1232, 65000
UNABLE = frozenset((errno.EINVAL, errno.EIO, errno.EOPNOTSUPP, errno.ENOPROTOOPT, errno.EMSGSIZE))
"""What systems and network cards say that cannot do it."""
OF_ONE = frozenset((errno.EMSGSIZE, errno.EINVAL, errno.EPERM, errno.EACCES, errno.ENOBUFS))
"""What the kernel says of one datagram: that it is too large, against a rule, or that there is no room for it."""
SUPPORTED = sys.platform.startswith("linux")

pack_size = struct.Struct("@H").pack
CONTROL_DATA = struct.pack("@Qii8x", 18, socket.IPPROTO_UDP, SEGMENT)
"""That control data, without the size, which stands SIZE_AT octets behind its beginning."""
SIZE_AT = 16


class Segments:
    """Sends datagrams on connected sockets. `able` is false once that has turned out to be impossible."""

    def __init__(self) -> None:
        self.able = SUPPORTED

    def send(self, opened: socket.socket, wires: list[bytes]) -> list[bytes]:
        """Send those of which there are several of one size; the others are given back, for they may go one by one.

        Raises OSError for what the network says of the address.
        """
        by_size: dict[int, list[bytes]] = {}
        for wire in wires:
            by_size.setdefault(len(wire), []).append(wire)
        left: list[bytes] = []
        for size, alike in by_size.items():
            if len(alike) == 1 or size > LARGEST or not self.able:
                left += alike
                continue
            at, most = 0, min(MOST, TOTAL // size)
            try:
                while at < len(alike):
                    opened.sendmsg([b"".join(alike[at : at + most])], [(socket.IPPROTO_UDP, SEGMENT, pack_size(size))])
                    at += most
            except OSError as error:
                # EMSGSIZE and EINVAL may also be about these datagrams; to send one by one is right in either case.
                if error.errno in UNABLE:
                    self.able = False
                elif error.errno not in OF_ONE:
                    raise
                left += alike[at:]
        return left
