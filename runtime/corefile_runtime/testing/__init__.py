"""Serving a Corefile inside a test: one thread, ports of the system's choice, no waiting but for what happens.

    with serve("whoami") as server:
        assert server.ask("a.example.org. A").rcode() == 0

The loop is driven by whoever asks: it takes rounds until the reply is there. Stub upstreams live on the same loop.
Time passes only while nothing happens, so that a test means the same on a machine that is busy with something else.
Needs dnspython, which the development extra brings.
"""

from corefile_runtime.testing.plugins import Words, made_up
from corefile_runtime.testing.server import PATIENCE, Running, can_read, serve
from corefile_runtime.testing.stub import Respond, Stub

__all__ = ["PATIENCE", "Respond", "Running", "Stub", "Words", "can_read", "made_up", "serve"]
