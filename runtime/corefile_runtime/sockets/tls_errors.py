"""TLS errors of OpenSSL in the words of Go's `crypto/tls`."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, NamedTuple

_UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority"
_WRONG_TIME = "x509: certificate has expired or is not yet valid"
# By OpenSSL's number (X509_V_ERR_...).
_UNTRUSTED = {
    2: _UNKNOWN_AUTHORITY,  # unable to get the issuer's
    9: _WRONG_TIME,
    10: _WRONG_TIME,
    18: _UNKNOWN_AUTHORITY,  # self-signed
    19: _UNKNOWN_AUTHORITY,  # one in the chain is, and not known
    20: _UNKNOWN_AUTHORITY,  # unable to get the issuer's here
    21: _UNKNOWN_AUTHORITY,  # unable to verify the first
    26: "x509: certificate specifies an incompatible key usage",
}
_NO_PEM = "tls: failed to find any PEM data in certificate input"
_WRONG_NAME = frozenset((62, 63, 64))
_REASONS = {
    "KEY_VALUES_MISMATCH": "tls: private key does not match public key",
    "WRONG_VERSION_NUMBER": "tls: first record does not look like a TLS handshake",
    "HTTP_REQUEST": "tls: first record does not look like a TLS handshake",
    "UNSUPPORTED_PROTOCOL": "tls: protocol version not supported",
    "NO_SHARED_CIPHER": "tls: no cipher suite supported by both client and server",
    "BAD_DECRYPT": "tls: failed to parse private key",
}
# The names of alerts in RFC 8446, where Go has others.
_ALERTS = {
    "unknown ca": "unknown certificate authority",
    "certificate expired": "expired certificate",
    "certificate revoked": "revoked certificate",
    "certificate unknown": "unknown certificate",
    "decode error": "error decoding message",
    "decrypt error": "error decrypting message",
    "protocol version": "protocol version not supported",
    "insufficient security": "insufficient security level",
    "access denied": "access denied",
}


def explain_tls(error: OSError, name: str = "", tls: ssl.SSLObject | None = None) -> str:
    """What is wrong. `name` is what the other side of `tls` should have shown that it is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _UNTRUSTED.get(error.verify_code, f"x509: {error.verify_message}")
        if error.verify_code in _WRONG_NAME:
            why = _explain_name(_shown(tls), name)
        elif why == _WRONG_TIME:
            why += _explain_time(_shown(tls))
        return f"tls: failed to verify certificate: {why}"
    if isinstance(error, ssl.SSLEOFError):
        return "EOF"
    if "PEM lib" in str(error):  # it has no reason
        return _NO_PEM
    reason = getattr(error, "reason", None) or ""
    alert = reason.partition("_ALERT_")[2].lower().replace("_", " ")
    if alert:
        return f"remote error: tls: {_ALERTS.get(alert, alert)}"
    return _REASONS.get(reason) or (f"tls: {reason.lower().replace('_', ' ')}" if reason else str(error))


class _Shown(NamedTuple):
    """What a certificate says of itself that was not accepted, as far as Python tells."""

    names: tuple[tuple[str, str], ...] = ()
    not_before: str = ""
    not_after: str = ""


def _shown(tls: ssl.SSLObject | None) -> _Shown:
    """Read as `getpeercert` reads what was accepted. Python 3.13 has `get_unverified_chain` for all, but as octets."""
    inner: Any = getattr(tls, "_sslobj", None)
    try:
        found: dict[str, Any] = inner.get_unverified_chain()[0].get_info()
        return _Shown(tuple(found.get("subjectAltName", ())), found["notBefore"], found["notAfter"])
    except (AttributeError, TypeError, LookupError, ValueError, OSError):
        return _Shown()


def _explain_name(shown: _Shown, name: str) -> str:
    """As Go's HostnameError: the names of the certificate that are of the same kind, and the one that is not there."""
    try:
        ip_address(name)
        kind = "IP Address"
    except ValueError:
        kind = "DNS"
    valid = ", ".join(value for found, value in shown.names if found == kind)
    if valid:
        return f"x509: certificate is valid for {valid}, not {name}"
    if kind == "DNS":
        return f"x509: certificate is not valid for any names, but wanted to match {name}"
    return f"x509: cannot validate certificate for {name} because it doesn't contain any IP SANs"


def _explain_time(shown: _Shown) -> str:
    if not shown.not_after:
        return ""
    first, last = (
        datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) for text in (shown.not_before, shown.not_after)
    )
    now = datetime.now(UTC)
    word, bound = ("before", first) if now < first else ("after", last)
    return f": current time {now:%Y-%m-%dT%H:%M:%SZ} is {word} {bound:%Y-%m-%dT%H:%M:%SZ}"
