"""A client of DNS over TLS, on the loop of the server under test."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import dns.message
import dns.rcode
from corefile_runtime.sockets.tls_stream import TlsStream
from corefile_runtime.testing import Running

from tests.runtime.certificates import Certificate


class TlsClient:
    """One connection, to the first listener of the server. `context` says whom the client trusts and what it shows."""

    def __init__(
        self,
        server: Running,
        context: ssl.SSLContext,
        name: str = "dns.example.org",
        *,
        session: ssl.SSLSession | None = None,
        before: bytes = b"",
    ) -> None:
        self._server = server
        self.data = bytearray()
        self.ended = False
        self.error: Exception | None = None
        opened = socket.create_connection(("127.0.0.1", server.port))
        opened.sendall(before)
        opened.setblocking(False)
        self.stream = TlsStream(
            server.loop,
            opened,
            self,
            lambda incoming, outgoing: context.wrap_bio(incoming, outgoing, server_hostname=name, session=session),
        )
        self.stream.begin()

    def on_data(self, data: bytes) -> None:
        self.data += data

    def on_end(self) -> None:
        self.stream.close()

    def on_sent(self) -> None:
        pass

    def on_close(self, error: Exception | None) -> None:
        self.ended = True
        self.error = error

    def ask(self, question: str) -> list[str]:
        """The rcode and the records of the answer; empty when the connection ends without one."""
        name, rtype = question.split()
        wire = dns.message.make_query(name, rtype).to_wire()
        self.stream.write(len(wire).to_bytes(2, "big") + wire)
        self._server.wait(lambda: self.ended or self._whole())
        if not self._whole():
            return []
        end = self._whole()
        reply = dns.message.from_wire(bytes(self.data[2:end]))
        del self.data[:end]
        records = [line for rrset in reply.answer for line in str(rrset).split("\n")]
        return [dns.rcode.to_text(reply.rcode()), *sorted(records)]

    def _whole(self) -> int:
        """Where the first reply ends, 0 when it is not there yet."""
        end = 2 + int.from_bytes(self.data[:2], "big")
        return end if 2 < len(self.data) >= end else 0

    def wait_for_end(self) -> None:
        self._server.wait(lambda: self.ended)

    def close(self) -> None:
        self.stream.close()


def write_certificates(folder: Path) -> Certificate:
    """`ca.pem`, and what it signed: `cert.pem` and `key.pem` of dns.example.org, `client.pem` and `client.key`."""
    authority = Certificate("authority")
    authority.write(folder, "ca")
    write_pair(folder, "dns.example.org", authority)
    Certificate("client", issuer=authority).write(folder, "client")
    return authority


def write_pair(folder: Path, name: str, authority: Certificate) -> None:
    """A new `cert.pem` and `key.pem`."""
    made = Certificate("server", name, issuer=authority)
    (folder / "cert.pem").write_text(made.cert)
    (folder / "key.pem").write_text(made.key)


def trusting(folder: Path, *, shows: str = "") -> ssl.SSLContext:
    """A client that trusts `ca.pem`, and has a certificate to show if it is to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "ca.pem")
    if shows:
        context.load_cert_chain(folder / f"{shows}.pem", folder / f"{shows}.key")
    return context
