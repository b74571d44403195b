"""health: an HTTP endpoint that answers as long as the process lives."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Address, Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Config):
    """What one `health` says: the address of `/health`.

    `lameduck` is how long the process goes on answering after it was told to end.
    """

    address: Address = Address(":8080")
    lameduck: Duration = Duration(0)
