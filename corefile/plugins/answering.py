"""Which queries a use of a plugin answers by itself, so that nothing behind it in the chain is asked.

A spec says it with `answers`, beside all else that it knows of its plugin; rules about whole chains ask there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from corefile.ir.names import is_subdomain
from corefile.ir.values import Zone


class Answers(NamedTuple):
    """The queries of one use.

    It answers at and below its `zones` (those of the server block when empty), but for the names of `ignored`. A query
    that finds nothing goes on to the next plugin at and below the zones of `through`. With `partly` others do as well.
    `rest` says in words which few queries go on all the same.
    """

    zones: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    partly: bool = False
    rest: str = ""

    def within(self, zones: Sequence[str]) -> Answers:
        """The same in a server block of these zones."""
        return self if self.zones else self._replace(zones=tuple(zones))

    def below(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names that get to it when queries are for names at and below these: the narrower of two that overlap."""
        found = (narrower(zone, name) for zone in self.zones for name in names)
        return tuple(dict.fromkeys(zone for zone in found if zone is not None))

    def cover(self, zone: str) -> bool:
        """Whether no query for a name at or below a zone goes on."""
        if self.partly or any(narrower(zone, other) for other in (*self.through, *self.ignored)):
            return False
        return any(own and is_subdomain(own, zone) for own in self.zones)


def narrower(one: str, other: str) -> str | None:
    """The lower of two zones of which one holds the other; None where neither does, as with `NOWHERE`."""
    if not one or not other:
        return None
    return one if is_subdomain(other, one) else other if is_subdomain(one, other) else None


EVERYTHING = Answers()
"""All queries of the block."""


class WithZones(Protocol):
    """A config of the usual form: zones, and where unknown names go on."""

    @property
    def zones(self) -> tuple[Zone, ...]: ...

    @property
    def fallthrough(self) -> tuple[Zone, ...]: ...


def by_zone(config: WithZones) -> Answers:
    """The usual: all in the zones, but what `fallthrough` lets pass."""
    return Answers(zones=config.zones, through=config.fallthrough)


def everything(_config: object) -> Answers:
    """Whatever is asked."""
    return EVERYTHING
