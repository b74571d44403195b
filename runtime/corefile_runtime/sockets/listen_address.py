"""Addresses of TCP servers as Go's `net.Listen` reads them."""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address

from corefile_runtime.sockets.addresses import bind_socket, plain_address
from corefile_runtime.sockets.bind_errors import ListenError, explain_bind

_NUMBER = re.compile(r"([+-]?[0-9]+)?")
# Services that Go knows by itself: images of containers have no /etc/services.
_SERVICES = {"domain": 53, "http": 80, "https": 443}


def listen_tcp(text: str) -> socket.socket:
    """A socket that is bound to `host:port`; raises ListenError.

    Without a host, or with an unspecified one of either family, it is that of both families; without a port, or for 0,
    the system chooses one; a port may be the name of a service.
    """
    host, port = parse_listen_address(text)
    try:
        return bind_socket(socket.SOCK_STREAM, host, port)
    except OSError as error:
        raise explain_bind(error, socket.SOCK_STREAM, host, port) from error


def parse_listen_address(text: str) -> tuple[str, int]:
    """An IP address, empty for all, and a port; raises ListenError."""
    host, mark, port = text.rpartition(":")
    if not mark:
        raise ListenError(f"listen tcp: address {text}: missing port in address")
    number = _find_port(port)  # Go looks for the port first
    return _find_host(host.removeprefix("[").removesuffix("]")), number


def _find_port(text: str) -> int:
    number = int(text[:12] or 0) if _NUMBER.fullmatch(text) else _find_service(text)
    if not 0 <= number <= 0xFFFF:
        raise ListenError(f"listen tcp: address {text}: invalid port")
    return number


def _find_service(name: str) -> int:
    try:
        return _SERVICES.get(name.lower()) or socket.getservbyname(name, "tcp")
    except (OSError, UnicodeError, ValueError):
        raise ListenError(f"listen tcp: lookup tcp/{name}: unknown port") from None


def _find_host(host: str) -> str:
    """A name stands for its first address of IPv4, if it has one."""
    try:
        if not host or ip_address(plain_address(host)).is_unspecified:
            return ""
        return plain_address(host)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ListenError(f"listen tcp: lookup {host}: no such host") from None
    # Go listens on one address of a name, and takes IPv4 if it can (net: addrList.forResolve).
    addresses = sorted(found, key=lambda one: one[0] != socket.AF_INET)
    return str(addresses[0][4][0])
