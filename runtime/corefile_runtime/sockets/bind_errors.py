"""Why a socket cannot be bound, in words that help: where, who has the port, and what to do."""

from __future__ import annotations

import errno
import socket

from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.sockets.holders import describe_holder

PROTOCOLS = {socket.SOCK_DGRAM: "udp", socket.SOCK_STREAM: "tcp"}
PRIVILEGED = 1024
"""Ports below this one are not for everybody, unless the system says otherwise."""
STUB = "systemd-resolve"
"""The name of systemd-resolved's process, as far as the kernel keeps it."""


class ListenError(OSError):
    """Nobody can listen there; the text says where and why, in Go's words."""


def explain_bind(error: OSError, kind: socket.SocketKind, host: str, port: int) -> ListenError:
    """The same error with protocol and address, in Go's words, and what is known besides. Reads `/proc`."""
    if isinstance(error, ListenError):
        return error
    said = render_bind(error, kind, host, port)
    explained = ListenError(said + _advice(error.errno, kind, host, port))
    explained.errno = error.errno
    return explained


def render_bind(error: OSError, kind: socket.SocketKind, host: str, port: int) -> str:
    """Protocol, address and reason, as Go has them: `listen udp :53: bind: address already in use`."""
    why = (error.strerror or str(error)).lower()
    return f"listen {PROTOCOLS[kind]} {join_host_port(host, port)}: bind: {why}"


def _advice(number: int | None, kind: socket.SocketKind, host: str, port: int) -> str:
    if number == errno.EADDRINUSE:
        return _say_holder(kind, host, port)
    if number == errno.EACCES and port < PRIVILEGED:
        return f"; ports below {PRIVILEGED} need root or the capability CAP_NET_BIND_SERVICE"
    if number == errno.EADDRNOTAVAIL:
        return "; no interface of this machine has the address, 'ip address' lists what there is"
    return ""


def _say_holder(kind: socket.SocketKind, host: str, port: int) -> str:
    holder = describe_holder(PROTOCOLS[kind], host, port)
    if not holder:
        return ""
    if STUB in holder:
        return f" by {holder}; set DNSStubListener=no in resolved.conf, or 'bind' other addresses than 127.0.0.53"
    return f" by {holder}"
