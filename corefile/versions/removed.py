"""Plugins that CoreDNS had once."""

from __future__ import annotations

from typing import NamedTuple


class Removed(NamedTuple):
    """The first release without a plugin, and what to write in its place."""

    release: str
    instead: str


REMOVED = {
    "federation": Removed("1.7.0", "it has no successor"),
    "proxy": Removed("1.5.0", "use 'forward', or 'grpc' for gRPC upstreams"),
    "reverse": Removed("1.2.0", "use 'template'"),
    "shutdown": Removed("1.1.1", "use 'on shutdown'"),
    "startup": Removed("1.1.1", "use 'on startup'"),
}
