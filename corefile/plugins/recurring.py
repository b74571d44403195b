"""Properties that several plugins have alike.

They compare and print as any property: to make these methods again for each kind would be 1 ms of each start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Property, no_effect

C = TypeVar("C", bound=Config)

NEEDED = "none, it is needed"
"""What holds without a property that must be there: nothing, the Corefile is refused."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Flag(Property[C]):
    """A word without arguments that turns something on; CoreDNS has no way to write that it is off."""

    absent: str = "off"


def read_fallthrough(config: C, args: Args) -> C:
    """For configs with a field of that name; of several lines the last counts."""
    fields = {"fallthrough": args.fallthrough()}
    return replace(config, **fields)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Fallthrough(Property[C]):
    """Where names go that the plugin does not know."""

    name: str = "fallthrough"
    read: Callable[[C, Args], C] = read_fallthrough
    usage: str = "fallthrough [ZONES...]"
    doc: str = "Names that do not exist go on to the next plugin, in these zones or in all."
    absent: str = "off"
    short: Mapping[str, str] = field(default_factory=lambda: {"": "."})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Upstream(Property[C]):
    """Where targets of CNAMEs were looked up by older releases."""

    name: str = "upstream"
    read: Callable[[C, Args], C] = no_effect
    usage: str = "upstream [ADDRESS...]"
    doc: str = "Without effect: CoreDNS looks up targets outside of the zone by itself."
    default: str | None = ""
