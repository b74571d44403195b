"""One difference in behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from corefile.ir.source import Span

Kind = Literal[
    "zone-added",
    "zone-removed",
    "zone-moved",
    "view-added",
    "view-removed",
    "view-order",
    "plugin-added",
    "plugin-removed",
    "plugin-changed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is different, and where.

    `zones` are the served keys that it concerns, as people write them (`example.org:53`, `tls://example.org:853`).
    `property` names what of the plugin changed, empty for the plugin as a whole; `old` and `new` are values as text,
    empty where there is none. `before` and `after` are the places in the two Corefiles.
    """

    kind: Kind
    zones: tuple[str, ...]
    plugin: str = ""
    property: str = ""
    old: str = ""
    new: str = ""
    message: str = ""
    view: str = ""
    before: Span | None = field(default=None, compare=False)
    after: Span | None = field(default=None, compare=False)
