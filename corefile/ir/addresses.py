"""IP addresses and host:port pairs as Go reads them."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def parse_ip(text: str) -> str | None:
    """The address in its usual form, IPv4 also when it is mapped into IPv6; None where Go's `net.ParseIP` gives nil.

    A zone (`fe80::1%eth0`) and leading zeros in an octet are refused, as there.
    """
    if "%" in text:
        return None
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
