"""A channel of messages between two processes: in order, with file descriptors beside them, without blocking."""

from __future__ import annotations

import pickle
import socket
import struct
from collections import deque
from collections.abc import Sequence

_HEAD = struct.Struct("!II")
# The kernel passes 253 descriptors in one message at most (SCM_MAX_FD); a message of ours has one.
_MOST_DESCRIPTORS = 64
_AT_ONCE = 1 << 20
"""Octets that are taken in one go at most: nobody who sends much keeps the rest of the loop waiting."""


class Channel:
    """One end of a pair of sockets. Both ends are ours: what comes is trusted."""

    def __init__(self, opened: socket.socket) -> None:
        opened.setblocking(False)
        self.socket = opened
        self._input = bytearray()
        self._descriptors: deque[int] = deque()
        self._output: deque[tuple[memoryview, Sequence[int]]] = deque()

    def fileno(self) -> int:
        """What to watch."""
        return self.socket.fileno()

    @property
    def pending(self) -> bool:
        """Whether there is something that `flush` has to send."""
        return bool(self._output)

    def send(self, message: object, descriptors: Sequence[int] = ()) -> None:
        """Send what there is room for; `flush` sends the rest."""
        body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._output.append((memoryview(_HEAD.pack(len(body), len(descriptors)) + body), descriptors))
        self.flush()

    def flush(self) -> None:
        """Go on sending. That the other end is gone is told by `receive`."""
        while self._output:
            data, descriptors = self._output[0]
            try:
                # The descriptors travel with the first octets of their message.
                sent = socket.send_fds(self.socket, [data], descriptors) if descriptors else self.socket.send(data)
            except BlockingIOError:
                return
            except OSError:
                self._output.clear()
                return
            if sent < len(data):
                self._output[0] = data[sent:], ()
            else:
                self._output.popleft()

    def receive(self) -> list[tuple[object, list[int]]]:
        """The messages that have arrived, with their descriptors; raises EOFError when the other end is gone.

        There may be more where these come from.
        """
        gone, taken = False, 0
        while taken < _AT_ONCE:
            try:
                data, descriptors, _, _ = socket.recv_fds(self.socket, 1 << 18, _MOST_DESCRIPTORS)
            except BlockingIOError:
                break
            except OSError:
                data, descriptors = b"", []
            # They come with a read, not with a message: the head of a message says how many are its own.
            self._descriptors += descriptors
            if not data:
                gone = True
                break
            self._input += data
            taken += len(data)
        messages = self._split()
        # The last words of a process that has ended are heard before its end.
        if gone and not messages:
            raise EOFError
        return messages

    def _split(self) -> list[tuple[object, list[int]]]:
        messages: list[tuple[object, list[int]]] = []
        at, data = 0, self._input
        while len(data) - at >= _HEAD.size:
            size, count = _HEAD.unpack_from(data, at)
            end = at + _HEAD.size + size
            if len(data) < end:
                break
            message: object = pickle.loads(data[at + _HEAD.size : end])  # noqa: S301 - from a process of ours
            messages.append((message, [self._descriptors.popleft() for _ in range(count)]))
            at = end
        del data[:at]
        return messages

    def close(self) -> None:
        """The other end sees the end."""
        self.socket.close()
