"""The guard of an HTTP server by a web configuration file: TLS, passwords, rate. Changed files are read again."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.events.threads import InThread
from corefile_runtime.http.messages import Answer, Request, error_answer
from corefile_runtime.http.passwords import check_password
from corefile_runtime.http.protocol import load_protocols
from corefile_runtime.http.web_config import WebConfig, WebConfigError, read_web_config
from corefile_runtime.http.web_tls import check_names, make_context
from corefile_runtime.sockets.stream import Stream
from corefile_runtime.sockets.tls_stream import TlsStream

if TYPE_CHECKING:
    import socket
    from ssl import MemoryBIO, SSLContext, SSLObject

    from corefile_runtime.events.event_loop import Loop
    from corefile_runtime.http.connection import Connection
    from corefile_runtime.http.server import Done

REMEMBERED = 100
# What Go says in plain text to who begins a connection for TLS in plain text.
_NOT_TLS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
# For users that there are not, so that they take as long.
_NOBODY = "$2b$10$" + "." * 53
_Stamp = tuple[tuple[int, int, int] | None, ...]


class WebGuard:
    """The guard of one address. It lets nobody in before `load` has told that the file can be used."""

    def __init__(self, path: str, in_thread: InThread) -> None:
        self._path = path
        self._in_thread = in_thread
        self._stamp: _Stamp = ()
        self._config = WebConfig()
        self._context: SSLContext | None = None
        self._is_loaded = self._encrypts = False
        self._rate = self._burst = self._tokens = 0.0
        self._filled = monotonic()
        self._known: dict[tuple[str, str, str], bool] = {}

    def load(self, then: Callable[[Exception | None], object]) -> None:
        """Read the file for the first time, in a thread; `then` gets an OSError or WebConfigError, or None."""

        def take(config: WebConfig | Exception) -> None:
            if isinstance(config, Exception):
                then(config)
                return
            # Whether there is TLS, and the rate, are settled at the start.
            self._encrypts = config.tls.asked_for
            self._rate = 1 / config.interval if config.interval else 0.0
            self._burst = self._tokens = float(config.burst)
            self._is_loaded = True
            then(None)

        self._in_thread(self._read, take)

    def _read(self) -> WebConfig:
        """The configuration as it is now, with the context that goes with it."""
        tls = self._config.tls
        stamp = _stamps(self._path, tls.cert_file, tls.key_file, tls.client_ca_file)
        if stamp != self._stamp:
            self._stamp = ()
            self._config = config = read_web_config(self._path)
            tls = config.tls
            self._context = make_context(tls, load_protocols()) if tls.asked_for else None
            self._stamp = _stamps(self._path, tls.cert_file, tls.key_file, tls.client_ca_file)
        return self._config

    def open(self, loop: Loop, opened: socket.socket, connection: Connection, /) -> Stream:
        """The stream of a new connection; raises OSError when there should be TLS and cannot."""
        if not self._is_loaded:
            raise OSError("the web configuration has not been read yet")
        if not self._encrypts:
            return Stream(loop, opened, connection)
        try:
            names = self._read().tls.client_allowed_sans
        except WebConfigError as error:
            raise OSError(str(error)) from None
        context = self._context
        if context is None:
            raise OSError("TLS config is not present")

        def on_open(session: SSLObject) -> None:
            if names is not None and context.verify_mode:
                check_names(session, names)
            connection.agreed(session.selected_alpn_protocol())

        def wrap(incoming: MemoryBIO, outgoing: MemoryBIO) -> SSLObject:
            return context.wrap_bio(incoming, outgoing, server_side=True)

        return TlsStream(loop, opened, connection, wrap, on_open=on_open, not_tls=_NOT_TLS)

    def admit(self, request: Request, serve: Callable[[Done], object], done: Done, /) -> None:
        """Serve a request if its client may ask, and not too often."""
        try:
            config = self._read()
        except (OSError, WebConfigError):
            done(error_answer(500))
            return
        if self._rate and not self._has_token():
            done(error_answer(429))
            return

        def tell(answer: Answer) -> None:
            done(answer._replace(fields=answer.fields + config.headers))

        if not config.users:
            serve(tell)
            return
        user, password = _credentials(request)
        if user is None:
            tell(_unauthorized())
            return
        self._check(
            dict(config.users).get(user), user, password, lambda well: serve(tell) if well else tell(_unauthorized())
        )

    def _check(self, hashed: str | None, user: str, password: str, then: Callable[[bool], object]) -> None:
        """Tell whether the password is right. Finding out takes long, so it is done in a thread, and remembered."""
        key = user, hashed or "", password
        if key in self._known:
            then(self._known[key])
            return

        def found(well: bool | Exception) -> None:
            right = well is True and hashed is not None
            if len(self._known) >= REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = right
            then(right)

        self._in_thread(lambda: check_password(hashed or _NOBODY, password), found)

    def _has_token(self) -> bool:
        now = monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _stamps(*paths: str) -> _Stamp:
    """By what a file is known to be another one; None for none."""
    return tuple(_stamp(path) for path in paths)


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _credentials(request: Request) -> tuple[str | None, str]:
    """User and password of a request (RFC 7617); no user when it has none."""
    scheme, _, text = request.field("authorization").partition(" ")
    if scheme.lower() != "basic":
        return None, ""
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape").partition(":")
    except binascii.Error:
        return None, ""
    return (user, password) if colon else (None, "")


def _unauthorized() -> Answer:
    return error_answer(401, fields=(("WWW-Authenticate", "Basic"),))
