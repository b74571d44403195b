"""What connections of clients have in common."""

from __future__ import annotations

import socket


def receive(made: socket.socket) -> bytes | None:
    """What has come on a connection: nothing (empty) when it has ended or is broken, None when nothing is there yet."""
    try:
        return made.recv(65536)
    except BlockingIOError:
        return None
    except OSError:
        return b""
