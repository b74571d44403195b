"""An upstream with canned replies, on the loop of the server under test."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

import dns.message
import dns.rcode
import dns.rrset

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.sockets.addresses import bind_both, bind_socket

Respond = Callable[[dns.message.QueryMessage, str], "dns.message.Message | bytes | None"]
"""(query, `udp` or `tcp`) → the reply of a stub upstream; None: none."""


class Stub:
    """An upstream with canned replies: `answers` maps `name. TYPE` to records, `respond` overrides it.

    `seen` has the queries that came, and over what.
    """

    def __init__(
        self, loop: Loop, answers: Mapping[str, list[str]] | None = None, respond: Respond | None = None
    ) -> None:
        self._loop = loop
        self._respond = respond or self._look_up
        self.answers = dict(answers or {})
        self.seen: list[tuple[dns.message.Message, str]] = []
        self._udp, self._tcp = bind_both(bind_socket, "127.0.0.1", 0)
        self.port: int = self._udp.getsockname()[1]
        self._tcp.listen()
        self._open = [self._udp, self._tcp]
        loop.read(self._udp.fileno(), self._read_udp)
        loop.read(self._tcp.fileno(), self._accept)

    def _look_up(self, query: dns.message.QueryMessage, over: str) -> dns.message.Message:
        del over
        reply = dns.message.make_response(query, recursion_available=True)
        found = self.answers.get(str(query.question[0]).replace(" IN ", " "))
        if found is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        for record in found or ():
            owner, ttl, rclass, rtype, rest = record.split(None, 4)
            section = reply.authority if rtype == "SOA" else reply.answer
            section.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, rest))
        return reply

    def _answer(self, wire: bytes, over: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        self.seen.append((query, over))
        if not isinstance(query, dns.message.QueryMessage):
            return None
        reply = self._respond(query, over)
        return reply.to_wire(max_size=65535) if isinstance(reply, dns.message.Message) else reply

    def _read_udp(self) -> None:
        wire, peer = self._udp.recvfrom(65535)
        if (reply := self._answer(wire, "udp")) is not None:
            self._udp.sendto(reply, peer)

    def _accept(self) -> None:
        client, _ = self._tcp.accept()
        self._open.append(client)
        self._loop.read(client.fileno(), lambda: self._read_tcp(client))

    def _read_tcp(self, client: socket.socket) -> None:
        data = client.recv(65535)
        if not data:
            self._loop.forget(client.fileno())
            client.close()
            return
        if (reply := self._answer(data[2:], "tcp")) is not None:
            client.sendall(len(reply).to_bytes(2, "big") + reply)

    def close(self) -> None:
        """Be gone."""
        for one in self._open:
            if one.fileno() >= 0:
                self._loop.forget(one.fileno())
                one.close()
        self._open = []
