"""The web configuration file that `tls` of `prometheus` names: HTTPS, headers, users, limits of an HTTP server.

Its format is that of Prometheus' exporter-toolkit 0.17, which CoreDNS has built in; it is read as strictly.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

VERSIONS = {"TLS10": 0x301, "TLS11": 0x302, "TLS12": 0x303, "TLS13": 0x304}
CURVES = {"CurveP256": "prime256v1", "CurveP384": "secp384r1", "CurveP521": "secp521r1", "X25519": "X25519"}
CLIENT_AUTH = (
    "NoClientCert", "RequestClientCert", "RequireClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
)  # fmt: skip
# Ciphers by Go's names, as OpenSSL calls them; those of TLS 1.3 cannot be chosen.
CIPHERS = {
    "TLS_AES_128_GCM_SHA256": "",
    "TLS_AES_256_GCM_SHA384": "",
    "TLS_CHACHA20_POLY1305_SHA256": "",
    **{
        f"TLS_ECDHE_{key}_WITH_{name}": f"ECDHE-{key}-{known}"
        for key in ("ECDSA", "RSA")
        for name, known in (
            ("AES_128_CBC_SHA", "AES128-SHA"),
            ("AES_256_CBC_SHA", "AES256-SHA"),
            ("AES_128_GCM_SHA256", "AES128-GCM-SHA256"),
            ("AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
            ("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"),
        )
    },
}
# Fields of replies that may be set, and to what, where there is a choice.
_HEADERS: dict[str, tuple[str, ...]] = {
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
    "Content-Security-Policy": (),
}
_BCRYPT = re.compile(r"\$2[abxy]?\$(0[4-9]|[12][0-9]|3[01])\$.{53,}", re.DOTALL)
_INTERVAL = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class WebConfigError(ValueError):
    """The file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsConfig:
    """HTTPS: certificate and key as PEM or the files that have them, and what clients must show."""

    cert: str = ""
    key: str = ""
    client_ca: str = ""
    cert_file: str = ""
    key_file: str = ""
    client_auth_type: str = ""
    client_ca_file: str = ""
    cipher_suites: tuple[str, ...] = ()
    curve_preferences: tuple[str, ...] = ()
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    prefer_server_cipher_suites: bool = True
    client_allowed_sans: tuple[str, ...] | None = None

    @property
    def asked_for(self) -> bool:
        """Whether there is to be TLS at all."""
        pairs = self.cert, self.cert_file, self.key, self.key_file, self.client_ca, self.client_ca_file
        return any(pairs) or bool(self.client_auth_type)

    @property
    def client_auth(self) -> str:
        """What is asked of clients, by its present name."""
        return {"": "NoClientCert", "RequireClientCert": "RequireAnyClientCert"}.get(
            self.client_auth_type, self.client_auth_type
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """One such file. `interval` is the time in seconds between two requests, 0 for no limit; `burst` may
    come at once.
    """

    tls: TlsConfig = field(default_factory=TlsConfig)
    http2: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    burst: int = 0
    interval: float = 0.0
    users: tuple[tuple[str, str], ...] = ()


def read_web_config(path: str) -> WebConfig:
    """Read a file; raises OSError and WebConfigError. Names of other files are relative to where it is."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # a FIFO would keep the reader waiting for a writer
        raise WebConfigError("no regular file")
    text = Path(path).read_bytes()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_repetitions(root)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WebConfigError(f"no YAML: {' '.join(str(error).split())}") from None
    top = _Section("", data, ("tls_server_config", "http_server_config", "rate_limit", "basic_auth_users"))
    http = _Section("http_server_config", top.get("http_server_config"), ("http2", "headers"))
    rate = _Section("rate_limit", top.get("rate_limit"), ("burst", "interval"))
    return WebConfig(
        tls=_read_tls(top.get("tls_server_config"), os.path.dirname(path)),
        http2=http.flag("http2", default=True),
        headers=_read_headers(http.get("headers")),
        burst=rate.number("burst"),
        interval=_read_interval(rate.get("interval")),
        users=_read_users(top.get("basic_auth_users")),
    )


class _Section:
    """A mapping in the file, all of whose keys must be known."""

    def __init__(self, name: str, data: object, known: tuple[str, ...]) -> None:
        if not isinstance(data, dict | None):
            raise WebConfigError(f"{name or 'the file'} must be a mapping")
        self._data = cast("dict[object, object]", data or {})
        for key in self._data:
            if key not in known:
                raise WebConfigError(f"unknown field '{key}'{' in ' + name if name else ''}")

    def get(self, key: str) -> object:
        return self._data.get(key)

    def text(self, key: str) -> str:
        value = self._data.get(key)
        if isinstance(value, dict | list):
            raise WebConfigError(f"'{key}' must be a text")
        return "" if value is None else str(value)

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self._data.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            raise WebConfigError(f"'{key}' must be a list")
        return tuple(str(one) for one in cast("list[object]", value))

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._data.get(key, default)
        if not isinstance(value, bool):
            raise WebConfigError(f"'{key}' must be true or false")
        return value

    def number(self, key: str) -> int:
        value = self._data.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool):
            raise WebConfigError(f"'{key}' must be a number")
        return value


def _refuse_repetitions(node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise WebConfigError(f"'{key.value}' given twice")
            seen.add(key.value)
            _refuse_repetitions(value)


def _read_tls(data: object, folder: str) -> TlsConfig:
    section = _Section("tls_server_config", data, tuple(TlsConfig.__dataclass_fields__))
    texts = {key: section.text(key) for key in ("cert", "key", "client_ca", "client_auth_type")}
    files = {key: section.text(key) for key in ("cert_file", "key_file", "client_ca_file")}
    return TlsConfig(
        **texts,
        **{key: os.path.join(folder, name) if name else "" for key, name in files.items()},
        cipher_suites=tuple(_known(one, CIPHERS, "cipher") for one in section.texts("cipher_suites") or ()),
        curve_preferences=tuple(_known(one, CURVES, "curve") for one in section.texts("curve_preferences") or ()),
        min_version=_known(section.text("min_version") or "TLS12", VERSIONS, "TLS version"),
        max_version=_known(section.text("max_version") or "TLS13", VERSIONS, "TLS version"),
        prefer_server_cipher_suites=section.flag("prefer_server_cipher_suites", default=True),
        client_allowed_sans=section.texts("client_allowed_sans"),
    )


def _known(text: str, known: dict[str, Any], what: str) -> str:
    if text not in known:
        raise WebConfigError(f"unknown {what}: {text}")
    return text


def _read_headers(data: object) -> tuple[tuple[str, str], ...]:
    section = _Section("headers", data, tuple(_HEADERS))
    headers = [(name, section.text(name)) for name in _HEADERS if section.get(name) is not None]
    for name, value in headers:
        if _HEADERS[name] and value not in _HEADERS[name]:
            raise WebConfigError(f"invalid value for {name}: '{value}', expected {' or '.join(_HEADERS[name])}")
    return tuple(headers)


def _read_interval(value: object) -> float:
    """A duration as Go writes it, or a number of nanoseconds."""
    if isinstance(value, int):
        return value * 1e-9
    text = "" if value is None else str(value)
    rest = _INTERVAL.sub("", text)
    if rest not in ("", "0"):
        raise WebConfigError(f"'interval' must be a duration, not '{text}'")
    return sum(float(number) * _UNITS[unit] for number, unit in _INTERVAL.findall(text))


def _read_users(data: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(data, dict | None):
        raise WebConfigError("basic_auth_users must be a mapping")
    users = tuple((str(name), str(value)) for name, value in cast("dict[object, object]", data or {}).items())
    for name, value in users:
        if not _BCRYPT.fullmatch(value):
            raise WebConfigError(f"the password of '{name}' is no bcrypt hash")
    return users
