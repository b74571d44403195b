"""bind: the addresses that a server block listens on."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Config):
    """What one `bind` says: IP addresses or names of network interfaces, and those of them to leave out (`ignored`)."""

    addresses: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
