"""A channel on a loop: it delivers what arrives, and sends later what cannot be sent at once."""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from corefile_runtime.events.event_loop import Loop
from corefile_runtime.workers.channel import Channel

T = TypeVar("T")


class Line:
    """One end. `take` gets each message; `gone` is called once, when the other end is no more."""

    def __init__(
        self, loop: Loop, channel: Channel, take: Callable[[object], object], gone: Callable[[], object]
    ) -> None:
        self._loop = loop
        self._channel = channel
        self._take = take
        self._gone = gone
        self._inbox: deque[object] = deque()
        self.is_open = True
        loop.read(channel.fileno(), self._read)

    def tell(self, message: object, descriptors: tuple[int, ...] = ()) -> None:
        """Send a message. That nobody hears it any more is no error: `gone` tells."""
        if self.is_open:
            self._channel.send(message, descriptors)
            if self._channel.pending:
                self._loop.write(self._channel.fileno(), self._go_on)

    @property
    def pending(self) -> bool:
        """Whether something has not gone out yet."""
        return self.is_open and self._channel.pending

    def _go_on(self) -> None:
        self._channel.flush()
        if not self._channel.pending:
            self._loop.write(self._channel.fileno(), None)

    def _read(self) -> None:
        try:
            for message, descriptors in self._channel.receive():
                self._put(message, descriptors)
        except EOFError:
            self.close()
            self._gone()
            return
        self._take_all()

    def _put(self, message: object, descriptors: list[int]) -> None:
        self._inbox.append(message)
        for descriptor in descriptors:  # nobody waits for them any more
            os.close(descriptor)

    def _take_all(self) -> None:
        while self._inbox and self.is_open:
            # Each by itself: an exception over one message must not lose the next.
            self._loop.guard(self._take, self._inbox.popleft())

    def wait_for(self, kind: type[T], fits: Callable[[T], bool], seconds: float) -> tuple[T, list[int]] | None:
        """The next message of a kind that fits, with its descriptors; None when it does not come in time.

        Nothing else happens meanwhile; other messages are taken afterwards. Raises EOFError when the other end is gone.
        """
        poll = select.poll()
        end = monotonic() + seconds
        found: tuple[T, list[int]] | None = None
        while found is None and (left := end - monotonic()) > 0:
            self._channel.flush()
            poll.register(self._channel, select.POLLIN | (select.POLLOUT if self._channel.pending else 0))
            poll.poll(left * 1000)
            for message, descriptors in self._channel.receive():
                if isinstance(message, kind) and fits(message):
                    found = message, descriptors
                else:
                    self._put(message, descriptors)
        if self._inbox:
            self._loop.later(self._take_all)
        return found

    def flush(self, seconds: float) -> None:
        """Send all that waits, at the end of a process, if the other end takes it in time."""
        poll = select.poll()
        poll.register(self._channel, select.POLLOUT)
        end = monotonic() + seconds
        while self.pending and (left := end - monotonic()) > 0:
            poll.poll(left * 1000)
            self._channel.flush()

    def close(self) -> None:
        """Hear no more."""
        if self.is_open:
            self.is_open = False
            self._loop.forget(self._channel.fileno())
            self._channel.close()
