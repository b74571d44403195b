"""One connection to the HTTP server: octets between a stream and a protocol, requests to who serves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Protocol

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.http.go_request import MAX_HEAD
from corefile_runtime.http.messages import Answer, Request
from corefile_runtime.http.protocol import DEFAULT, HttpProtocol, Protocols
from corefile_runtime.sockets.stream import CHUNK, Stream

TIMEOUT = 5.0
"""Seconds for a whole request, for taking an answer, and without a request; CoreDNS has set the same for each."""
PATIENCE = 330.0
"""Seconds that an answer may take: the longest profile takes 300."""
LINGER = 0.5
"""Seconds for which a connection is read on after the last answer, as in Go."""


class Service(Protocol):
    """Who serves the requests of connections."""

    @property
    def loop(self) -> Loop:
        """Where they are served."""
        ...

    @property
    def protocols(self) -> Protocols:
        """What is spoken, by name."""
        ...

    def answer(self, request: Request, done: Callable[[Answer], object], /) -> None:
        """Answer a request, at once or later."""
        ...

    def hold(self, octets: int, /) -> bool:
        """Count octets that are kept, or no more; whether there is room for them."""
        ...

    def asked(self, connection: Connection, /) -> object:
        """A connection has brought a request."""
        ...

    def failed(self, error: Exception, doing: str, /) -> object:
        """Something went wrong that should not."""
        ...

    def closed(self, connection: Connection, /) -> object:
        """One connection less."""
        ...


class Connection:
    """One client. `stream` is set by who has made it for this connection."""

    stream: Stream

    def __init__(self, service: Service) -> None:
        self._service = service
        self._protocol: HttpProtocol = service.protocols[DEFAULT]()
        self._held = 0
        self._count = 0
        self._owed: set[int] = set()  # requests without an answer, by their number
        self._working = self._lingers = self._client_ended = False

    def attach(self, stream: Stream) -> None:
        """Begin: from now on the client has so long for its first request."""
        self.stream = stream
        self._expect(TIMEOUT)

    def agreed(self, name: str | None) -> None:
        """TLS has agreed on a protocol, or on none."""
        self._protocol = self._service.protocols[name or DEFAULT]()

    def _expect(self, seconds: float) -> None:
        self.stream.deadline = monotonic() + seconds

    # -- what the stream tells

    def on_data(self, data: bytes) -> None:
        """Octets of the client. The time of a request begins with its first one, and does not begin again."""
        if self._lingers:
            return
        if self._protocol.idle:
            self._expect(TIMEOUT)
        self._work(data)

    def on_sent(self) -> None:
        """The answers have left: on to the next request."""
        self._work(b"")

    def on_end(self) -> None:
        """The client says no more. What it has asked is answered."""
        self._client_ended = True
        self._work(b"")

    def on_close(self, error: Exception | None, /) -> None:
        """It is over; why is the client's business."""
        del error
        self._service.hold(-self._held)
        self._service.closed(self)

    # -- the work

    def _work(self, data: bytes) -> None:
        """Serve what is there. Of many requests at once the next has its turn when others have had theirs."""
        if self._working or self.stream.closed:
            return
        self._working, served = True, False
        try:
            for request in self._protocol.receive(data):
                served = True
                self._service.asked(self)
                self._count += 1
                self._owed.add(self._count)
                self._expect(PATIENCE)
                self._service.answer(request, partial(self._respond, self._count, request))
            self._send()
        except Exception as error:
            self._service.failed(error, "speaking HTTP")
            self.stream.close()
        finally:
            self._working = False
        if not self.stream.closed:
            self._rest(more=served and self._protocol.held > 0)

    def _respond(self, number: int, request: Request, answer: Answer) -> None:
        if self.stream.closed or number not in self._owed:  # a second answer: the first was followed by an error
            return
        self._owed.discard(number)
        self._expect(TIMEOUT)
        try:
            self._protocol.answer(request, answer)
        except Exception as error:  # a head that cannot be sent: half of it may have gone
            self._service.failed(error, "speaking HTTP")
            self.stream.close()
        self._work(b"")

    def _send(self) -> None:
        data = self._protocol.take()
        if len(data) > CHUNK:
            self.stream.write_all(_pieces(data))
        elif data:
            self.stream.write(data)

    def _rest(self, *, more: bool) -> None:
        """Nothing can be done now but wait. A client that asks on and on while it does not read is left."""
        before, self._held = self._held, self._protocol.held
        if not self._service.hold(self._held - before) or self._held > MAX_HEAD + CHUNK:
            self.stream.close()
        elif self._owed or not self.stream.sent:
            pass
        elif more:
            self._service.loop.after(0, self._work, b"")
        elif self._client_ended:
            self.stream.close()
        elif self._protocol.ended and not self._lingers:
            self._linger()

    def _linger(self) -> None:
        """All is said. What the client still sends is read, lest it lose what it has not read yet."""
        self._lingers = True
        self._expect(LINGER)
        self.stream.shut()


def _pieces(data: bytes) -> Iterator[bytes]:
    """A long answer, for a stream that takes what it has room for."""
    for begin in range(0, len(data), CHUNK):
        yield data[begin : begin + CHUNK]
