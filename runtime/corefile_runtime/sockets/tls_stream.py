"""An encrypted connection: a `Stream` with TLS between its socket and its user, as client or server."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.stream import Hold, Stream, User, hold_nothing

_RECORD = 1 << 14
"""Octets of plain text in a record at most (RFC 8446, 5.1): no read gives more."""


class TlsStream(Stream):
    """The user has nothing to do with the handshake: what is written before its end waits.

    The session is made by `wrap`, of an incoming and an outgoing buffer. `on_open` is called at the end of the
    handshake, and may raise OSError to close the connection. `not_tls` is what somebody is told who speaks plain HTTP.
    An `error` of ssl has OpenSSL's reason.
    """

    def __init__(
        self,
        loop: Loop,
        opened: socket.socket,
        user: User,
        wrap: Callable[[ssl.MemoryBIO, ssl.MemoryBIO], ssl.SSLObject],
        *,
        patience: float = 0.0,
        hold: Hold = hold_nothing,
        on_open: Callable[[ssl.SSLObject], object] | None = None,
        not_tls: bytes = b"",
    ) -> None:
        super().__init__(loop, opened, user, patience=patience, hold=hold)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = wrap(self._in, self._out)
        self._open = False
        self._early: list[bytes] = []
        self._on_open = on_open
        self._not_tls = not_tls
        self._take = self._decrypt

    def begin(self) -> None:
        """Begin the handshake, as clients do."""
        self._shake()

    @property
    def sent(self) -> bool:
        """Whether nothing is to be sent any more, nor to be made."""
        return super().sent and not self._early

    def write(self, data: bytes) -> bool:
        """Encrypt and send; whether all of it has left."""
        if not self._open:
            self._early.append(data)
            return False
        gone = self.tls.write(data)
        while gone < len(data):  # OpenSSL may take one record only
            gone += self.tls.write(memoryview(data)[gone:])
        return super().write(self._out.read())

    def _decrypt(self, data: bytes) -> None:
        self._in.write(data)
        if not self._open and not self._shake():
            return
        said, ended = list[bytes](), False
        try:
            # As long as there are records; to read once more would raise that there is nothing, which costs.
            while not said or self._in.pending:
                part = self.tls.read(_RECORD)
                if not part:
                    ended = True
                    break
                said.append(part)
        except ssl.SSLWantReadError:
            pass
        except OSError as error:
            self._fail(error)
            return
        if said:
            self._user.on_data(said[0] if len(said) == 1 else b"".join(said))
        if ended and not self.closed:
            self._end()

    def _shake(self) -> bool:
        """Go on with the handshake; whether it is at its end."""
        try:
            self.tls.do_handshake()
            self._open = True
            if self._on_open is not None:
                self._on_open(self.tls)
        except ssl.SSLWantReadError:
            pass
        except OSError as error:
            self._fail(error)
            return False
        if self._out.pending:
            super().write(self._out.read())
        if self._open and self._early:
            early, self._early = b"".join(self._early), []
            self.write(early)
        return self._open and not self.closed

    def _fail(self, error: OSError) -> None:
        """Tell the other side why, as far as TLS has a word for it."""
        plain = self._not_tls if getattr(error, "reason", "") == "HTTP_REQUEST" else b""
        # What OpenSSL has written is its alert (RFC 8446, 6.2).
        last = plain or self._out.read()
        if last:
            super().write(last)
        self._open = False
        self.close(error)

    def shut(self) -> None:
        """Say that this was all; the other side may go on."""
        self._say_end()
        super().shut()

    def _say_end(self) -> None:
        """Without a closing alert the other side could not tell an end from an attack (RFC 8446, 6.1)."""
        if self._open and not self.closed:
            self._open = False
            with contextlib.suppress(OSError, ValueError):
                self.tls.unwrap()
            if self._out.pending and super().sent:
                with contextlib.suppress(OSError):
                    self.socket.send(self._out.read())

    def close(self, error: Exception | None = None) -> None:
        """Close, whatever is under way."""
        self._say_end()
        super().close(error)
