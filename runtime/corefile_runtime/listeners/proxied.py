"""Queries behind a load balancer, with a PROXY header that names the client."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from time import monotonic
from typing import Protocol

from corefile_runtime.listeners.answerer import Answerer
from corefile_runtime.sockets.addresses import join_host_port, pack_address
from corefile_runtime.sockets.interception import DatagramSocket
from corefile_runtime.sockets.proxy_trust import Policy, Trust
from corefile_runtime.wire.proxy_header import BadHeader, Endpoint, Header, Unfinished, read_header

# Octets of a peer for its client: 16 for the address, 2 for the port; one more has the length of the address.
_CLIENT = 18
# CoreDNS: udpSessionMaxEntries.
SESSIONS = 10240


class UdpSocket(DatagramSocket, Protocol):
    """The socket behind the load balancer."""

    def send(self, wire: bytes, peer: bytes) -> None:
        """Send to a peer."""
        ...

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of a peer."""
        ...

    def local(self) -> str:
        """The address that the socket is bound to."""
        ...


class ProxiedUdp:
    """A UDP socket behind a load balancer. Its peers are those of the socket, followed by the client."""

    over = "udp"

    def __init__(self, socket: UdpSocket, server: Answerer, trust: Trust) -> None:
        self._socket = socket
        self._server = server
        self._trust = trust
        self._most = trust.sessions or SESSIONS
        self._sessions: dict[Endpoint, tuple[float, Endpoint]] = {}

    def __call__(self, _socket: DatagramSocket) -> bool:
        """Take and answer what has arrived."""
        socket, server = self._socket, self._server
        store = server.stores["udp"]
        now = monotonic()
        for data, peer in socket.take():
            found = self._unwrap(data, socket.client(peer), now)
            # A header alone announces a session (Cloudflare Spectrum): it is remembered, and not answered.
            if found is None or not found[0]:
                continue
            wire, (host, port) = found
            address = pack_address(host)
            whole = peer + address.rjust(16, b"\0") + port.to_bytes(2, "big") + bytes((len(address),))
            mark = server.client_classes.mark(address) if server.client_classes is not None else b""
            reply = store.replay(wire, mark, whole, now) if len(wire) > 12 else None
            reply = reply or server.ask(wire, self, whole, now)
            if reply is not None:
                socket.send(reply, peer)
        return True

    def _unwrap(self, data: bytes, sender: Endpoint, now: float) -> tuple[bytes, Endpoint] | None:
        """The query and its client; None for what is not to be answered."""
        trust = self._trust
        policy = trust.policy(sender[0])
        if policy == "skip":
            return data, sender
        try:
            header = read_datagram_header(data)
            if header is not None and policy == "reject":
                raise BadHeader("headers from there are rejected")
        except BadHeader as error:
            trust.warn(f"dropping invalid Proxy Protocol packet from {join_host_port(*sender)}: {error}")
            return None
        if policy != "use":
            return data[header.end if header else 0 :], sender
        if header is None:
            return data, self._recall(sender, now) if self._sessions else sender
        client = header.source or sender
        if trust.seconds > 0:
            self._remember(sender, client, now)
        return data[header.end :], client

    def _recall(self, sender: Endpoint, now: float) -> Endpoint:
        until, client = self._sessions.get(sender, (0.0, sender))
        # CoreDNS puts a session off with every use too (lookupSession).
        if now < until:
            self._remember(sender, client, now)
            return client
        self._sessions.pop(sender, None)
        return sender

    def _remember(self, sender: Endpoint, client: Endpoint, now: float) -> None:
        """The senders stand in the order in which they were heard last."""
        sessions = self._sessions
        sessions.pop(sender, None)
        if len(sessions) >= self._most:
            del sessions[next(iter(sessions))]
        sessions[sender] = now + self._trust.seconds, client

    def send(self, wire: bytes, peer: bytes) -> None:
        """Answer later."""
        self._socket.send(wire, peer[: -_CLIENT - 1])

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        """A datagram holds one message."""
        first = next(messages, None)
        if first is not None:
            self.send(first, peer)

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of the client."""
        size = peer[-1]
        address = peer[-3 - size : -3]
        return str(ip_address(address)), peer[-3] << 8 | peer[-2]

    def local(self) -> str:
        """The address that the socket is bound to."""
        return self._socket.local()


def read_datagram_header(data: bytes) -> Header | None:
    """The header of a datagram; raises BadHeader for what cannot be one of UDP."""
    try:
        header = read_header(data)
    except Unfinished as error:
        # What only looks like the beginning of a header may be a query: its ID and flags can be any octets.
        if error.begun:
            raise
        return None
    # CoreDNS (proxyproto.parseProxyProtocol): version 1 has no word for UDP.
    if header is not None and header.version != 2:
        raise BadHeader("only version 2 is for UDP")
    if header is not None and not header.datagrams:
        raise BadHeader("the header is not one of UDP")
    return header


class StreamHead:
    """The beginning of a connection, up to where its queries begin. `client` and `target` are what the header says."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.client: Endpoint | None = None
        self.target: Endpoint | None = None

    def strip(self, data: bytes) -> bytes | None:
        """The data behind the header; None as long as the header is not whole. Raises BadHeader: close."""
        try:
            header = read_header(data)
        except Unfinished:
            return None
        if header is None:
            return data
        if self._policy == "reject":
            raise BadHeader("headers from there are rejected")
        # LOCAL is the balancer's own health check: its addresses are those of the connection.
        if self._policy == "use" and not header.local:
            self.client, self.target = header.source, header.target
        return data[header.end :]
