"""ready: an HTTP endpoint that tells whether all plugins are ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corefile.ir.program import Config
from corefile.ir.values import Address

Monitor = Literal["until-ready", "continuously"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Config):
    """What one `ready` says: the address of `/ready`.

    With `monitor` "until-ready" a plugin that was ready once counts as ready for ever; "continuously" asks each time.
    """

    address: Address = Address(":8181")
    monitor: Monitor = "until-ready"
