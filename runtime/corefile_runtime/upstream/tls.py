"""TLS to one upstream (RFC 7858): as over TCP a question at a time, on connections that are kept."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.encryption import Encryption
from corefile_runtime.sockets.stream import Stream
from corefile_runtime.sockets.tls_errors import explain_tls
from corefile_runtime.sockets.tls_stream import TlsStream
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.tcp import TcpPool
from corefile_runtime.upstream.tcp_connection import Connection


class Secured:
    """What all connections to an upstream have in common: whom to trust, its `name`, and the latest session.

    With the session the next handshake needs no certificates (RFC 8446, 2.2). The checks of an upstream's health use it
    too, as in CoreDNS.
    """

    __slots__ = ("_encryption", "name", "session")

    def __init__(self, encryption: Encryption, name: str) -> None:
        self._encryption = encryption
        self.name = name.removesuffix(".")
        self.session: ssl.SSLSession | None = None

    def wrap(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> ssl.SSLObject:
        """The client's side of a new connection; raises OSError for a name that no certificate can have."""
        context = self._encryption.context
        if context is None:
            raise OSError("tls: the configuration does not serve yet")
        try:
            return context.wrap_bio(incoming, outgoing, server_hostname=self.name, session=self.session)
        except ValueError:
            raise OSError(f"x509: certificate is not valid for any names, but wanted to match {self.name}") from None

    def remember(self, tls: ssl.SSLObject) -> None:
        """A connection has been used: by now the upstream has told how to resume its session."""
        session = tls.session
        if session is not None and session.has_ticket:
            self.session = session


class TlsPool(TcpPool):
    """The connections to one upstream over TLS."""

    def __init__(
        self,
        loop: Loop,
        host: str,
        port: int,
        limits: Limits,
        hit: Callable[[], object],
        miss: Callable[[], object],
        secured: Secured,
    ) -> None:
        super().__init__(loop, host, port, limits, hit, miss)
        self._secured = secured

    def connect(self, opened: socket.socket, one: Connection) -> None:
        """Begin the handshake."""
        stream = one.stream = TlsStream(self.loop, opened, one, self._secured.wrap, on_open=lambda _tls: one.on_open())
        stream.begin()

    def release(self, free: Connection) -> None:
        """A connection has done its work."""
        stream = free.stream
        # TLS 1.3 sends tickets behind the handshake (RFC 8446, 4.6.1): with the first reply they have come.
        if isinstance(stream, TlsStream) and free.first:
            self._secured.remember(stream.tls)
        super().release(free)

    def explain(self, error: OSError, stream: Stream | None) -> str:
        """What TLS has to say."""
        if not isinstance(error, ssl.SSLError):
            return super().explain(error, stream)
        return explain_tls(error, self._secured.name, stream.tls if isinstance(stream, TlsStream) else None)
