"""dns: plain DNS, over UDP and TCP on one port."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.tcp import TcpListener
from corefile_runtime.listeners.transport import TransportKind
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.sockets.addresses import bind_both

if TYPE_CHECKING:
    from corefile_runtime.listeners.answerer import Answerer


class PlainDns:
    """Both sockets of one address."""

    def __init__(self, loop: Loop, opened: tuple[socket.socket, ...], server: Answerer) -> None:
        over_udp, over_tcp = opened
        self.udp = UdpListener(loop, over_udp, server)
        self.tcp = TcpListener(loop, over_tcp, server)

    def serve(self, server: Answerer) -> None:
        """From now on another server answers."""
        self.udp.serve(server)
        self.tcp.serve(server)

    def stop_accepting(self) -> None:
        """Take nothing new; connections that are open go on."""
        self.udp.stop_accepting()
        self.tcp.stop_accepting()

    def close(self) -> None:
        """Close everything, answered or not."""
        self.udp.close()
        self.tcp.close()

    @property
    def port(self) -> int:
        """The port, also where the system chose it."""
        port: int = self.udp.socket.getsockname()[1]
        return port

    @property
    def taken(self) -> int:
        """How many datagrams have come."""
        return self.udp.taken


TRANSPORT = TransportKind(bind_both, PlainDns)
