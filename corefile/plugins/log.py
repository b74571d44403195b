"""log: writes a line about each query to the standard output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corefile.ir.program import Config
from corefile.ir.values import Zone

Class = Literal["all", "success", "denial", "error"]

COMMON = (
    '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}"'
    " {rcode} {>rflags} {rsize} {duration}"
)
COMBINED = COMMON + ' "{>opcode}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(Config):
    """What one `log` says.

    `names` are the zones whose queries it writes, `format` the line, with `{common}` and `{combined}` already replaced,
    `classes` the kinds of replies. Of all rules of a block the first whose zone holds the name decides.
    """

    names: tuple[Zone, ...] = (Zone("."),)
    format: str = COMMON
    classes: tuple[Class, ...] = ("all",)
