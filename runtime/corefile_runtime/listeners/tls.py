"""tls: DNS over TLS (RFC 7858), over TCP alone."""

from __future__ import annotations

import socket
from ssl import MemoryBIO, SSLObject
from typing import TYPE_CHECKING

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.listeners.tcp import Connection, TcpListener
from corefile_runtime.listeners.transport import TransportKind
from corefile_runtime.sockets.addresses import Bind
from corefile_runtime.sockets.stream import Stream
from corefile_runtime.sockets.tls_stream import TlsStream

if TYPE_CHECKING:
    from corefile_runtime.listeners.answerer import Answerer


class DnsOverTls(TcpListener):
    """A listener whose new connections are encrypted as the server says. Those that are open keep what they have.

    Without a certificate it speaks in the clear, as CoreDNS does (core/dnsserver/server_tls.go).
    """

    def connect(self, opened: socket.socket, user: Connection) -> Stream:
        """The stream of a new connection; a PROXY header stands before the handshake."""
        # Asked for each connection: the certificates are read after the listener is made, and a reload brings others.
        encryption = self.server.tls
        context = encryption.context if encryption is not None else None
        if context is None:
            return super().connect(opened, user)

        def wrap(incoming: MemoryBIO, outgoing: MemoryBIO) -> SSLObject:
            return context.wrap_bio(incoming, outgoing, server_side=True)

        return TlsStream(self.loop, opened, user, wrap, patience=self.idle_timeout, hold=self.hold)

    @property
    def port(self) -> int:
        """The port, also where the system chose it."""
        port: int = self.socket.getsockname()[1]
        return port

    @property
    def taken(self) -> int:
        """There are no datagrams."""
        return 0


def bind_stream(bind: Bind, host: str, port: int) -> tuple[socket.socket]:
    """A TCP socket; raises OSError."""
    return (bind(socket.SOCK_STREAM, host, port),)


def listen(loop: Loop, opened: tuple[socket.socket, ...], server: Answerer) -> DnsOverTls:
    """Answer on it."""
    return DnsOverTls(loop, opened[0], server)


TRANSPORT = TransportKind(bind_stream, listen)
