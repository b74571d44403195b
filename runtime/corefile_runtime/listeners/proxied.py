"""Queries that a load balancer passes on, with a header that names the client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_address
from time import monotonic
from typing import TYPE_CHECKING, Literal, Protocol

from corefile_runtime.replay.client_classes import Clients
from corefile_runtime.sockets.addresses import join_host_port, pack_address
from corefile_runtime.wire.proxy_header import BadHeader, Endpoint, Header, Unfinished, read_header
from corefile_runtime.wire.question import Transport

if TYPE_CHECKING:
    from corefile_runtime.listeners.udp import UdpListener

Policy = Literal["use", "ignore", "reject", "skip"]
_CLIENT = 18
_REMEMBERED = 65536
SESSIONS = 10240


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose headers count: those of `networks`, and `default` for all others; without networks it is for all.

    `seconds` is how long the header of a sender is remembered for the datagrams that follow it, for at most
    `sessions` senders (0: 10,240); 0 for not at all. `warn` is told of datagrams that are dropped.
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    default: Policy
    seconds: float
    sessions: int
    warn: Callable[[str], object]
    known: dict[str, Policy] = field(default_factory=dict[str, Policy], compare=False)

    def after(self, other: Trust | None) -> Trust:
        """As a later block of the same address says it: what it does not say of sessions stays."""
        if other is None:
            return self
        return replace(self, seconds=self.seconds or other.seconds, sessions=self.sessions or other.sessions)

    def policy(self, host: str) -> Policy:
        """What to do with the header of a sender."""
        found = self.known.get(host)
        if found is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            found = self.known[host] = self._decide(host)
        return found

    def _decide(self, host: str) -> Policy:
        if not self.networks:
            return self.default
        if "%" in host:  # CoreDNS cannot compare an address with a scope
            return "reject"
        address = ip_address(host)
        return "use" if any(address in network for network in self.networks) else self.default


class Answerer(Protocol):
    """What answers, as far as it matters here."""

    clients: Clients | None

    def ask(self, wire: bytes, via: Transport, peer: bytes, start: float) -> bytes | None:
        """The reply, or None when there is none or it comes later."""
        ...


class Proxied:
    """What looks at a UDP socket first where headers count."""

    def __init__(self, server: Answerer, trust: Trust) -> None:
        self._server = server
        self._trust = trust
        self._made: ProxiedUdp | None = None

    def __call__(self, listener: UdpListener) -> bool:
        """Take and answer what has arrived."""
        if self._made is None:
            self._made = ProxiedUdp(listener, self._server, self._trust)
        self._made.drain()
        return True


class ProxiedUdp:
    """A UDP socket behind a load balancer. Its peers are those of the socket, followed by the client."""

    over = "udp"

    def __init__(self, socket: UdpListener, server: Answerer, trust: Trust) -> None:
        self._socket = socket
        self._server = server
        self._trust = trust
        self._most = trust.sessions or SESSIONS
        self._sessions: dict[Endpoint, tuple[float, Endpoint]] = {}

    def drain(self) -> None:
        """Answer what has arrived."""
        socket, server = self._socket, self._server
        now = monotonic()
        for data, peer in socket.take():
            found = self._unwrap(data, socket.client(peer), now)
            if found is None or not found[0]:
                continue
            wire, (host, port) = found
            address = pack_address(host)
            whole = peer + address.rjust(16, b"\0") + port.to_bytes(2, "big") + bytes((len(address),))
            key = wire[2:] if server.clients is None else server.clients.mark(address) + wire[2:]
            kept = socket.store.recall(key, now)
            if kept is not None:
                kept.hits += 1
                for each in kept.each:
                    each(wire[:2], whole, now)
                socket.send(wire[:2] + kept.wire, peer)
                continue
            reply = server.ask(wire, self, whole, now)
            if reply is not None:
                socket.send(reply, peer)

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
        if error.begun:
            raise
        return None
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
        if self._policy == "use" and not header.local:
            self.client, self.target = header.source, header.target
        return data[header.end :]
