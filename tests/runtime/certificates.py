"""Certificates for tests, made on the spot: an authority, and what it signs (RFC 5280, ECDSA on P-256).

Slow, small and good for nothing but tests.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from ipaddress import ip_address
from pathlib import Path

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_Point = tuple[int, int] | None


def _add(one: _Point, two: _Point) -> _Point:
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2:
        if (y1 + y2) % _P == 0:
            return None
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P) % _P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P) % _P
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _times(number: int) -> tuple[int, int]:
    """The generator so many times."""
    total: _Point = None
    double: _Point = _G
    while number:
        if number & 1:
            total = _add(total, double)
        double, number = _add(double, double), number >> 1
    assert total is not None
    return total


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 128 | len(octets))) + octets + body


def _integer(number: int) -> bytes:
    return _der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray((40 * first + second,))
    for number in rest:
        septets = [number & 127]
        while number := number >> 7:
            septets.append(number & 127 | 128)
        out += bytes(reversed(septets))
    return _der(6, bytes(out))


def _name(common: str) -> bytes:
    return _der(0x30, _der(0x31, _der(0x30, _oid("2.5.4.3"), _der(0x0C, common.encode()))))


def _pem(label: str, body: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(body).decode()}-----END {label}-----\n"


def _extensions(names: tuple[str, ...], *, authority: bool) -> bytes:
    basic = _der(0x30, _oid("2.5.29.19"), _der(1, b"\xff"), _der(4, _der(0x30, _der(1, b"\xff") if authority else b"")))
    shown: list[bytes] = []
    for name in names:
        try:
            shown.append(_der(0x87, ip_address(name).packed))
        except ValueError:
            shown.append(_der(0x82, name.encode()))
    other = _der(0x30, _oid("2.5.29.17"), _der(4, _der(0x30, *shown))) if shown else b""
    return _der(0xA3, _der(0x30, basic, other))


class Certificate:
    """A certificate and its key as PEM. Without an issuer it is an authority of its own. `until` is YYMMDDhhmmssZ."""

    def __init__(
        self, common: str, *names: str, issuer: Certificate | None = None, until: str = "491231235959Z"
    ) -> None:
        self.common = common
        self._secret = secrets.randbelow(_N - 1) + 1
        x, y = _times(self._secret)
        point = b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
        kind = _der(0x30, _oid("1.2.840.10045.2.1"), _oid("1.2.840.10045.3.1.7"))
        signed = _der(0x30, _oid("1.2.840.10045.4.3.2"))
        body = _der(
            0x30,
            _der(0xA0, _integer(2)),
            _integer(secrets.randbits(64)),
            signed,
            _name((issuer or self).common),
            _der(0x30, _der(0x17, b"200101000000Z"), _der(0x17, until.encode())),
            _name(common),
            _der(0x30, kind, _der(3, b"\0" + point)),
            _extensions(names, authority=issuer is None),
        )
        signature = (issuer or self).sign(body)
        self.cert = _pem("CERTIFICATE", _der(0x30, body, signed, _der(3, b"\0" + signature)))
        key = _der(0x30, _integer(1), _der(4, self._secret.to_bytes(32, "big")), _der(0xA1, _der(3, b"\0" + point)))
        self.key = _pem("PRIVATE KEY", _der(0x30, _integer(0), kind, _der(4, key)))

    def sign(self, body: bytes) -> bytes:
        """ECDSA with SHA-256."""
        digest = int.from_bytes(hashlib.sha256(body).digest(), "big")
        nonce = secrets.randbelow(_N - 1) + 1
        r = _times(nonce)[0] % _N
        s = pow(nonce, -1, _N) * (digest + r * self._secret) % _N
        return _der(0x30, _integer(r), _integer(s))

    def write(self, folder: Path, name: str) -> None:
        """Into `name.pem` and `name.key`."""
        (folder / f"{name}.pem").write_text(self.cert)
        (folder / f"{name}.key").write_text(self.key)
