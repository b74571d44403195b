"""What a web configuration file asks of clients: TLS, passwords, patience. It and its certificates are read anew."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.threads import run_aside
from corefile_runtime.http.passwords import check_password, load_library
from corefile_runtime.http.request import REASONS, Request
from corefile_runtime.http.server import Answer, Done
from corefile_runtime.http.tls import TlsSession, make_context
from corefile_runtime.http.web_config import WebConfig, WebConfigError, read_web_config

if TYPE_CHECKING:
    from ssl import SSLContext

REMEMBERED = 100
_NOSNIFF = "X-Content-Type-Options: nosniff\r\n"
# For users that there are not, so that they take as long.
_NOBODY = "$2b$10$" + "." * 53
_Stamp = tuple[tuple[int, int, int] | None, ...]


class WebGuard:
    """The guard of one address. Raises OSError and WebConfigError when the file cannot be used at the start."""

    def __init__(self, path: str, loop: Loop) -> None:
        self._path = path
        self._loop = loop
        self._stamp: _Stamp = ()
        self._config = WebConfig()
        self._context: SSLContext | None = None
        config = self._read()
        # Whether there is TLS, and the rate, are settled at the start.
        self._encrypts = config.tls.asked_for
        self._rate = 1 / config.interval if config.interval else 0.0
        self._burst = self._tokens = float(config.burst)
        self._filled = monotonic()
        self._known: dict[tuple[str, str, str], bool] = {}
        if config.users:
            load_library()

    def _read(self) -> WebConfig:
        """The configuration as it is now, with the context that goes with it."""
        tls = self._config.tls
        stamp = _stamps(self._path, tls.cert_file, tls.key_file, tls.client_ca_file)
        if stamp != self._stamp:
            self._stamp = ()
            self._config = config = read_web_config(self._path)
            tls = config.tls
            self._context = make_context(tls) if tls.asked_for else None
            self._stamp = _stamps(self._path, tls.cert_file, tls.key_file, tls.client_ca_file)
        return self._config

    def session(self) -> TlsSession | None:
        """The encryption of a new connection; raises OSError when there should be some and cannot."""
        if not self._encrypts:
            return None
        try:
            config = self._read()
        except WebConfigError as error:
            raise OSError(str(error)) from None
        if self._context is None:
            raise OSError("TLS config is not present")
        return TlsSession(self._context, config.tls.client_allowed_sans)

    def admit(self, request: Request, serve: Callable[[Done], object], done: Done) -> None:
        """Serve a request if its client may ask, and not too often."""
        try:
            config = self._read()
        except (OSError, WebConfigError):
            done(_refusal(500))
            return
        if self._rate and not self._has_token():
            done(_refusal(429))
            return
        fields = "".join(f"{name}: {value}\r\n" for name, value in config.headers)

        def tell(answer: Answer) -> None:
            done(answer._replace(fields=answer.fields + fields))

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
        """Tell whether the password is right. Finding out takes long, so it is done aside, and remembered."""
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

        run_aside(self._loop, lambda: check_password(hashed or _NOBODY, password), found)

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
    scheme, _, text = request.fields.get("authorization", [""])[0].partition(" ")
    if scheme.lower() != "basic":
        return None, ""
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape").partition(":")
    except binascii.Error:
        return None, ""
    return (user, password) if colon else (None, "")


def _refusal(status: int) -> Answer:
    return Answer(status, REASONS[status] + "\n", fields=_NOSNIFF)


def _unauthorized() -> Answer:
    return Answer(401, "Unauthorized\n", fields=_NOSNIFF + "WWW-Authenticate: Basic\r\n")
