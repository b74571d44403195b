"""TLS on a connection of the HTTP server: bytes in, bytes out, so that the loop need not know of it."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
import warnings
from collections.abc import Generator
from ipaddress import ip_address
from typing import Any

from corefile_runtime.http.web_config import CIPHERS, CURVES, VERSIONS, TlsConfig, WebConfigError

_PLAIN = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
_VERIFIES = {
    "NoClientCert": ssl.CERT_NONE,
    "RequestClientCert": ssl.CERT_NONE,  # whatever is shown is taken, and nobody looks at it
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


class TlsSession:
    """One encrypted connection. A client whose certificate is verified must have one of the names, if there are any."""

    def __init__(self, context: ssl.SSLContext, names: tuple[str, ...] | None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._names = names if context.verify_mode != ssl.CERT_NONE else None
        self._plain = b""

    def open(self, data: bytes) -> bytes:
        """What the client said; raises OSError (ssl.SSLError is one) when that cannot be understood or trusted."""
        self._in.write(data)
        said = bytearray()
        try:
            while part := self._tls.read(65536):
                said += part
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                self._plain = _PLAIN
            raise
        if said and self._names is not None:
            self._check_names()
        return bytes(said)

    def _check_names(self) -> None:
        shown: Any = self._tls.getpeercert() or {}
        names = {
            str(ip_address(name)) if kind == "IP Address" else name for kind, name in shown.get("subjectAltName", ())
        }
        if not names & set(self._names or ()):
            raise OSError("the client's certificate has none of the names that are allowed")
        self._names = None

    def seal(self, data: bytes) -> None:
        """Say something to the client."""
        self._tls.write(data)

    def end(self) -> None:
        """Say that this was all."""
        with contextlib.suppress(OSError, ValueError):
            self._tls.unwrap()

    def take(self) -> bytes:
        """What is to be sent now."""
        plain, self._plain = self._plain, b""
        return plain or self._out.read()


def make_context(config: TlsConfig) -> ssl.SSLContext:
    """A server's side of TLS; raises OSError and WebConfigError for what cannot be had."""
    _check(config)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _limit_versions(context, config)
    context.set_alpn_protocols(["http/1.1"])
    if len(config.curve_preferences) == 1:  # more cannot be set
        context.set_ecdh_curve(CURVES[config.curve_preferences[0]])
    with contextlib.ExitStack() as stack:
        files = [
            name or stack.enter_context(_in_a_file(text))
            for name, text in ((config.cert_file, config.cert), (config.key_file, config.key))
        ]
        context.load_cert_chain(files[0], files[1], password=lambda: b"")
    context.verify_mode = _VERIFIES[config.client_auth]
    if config.client_ca_file or config.client_ca:
        context.load_verify_locations(config.client_ca_file or None, cadata=config.client_ca or None)
    elif context.verify_mode != ssl.CERT_NONE:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    return context


def _check(config: TlsConfig) -> None:
    if not (config.cert or config.cert_file):
        raise WebConfigError("missing one of cert or cert_file")
    if not (config.key or config.key_file):
        raise WebConfigError("missing one of key or key_file")
    if config.client_auth == "RequireAnyClientCert":
        raise WebConfigError(
            "client_auth_type RequireAnyClientCert is not supported by 'corefile run': "
            "it takes no certificate that it does not verify"
        )
    if config.client_auth not in _VERIFIES:
        raise WebConfigError(f"invalid ClientAuth: {config.client_auth}")
    if config.client_auth == "RequestClientCert" and config.client_allowed_sans is not None:
        raise WebConfigError("client_allowed_sans need a client_auth_type that verifies")
    if (config.client_ca or config.client_ca_file) and config.client_auth == "NoClientCert":
        raise WebConfigError("client CA's have been configured without a Client Auth Policy")


def _limit_versions(context: ssl.SSLContext, config: TlsConfig) -> None:
    least, most = VERSIONS[config.min_version], VERSIONS[config.max_version]
    names = [CIPHERS[name] for name in config.cipher_suites]
    known = [name for name in names if name]
    if names and not known:  # only such as TLS 1.3 has
        least = max(least, ssl.TLSVersion.TLSv1_3)
    if known or least < ssl.TLSVersion.TLSv1_2:
        # The old versions need what OpenSSL calls a lower level.
        level = ":@SECLEVEL=0" if least < ssl.TLSVersion.TLSv1_2 else ""
        context.set_ciphers((":".join(known) or "DEFAULT") + level)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion(least)
        context.maximum_version = ssl.TLSVersion(most)


@contextlib.contextmanager
def _in_a_file(text: str) -> Generator[str]:
    """The name of a file, ours alone and only for now, with a text: OpenSSL reads certificates from files."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        yield file.name
