"""TLS as the web configuration wants it: the context of a server, and the names that its clients must have."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
import warnings
from collections.abc import Generator, Iterable
from ipaddress import ip_address
from typing import Any

from corefile_runtime.http.web_config import CIPHERS, CURVES, VERSIONS, TlsConfig, WebConfigError

_VERIFIES = {
    "NoClientCert": ssl.CERT_NONE,
    "RequestClientCert": ssl.CERT_NONE,  # whatever is shown is taken, and nobody looks at it
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


def make_context(config: TlsConfig, protocols: Iterable[str]) -> ssl.SSLContext:
    """A server's side of TLS that speaks these protocols; raises OSError and WebConfigError for what cannot be had."""
    _check(config)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _limit_versions(context, config)
    context.set_alpn_protocols(list(protocols))
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


def check_names(session: ssl.SSLObject, names: tuple[str, ...]) -> None:
    """Raise OSError unless the client's certificate has one of these names."""
    shown: Any = session.getpeercert() or {}
    found = {str(ip_address(name)) if kind == "IP Address" else name for kind, name in shown.get("subjectAltName", ())}
    if not found & set(names):
        raise OSError("the client's certificate has none of the names that are allowed")


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
