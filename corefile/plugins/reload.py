"""reload: looks at the Corefile from time to time and takes it up when it changed."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload(Config):
    """What one `reload` says: how often to look.

    Each look is shifted by up to half of `jitter` either way; more than half the interval is never used.
    """

    interval: Duration = Duration.of(30)
    jitter: Duration = Duration.of(15)
