"""IP addresses and host:port pairs as Go reads them."""

from __future__ import annotations

from typing import NamedTuple

from corefile.ir.names import DEFAULT_PORTS, split_transport


def parse_ip(text: str) -> str | None:
    """The address in its usual form, IPv4 also when it is mapped into IPv6; None where Go's `net.ParseIP` gives nil.

    A zone (`fe80::1%eth0`) and leading zeros in an octet are refused, as there.
    """
    if not text or text.strip("0123456789abcdefABCDEF.:"):
        return None
    from ipaddress import IPv6Address, ip_address  # not before something looks like an address: start-up is short

    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def strip_scope(text: str) -> str:
    """The address before its last `%`."""
    return text.rpartition("%")[0] if "%" in text else text


def split_host_port(text: str) -> tuple[str, str] | None:
    """Host and port of `host:port` or `[host]:port`; None where Go's `net.SplitHostPort` gives an error."""
    head, colon, port = text.rpartition(":")
    if not colon:
        return None
    if text.startswith("["):
        close = text.find("]")
        if close < 0 or close + 1 == len(text) or close + 1 != len(head):
            return None
        host = text[1:close]
        rest_from, close_from = 1, close + 1
    else:
        host = head
        if ":" in host:
            return None
        rest_from = close_from = 0
    if "[" in text[rest_from:] or "]" in text[close_from:]:
        return None
    return host, port


def join_host_port(host: str, port: str) -> str:
    """`host:port`, with brackets around what contains a colon or a percent sign, as Go's `net.JoinHostPort`."""
    return f"[{host}]:{port}" if ":" in host or "%" in host else f"{host}:{port}"


FOLDERS = (".", "..", "/")
"""Words that stand for a folder on every machine: to CoreDNS these are files without `nameserver` lines."""


class Target(NamedTuple):
    """What CoreDNS's `HostPortOrFile` makes of one word.

    `server` is what it keeps of an address, `[SCHEME://]HOST:PORT`, None where the word is none; then `path` is the
    resolv.conf-like file that it tries.
    """

    server: str | None
    path: str = ""


def host_port_or_file(text: str) -> Target | None:
    """An address with or without scheme and port, or else a file; None for a scheme with nothing behind it.

    A port is not looked at. A scheme without a default port of its own loses even the address, as in CoreDNS.
    """
    transport, host = split_transport(text)
    if not host:
        return None
    if transport == "unix":
        return Target(text)
    parts = split_host_port(host)
    if parts is not None:
        return Target(text) if parse_ip(strip_scope(parts[0])) else Target(None, host)
    host = host.strip("[]")
    if parse_ip(strip_scope(host)) is None:
        return Target(None, host)
    if transport == "https3":
        return Target("")
    server = join_host_port(host, DEFAULT_PORTS[transport])
    return Target(server if transport == "dns" else f"{transport}://{server}")
