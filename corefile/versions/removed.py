"""Plugins and properties that CoreDNS had once."""

from __future__ import annotations

from typing import NamedTuple


class Removed(NamedTuple):
    """The first release that refuses a word, and what to do about it."""

    release: str
    instead: str


REMOVED = {
    "federation": Removed("1.7.0", "it has no successor"),
    "proxy": Removed("1.5.0", "use 'forward', or 'grpc' for gRPC upstreams"),
    "reverse": Removed("1.2.0", "use 'template'"),
    "shutdown": Removed("1.1.1", "use 'on shutdown'"),
    "startup": Removed("1.1.1", "use 'on startup'"),
}

_TRANSFER = Removed("1.8.0", "use the plugin 'transfer'")
_NO_RELOAD = Removed("1.5.0", "use 'reload 0'")
_RESOLVED = "leave it out: CoreDNS resolves such names by itself"

REMOVED_PROPERTIES = {
    ("auto", "no_reload"): _NO_RELOAD,
    ("auto", "transfer"): _TRANSFER,
    ("file", "no_reload"): _NO_RELOAD,
    ("file", "transfer"): _TRANSFER,
    ("kubernetes", "resyncperiod"): Removed("1.7.0", "leave it out: objects are watched, not listed again"),
    ("kubernetes", "transfer"): _TRANSFER,
    ("kubernetes", "upstream"): Removed("1.7.0", _RESOLVED),
    ("secondary", "upstream"): Removed("1.8.0", _RESOLVED),
}
"""By plugin and property."""
