"""One connection to the HTTP server: requests come in, one after the other, and answers go out."""

from __future__ import annotations

import socket
from functools import partial
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from corefile_runtime.http.request import MAX_BODY, MAX_HEAD, REASONS, Refusal, Request, find_head, read_head
from corefile_runtime.sockets.streams import receive

if TYPE_CHECKING:
    from corefile_runtime.http.server import Answer, HttpServer

TIMEOUT = 5.0
LINGER = 0.5
_CHUNK = 64


class Session(Protocol):
    """What encrypts a connection."""

    def open(self, data: bytes) -> bytes:
        """What the client said, of what came; raises OSError when it cannot be understood."""
        ...

    def seal(self, data: bytes) -> None:
        """Say something to the client."""
        ...

    def end(self) -> None:
        """Say that this was all."""
        ...

    def take(self) -> bytes:
        """What is to be sent now."""
        ...


class Connection:
    """One client. `deadline` is the monotonic time at which it is too late for what it waits for."""

    def __init__(self, server: HttpServer, made: socket.socket, session: Session | None) -> None:
        self._server = server
        self._socket = made
        self._session = session
        self._input = bytearray()
        self._searched = 0
        self._held = 0
        self._output = b""
        self._request: Request | None = None  # whose body is being read, or whose answer is being made
        self._body = 0
        self._busy = False
        self._keep = True
        self._ended = False
        self.deadline = monotonic() + TIMEOUT
        server.loop.read(made.fileno(), self._read)

    @property
    def unsent(self) -> int:
        """Octets of answers that wait for the client."""
        return len(self._output)

    def _read(self) -> None:
        data = receive(self._socket)
        if data is None:
            return
        if not data:
            self.close()
        elif self._ended:
            pass
        elif self._session is None:
            self._hear(data)
        else:
            self._decrypt(self._session, data)

    def _decrypt(self, session: Session, data: bytes) -> None:
        try:
            plain = session.open(data)
        except OSError:  # the client is told why, in the words of TLS
            self._keep = self._busy = False
            self._request = None
            self._flush()
            return
        if self._flush():
            self._hear(plain)

    def _hear(self, data: bytes) -> None:
        self._input += data
        self._hold()
        self._take()

    def _hold(self) -> None:
        """Have what is kept counted. A client that goes on asking while it does not read is left."""
        before, self._held = self._held, len(self._input)
        if not self._server.hold(self._held - before) or (self._output and self._held > MAX_HEAD):
            self.close()

    def _take(self) -> None:
        """Answer the requests that are there, one after the other: the next when the answer to the last is sent."""
        try:
            while self._keep and not self._busy and not self._output and self._take_one():
                pass
        except Refusal as refusal:
            self._refuse(refusal)
        if self._socket.fileno() >= 0:
            self._hold()

    def _take_one(self) -> bool:
        """Go on with the request that is next; whether it is whole."""
        if self._request is None:
            end = find_head(self._input, self._searched)
            self._searched = len(self._input) if not end else 0
            if not end:
                return False
            head = bytes(self._input[:end]).decode("latin-1")
            del self._input[:end]
            self._request = request = read_head(head)
            self._body = request.length
            self._keep = request.keep and request.length <= MAX_BODY and not request.waits
        if self._keep and not self._pass_body():
            return False
        request, self._busy, self.deadline = self._request, True, inf
        self._server.answer(request, partial(self._respond, request))
        return True

    def _pass_body(self) -> bool:
        """Read over the body, of which nobody wants to know; whether that is done."""
        if self._body >= 0:
            passed = min(self._body, len(self._input))
            del self._input[:passed]
            self._body -= passed
            return self._body == 0
        while (end := self._input.find(b"\n", 0, _CHUNK)) >= 0:
            size = _chunk_size(bytes(self._input[:end]))
            behind = end + 1 + size + 2
            if size == 0:
                behind = self._input.find(b"\n", end + 1) + 1
                if not behind:
                    return False
            if len(self._input) < behind:
                break
            del self._input[:behind]
            if size == 0:
                return True
        if len(self._input) > MAX_BODY or (end < 0 and len(self._input) > _CHUNK):
            raise Refusal(400)
        return False

    def _respond(self, request: Request, answer: Answer) -> None:
        self._busy, self._request = False, None
        if self._socket.fileno() < 0:
            return
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        fields = answer.fields
        if "Connection: close" in fields:
            self._keep = False
        elif not self._keep and request.recent:
            fields += "Connection: close\r\n"
        elif self._keep and not request.recent:
            fields += "Connection: keep-alive\r\n"
        head = (
            f"HTTP/1.{int(request.recent)} {answer.status} {REASONS.get(answer.status, '')}\r\n"
            f"Content-Type: {answer.content}\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
        )
        self._send(head.encode() + (b"" if request.method == "HEAD" else body))

    def _refuse(self, refusal: Refusal) -> None:
        self._keep, self._request = False, None
        head = f"HTTP/1.1 {refusal.line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
        self._send((head + refusal.body).encode())

    def _send(self, data: bytes) -> None:
        self.deadline = monotonic() + TIMEOUT
        if self._session is None:
            self._output += data
        else:
            self._session.seal(data)
        if self._flush() and not self._output:
            self._take()

    def _flush(self) -> bool:
        """Send what is to be sent; whether the connection is still there."""
        if self._session is not None:
            self._output += self._session.take()
        loop, descriptor = self._server.loop, self._socket.fileno()
        try:
            while self._output:
                self._output = self._output[self._socket.send(self._output) :]
        except BlockingIOError:
            loop.write(descriptor, self._go_on)
            return True
        except OSError:
            self.close()
            return False
        loop.write(descriptor, None)
        if not self._keep and not self._busy and self._request is None:
            self._linger()
        return True

    def _go_on(self) -> None:
        if self._flush() and not self._output:
            self._take()

    def _linger(self) -> None:
        """All is said. What the client still sends is read, lest it lose what it has not read yet."""
        self._input.clear()
        self._ended = True
        self.deadline = monotonic() + LINGER
        try:
            if self._session is not None:
                self._session.end()
                self._socket.send(self._session.take())
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the connection, whatever is under way."""
        if self._socket.fileno() >= 0:
            self._server.loop.forget(self._socket.fileno())
            self._socket.close()
            self._server.hold(-self._held)
        self._server.connections.discard(self)


def _chunk_size(line: bytes) -> int:
    try:
        size = int(line.split(b";")[0].strip(), 16)
    except ValueError:
        raise Refusal(400) from None
    if not 0 <= size <= MAX_BODY:
        raise Refusal(400)
    return size
