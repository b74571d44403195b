"""The interface of an HTTP version: octets of the client become requests, answers become octets.

A protocol knows no socket and no clock. The connection chooses one when TLS has agreed on its name (ALPN, RFC 7301),
so that another version has its place beside HTTP/1.1 in `load_protocols` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from corefile_runtime.http.messages import Answer, Request

DEFAULT = "http/1.1"
"""What is spoken where nothing was agreed on."""


class HttpProtocol(Protocol):
    """One version of HTTP on one connection."""

    @property
    def held(self) -> int:
        """Octets of the client that are kept."""
        ...

    @property
    def idle(self) -> bool:
        """Whether nothing of a further request has come, and no answer is owed."""
        ...

    @property
    def ended(self) -> bool:
        """Whether no request is read any more: the connection can be closed when all is sent."""
        ...

    def receive(self, data: bytes, /) -> Sequence[Request]:
        """Read on; the requests that are whole now. No data: go on with what is kept, now that answers are sent."""
        ...

    def answer(self, request: Request, answer: Answer, /) -> None:
        """Answer one of the requests."""
        ...

    def take(self) -> bytes:
        """What is to be sent now."""
        ...


Protocols: TypeAlias = Mapping[str, Callable[[], HttpProtocol]]


def load_protocols() -> Protocols:
    """Those that are spoken, by their names in TLS."""
    return {DEFAULT: _speak_http1}


def _speak_http1() -> HttpProtocol:
    """h11 is loaded for the first connection: a start that waits for it takes 7 ms longer."""
    from corefile_runtime.http.http1 import Http1

    return Http1()
