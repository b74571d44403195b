"""The encryption of a listener's connections: known before the configuration serves, but not when it is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl import SSLContext


@dataclass(slots=True)
class Encryption:
    """Filled by whoever has certificates to read. Connections that are open keep what they began with."""

    context: SSLContext | None = None
