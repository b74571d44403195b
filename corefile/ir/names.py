"""Domain names and addresses as CoreDNS judges them when it reads a Corefile.

Names are kept as text, the way CoreDNS compares them: lower case, with a final dot, escapes as written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from corefile.golang.letters import to_lower

TRANSPORTS = ("tls", "dns", "quic", "grpc", "https3", "https", "unix")

DEFAULT_PORTS = {"dns": "53", "tls": "853", "quic": "853", "grpc": "443", "https": "443", "https3": "443", "unix": ""}


class NameFault(Exception):
    """A zone that CoreDNS refuses. `code` is the diagnostic's, `reason` a sentence for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class HostPort(NamedTuple):
    """The names that a key or zone stands for (several for a reverse range), and its port, empty where none is
    given.
    """

    names: tuple[str, ...]
    port: str


def split_transport(text: str) -> tuple[str, str]:
    """The transport before `://` and what follows; without a known one, `dns` and the whole text."""
    if "://" in text:
        for transport in TRANSPORTS:
            if text.startswith(transport + "://"):
                return transport, text[len(transport) + 3 :]
    return "dns", text


def is_fqdn(name: str) -> bool:
    """Whether a name ends in a dot that is not escaped, as miekg/dns judges it.

    It counts from the byte at which the letter before the backslashes begins: one of two or four bytes in UTF-8 turns
    the answer round.
    """
    if not name.endswith("."):
        return False
    letters = name[:-1].rstrip("\\")
    escapes = len(name) - 1 - len(letters)
    if not escapes or letters[-1:].isascii():
        return escapes % 2 == 0
    return (escapes + len(letters[-1].encode("utf-8", "surrogateescape"))) % 2 == 1


def fqdn(name: str) -> str:
    """The name with its final dot."""
    return name if is_fqdn(name) else name + "."


def normalize(name: str) -> str:
    """The form in which CoreDNS compares names: lower case with a final dot."""
    return to_lower(fqdn(name))


def domain_name_fault(name: str) -> str:
    """Why CoreDNS does not take a text for a domain name; empty when it does (RFC 1035, escapes as in zone files)."""
    if not name:
        return "it is empty"
    if "\\" in name:
        return _escaped_name_fault(fqdn(name).encode("utf-8", "surrogateescape"))
    if name == ".":
        return ""
    labels = fqdn(name)[:-1].split(".")
    if not all(labels):
        return "it begins with a dot" if not labels[0] else "it has an empty label"
    lengths = [len(label) if label.isascii() else len(label.encode("utf-8", "surrogateescape")) for label in labels]
    return _length_fault(max(lengths), sum(lengths) + len(lengths))


def _length_fault(longest: int, total: int) -> str:
    if longest > 63:
        return f"a label has {longest} bytes, at most 63 are allowed"
    return f"it has {total} bytes, at most 255 are allowed" if total > 256 else ""


def _escaped_name_fault(name: bytes) -> str:
    """The same for a name with backslashes: an escape and what it stands for count as one byte of their label."""
    at = begin = total = 0
    after_dot = escape = False
    while at < len(name):
        byte = name[at]
        if byte == 0x5C:
            escape = not escape
            skip = 3 if name[at + 1 : at + 4].isdigit() and len(name[at + 1 : at + 4]) == 3 else 1
            at += skip
            begin += skip
            after_dot = False
        elif byte == 0x2E:
            escape = False
            if at == 0 and len(name) > 1:
                return "it begins with a dot"
            if after_dot:
                return "it has an empty label"
            after_dot = True
            total += 1 + at - begin
            if fault := _length_fault(at - begin, total):
                return fault
            begin = at + 1
        else:
            escape = after_dot = False
        at += 1
    return "it ends in a backslash" if escape else ""


_HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


def is_host_name(text: str) -> bool:
    """Whether Go's resolver looks a name up at all: letters, digits, `-` and `_` in labels, not digits alone."""
    if text == ".":
        return True
    labels = text.removesuffix(".").split(".")
    return (
        len(text.removesuffix(".")) <= 253
        and all(_HOST_LABEL.fullmatch(label) for label in labels)
        and not text.replace(".", "").isdigit()
    )


def split_host_port(text: str) -> HostPort:
    """Take a zone without scheme apart: `example.org:1053`, `10.0.0.0/22`.

    What follows the last colon is a port only if it is a decimal integer. A CIDR range gives the reverse zones of the
    next octet (IPv4) or nibble (IPv6) boundary. Raises `NameFault`.
    """
    name, port = text, ""
    head, colon, tail = text.rpartition(":")
    if colon and not tail:
        raise NameFault("CF121", f"port missing after the last colon of '{text}'")
    if colon and _is_integer(tail):
        name, port = head, str(int(tail))
    size = len(name.encode("utf-8", "surrogateescape"))
    if size > 255:
        raise NameFault("CF122", f"zone name has {size} bytes, at most 255 are allowed")
    if fault := domain_name_fault(name):
        raise NameFault("CF123", f"'{name}' is not a domain name: {fault}")
    if "/" not in name:
        return HostPort((name,), port)
    from corefile.ir.ranges import parse_cidr, reverse_zones

    network = parse_cidr(name)
    if network is None:
        return HostPort((name,), port)
    if name.startswith(":") or (name.startswith("0") and ":" in name):
        raise NameFault(
            "CF124", f"'{name}' is not a range that CoreDNS takes: IPv6 ranges must not begin with ':' or '0'"
        )
    return HostPort(reverse_zones(network), port)


def _is_integer(text: str) -> bool:
    digits = text[1:] if text[0] in "+-" else text
    return digits.isascii() and digits.isdigit() and -(1 << 63) <= int(text) < 1 << 63


def normalize_exact(text: str) -> tuple[str, ...]:
    """The zones that a plugin's argument stands for, normalised; empty when it is no zone."""
    try:
        names = split_host_port(split_transport(text)[1]).names
    except NameFault:
        return ()
    return tuple(normalize(name) for name in names)


def is_subdomain(zone: str, name: str) -> bool:
    """Whether a normalised name is the zone or below it."""
    return zone == "." or name == zone or name.endswith("." + zone)
