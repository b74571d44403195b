"""The reporter of spans to their collector: queued, sent in batches by a thread, dropped when there are too many."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, UnknownHandler

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.spans import Span
    from corefile_runtime.events.event_loop import Timer
    from corefile_runtime.events.threads import Work

_TIMEOUT = 5.0
# How long the end of the process waits for the last spans.
_FAREWELL = 1.0


class Message(NamedTuple):
    """What a request carries."""

    method: str
    body: bytes
    fields: dict[str, str]


class Limits(NamedTuple):
    """How many spans may wait, how many are sent at once, and after how many seconds fewer are sent."""

    backlog: int
    batch: int
    interval: float


class Collector(Protocol):
    """Who takes spans. `shows_plugins`: it gets one for each plugin, too. `prefix` begins the tags of queries."""

    url: str
    prefix: str
    limits: Limits
    shows_plugins: bool

    def render_trace(self, span: Span) -> str:
        """The number of a span's trace."""
        ...

    def write(self, spans: Sequence[Span]) -> Message:
        """The request that brings them; called in a thread."""
        ...


class Reporter:
    """The spans of one block. All but the sending happens in the loop, and nobody waits for that."""

    def __init__(self, home: Home, collector: Collector) -> None:
        self._home = home
        self._collector = collector
        self._backlog, self._batch, self._interval = collector.limits
        self._waiting: deque[Span] = deque()
        self._dropped = 0
        self._timer: Timer | None = None
        self._failed = False
        self._sending: Work[int] | None = None
        self._process_ends = False

    def add(self, span: Span) -> None:
        """Take a span that has ended; when too many wait, the oldest gives way."""
        self._waiting.append(span)
        self._trim()
        if self._sending is not None:
            return
        if len(self._waiting) >= self._batch and not self._failed:
            self.send()
        elif self._timer is None:
            self._timer = self._home.delay(self._interval, self.send)

    def _trim(self) -> None:
        while len(self._waiting) > max(self._backlog, 0):
            self._waiting.popleft()
            self._dropped += 1

    def send(self) -> None:
        """Send what waits, unless something is on its way: then it is next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._dropped:
            self._warn(f"backlog too long, disposing {self._dropped} spans")
            self._dropped = 0
        if self._waiting and self._sending is None:
            spans = tuple(self._waiting)
            self._waiting.clear()
            work = partial(deliver, self._collector, spans)
            self._sending = self._home.in_thread(work, partial(self._sent, spans))

    def _sent(self, spans: Sequence[Span], outcome: int | Exception) -> None:
        """What has not arrived is kept for the next time; what the collector refused is not."""
        self._sending = None
        self._failed = isinstance(outcome, Exception)
        if isinstance(outcome, Exception):
            self._warn(f"failed to send the request: {self._collector.url}: {outcome}")
            self._waiting.extendleft(reversed(spans))
            self._trim()
        elif not 200 <= outcome < 300:
            self._warn(f"failed the request with status code {outcome}")
        if self._waiting and self._timer is None:
            self._timer = self._home.delay(self._interval, self.send)

    def _warn(self, text: str) -> None:
        self._home.log("WARNING", text)

    def expect_end(self) -> None:
        """The process has been told to end."""
        self._process_ends = True

    def close(self) -> None:
        """The configuration is gone: what is left is sent. Only the end of the process waits for it, or it is lost."""
        self.send()
        if self._process_ends and self._sending is not None:
            self._sending.wait(_FAREWELL)


def deliver(collector: Collector, spans: Sequence[Span]) -> int:
    """Send spans and wait for the collector's status; raises OSError, HTTPException, and ValueError for no URL."""
    method, body, fields = collector.write(spans)
    request = Request(collector.url, body, fields, method=method)  # noqa: S310 - the opener knows HTTP only
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), UnknownHandler()):
        opener.add_handler(handler)
    try:
        with opener.open(request, timeout=_TIMEOUT) as reply:
            status: int = reply.status
            return status
    except URLError as error:
        raise (error.reason if isinstance(error.reason, OSError) else error) from None
