"""What the plugins of a server block tell the server about it, besides their place in the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from corefile_runtime.wire.question import Query

if TYPE_CHECKING:
    from corefile_runtime.listeners.proxied import Trust
    from corefile_runtime.listeners.udp import Before

Publish: TypeAlias = Callable[[Query], object]


class View(NamedTuple):
    """Which queries come into the block: `admits` gives the condition for a listener's port.

    `stable`: it depends on what keys of kept answers hold, and nothing else.
    """

    name: str
    admits: Callable[[int], Callable[[Query], bool]]
    stable: bool


@dataclass(slots=True)
class Traits:
    """Filled while the plugins are set up, read when the chains are built.

    `networks` are those inside and outside of which clients may get different answers; `each_client` says that any two
    clients may. `publishers` set labels of a query; `collect` has them do it, in blocks with `metadata`.
    `timeouts` has the settings of the block's TCP connections by name, those that it sets. `trust` says whose PROXY
    headers count; `shed` makes, for a listener's label, what drops queries over UDP when there are too many.
    """

    networks: set[IPv4Network | IPv6Network] = field(default_factory=set[IPv4Network | IPv6Network])
    each_client: bool = False
    view: View | None = None
    publishers: list[Publish] = field(default_factory=list[Publish])
    collect: Publish | None = None
    timeouts: dict[str, float] = field(default_factory=dict[str, float])
    trust: Trust | None = None
    shed: Callable[[str], Before] | None = None

    def divide(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        """Answers may depend on whether the client lies in these."""
        self.networks.update(networks)
