"""TLS contexts of servers and clients, with the defaults of Go's `crypto/tls`. Files are read: for a thread."""

from __future__ import annotations

import os
import ssl
from typing import NamedTuple

from corefile_runtime.sockets.tls_errors import explain_tls

# What Go offers below TLS 1.3, in its order; level 1 takes the keys of 1024 bits that Go takes.
_CIPHERS = ":".join(
    f"ECDHE-{key}-{rest}"
    for rest in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA")
    for key in ("ECDSA", "RSA")
)


class Files(NamedTuple):
    """Where a certificate is, its key, and the authorities to trust; empty: none, the system's."""

    certificate: str = ""
    key: str = ""
    authorities: str = ""


def server_context(files: Files, verify: ssl.VerifyMode) -> ssl.SSLContext:
    """A server's side, which asks clients for a certificate if it is to `verify` one.

    Raises ValueError, with what is wrong in CoreDNS's words.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _limit(context)
    context.num_tickets = 1  # as Go: each costs
    _load_pair(context, files)
    context.verify_mode = verify
    if files.authorities:  # it is read also when nobody is verified
        _load_authorities(context, files.authorities)
    elif verify != ssl.CERT_NONE:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    return context


def client_context(files: Files) -> ssl.SSLContext:
    """A client's side, which trusts no server but those that the authorities vouch for. Raises ValueError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _limit(context)
    # Go looks at subject alternative names only, never at the common name (RFC 6125, 6.4.4 leaves that open).
    context.hostname_checks_common_name = False
    if files.certificate:
        _load_pair(context, files)
    if files.authorities:
        _load_authorities(context, files.authorities)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def _limit(context: ssl.SSLContext) -> None:
    # Go's default since 1.22 for servers, since 1.18 for clients.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS + ":@SECLEVEL=1")
    # Go's servers refuse renegotiation, and its clients do so by default (RenegotiateNever).
    context.options |= ssl.OP_NO_RENEGOTIATION


def _load_pair(context: ssl.SSLContext, files: Files) -> None:
    try:
        for path in files.certificate, files.key:
            with open(path, "rb"):
                pass  # OpenSSL does not say which one cannot be read
        context.load_cert_chain(files.certificate, files.key, password=lambda: b"")
    except OSError as error:
        raise ValueError(f"could not load TLS cert: {_explain(error)}") from error


def _load_authorities(context: ssl.SSLContext, path: str) -> None:
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        raise ValueError(f"error reading {path}: {_explain(error)}") from error
    try:
        context.load_verify_locations(cadata=text.decode("ascii", "replace"))
    except OSError as error:
        raise ValueError("could not read root certs") from error


def _explain(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return explain_tls(error)
    return f"open {os.fspath(error.filename)}: {(error.strerror or str(error)).lower()}"
