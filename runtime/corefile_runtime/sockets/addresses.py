"""Socket addresses: as the kernel has them, as people write them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TypeAlias

Bind: TypeAlias = Callable[[socket.SocketKind, str, int], socket.socket]
"""(kind, host, port) → a bound socket; raises OSError."""
_TRIES = 16
_MAPPED = b"\0" * 10 + b"\xff\xff"


def read_sockaddr(raw: bytes, family: int) -> tuple[str, int]:
    """Address and port out of a `sockaddr_in` or `sockaddr_in6`; an IPv4 client of a dual-stack socket is IPv4."""
    port = raw[2] << 8 | raw[3]
    if family == socket.AF_INET:
        return socket.inet_ntoa(raw[4:8]), port
    if raw[8:20] == _MAPPED:
        return socket.inet_ntoa(raw[20:24]), port
    return socket.inet_ntop(socket.AF_INET6, raw[8:24]), port


def plain_address(host: str) -> str:
    """An address; an IPv4-mapped one as IPv4."""
    return host.removeprefix("::ffff:") if "." in host else host


def join_host_port(host: str, port: int | str) -> str:
    """`192.0.2.1:53`, `[2001:db8::1]:53`, `:53`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_host_port(text: str) -> tuple[str, int]:
    """The opposite of `join_host_port`; raises ValueError."""
    host, mark, port = text.rpartition(":")
    if not mark:
        raise ValueError(f"no port in {text!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def pack_address(host: str) -> bytes:
    """The 4 or 16 octets of an address; raises OSError for what is none."""
    if ":" in host:
        return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return socket.inet_pton(socket.AF_INET, host)


def bind_socket(kind: socket.SocketKind, host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A bound socket. Without a host it is a dual-stack one where there is IPv6, as Go's are. Raises OSError.

    Of a port that is `shared` each of several sockets gets a part of what arrives.
    """
    if host or not socket.has_ipv6:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return _bind(family, kind, host, port, shared)
    try:
        return _bind(socket.AF_INET6, kind, "::", port, shared)
    except OSError as error:
        if error.errno in (97, 99):  # no IPv6 here after all
            return _bind(socket.AF_INET, kind, "0.0.0.0", port, shared)  # noqa: S104 - that is what the Corefile asks for
        raise


def bind_both(bind: Bind, host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on the same port; raises OSError.

    For port 0 the system chooses one that is free for UDP, and another one when that is taken for TCP.
    """
    for left in reversed(range(1 if port else _TRIES)):
        udp = bind(socket.SOCK_DGRAM, host, port)
        try:
            return udp, bind(socket.SOCK_STREAM, host, udp.getsockname()[1])
        except OSError:
            udp.close()
            if not left:
                raise
    raise AssertionError


def _bind(family: socket.AddressFamily, kind: socket.SocketKind, host: str, port: int, shared: bool) -> socket.socket:
    opened = socket.socket(family, kind)
    try:
        if shared and port:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if kind == socket.SOCK_STREAM:
            # Go sets it too: a restart need not wait for connections in TIME_WAIT.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # `::` serves both families, as Go's wildcard does; any other address its own family only.
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        address, _, scope = host.partition("%")
        if scope:
            opened.bind((address, port, 0, socket.if_nametoindex(scope)))
        else:
            opened.bind((host, port))
        if shared and not port:  # before, Linux might choose a port that others of this user share already
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except BaseException:
        opened.close()
        raise
    return opened
