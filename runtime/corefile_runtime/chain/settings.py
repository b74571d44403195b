"""Block settings: what plugins say of their server block besides their place in the chain, as data for listeners."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from corefile_runtime.wire.question import Query

if TYPE_CHECKING:
    from corefile_runtime.chain.refusal import StartError
    from corefile_runtime.sockets.encryption import Encryption
    from corefile_runtime.sockets.interception import Interceptor
    from corefile_runtime.sockets.proxy_trust import Trust

Publish: TypeAlias = Callable[[Query], object]


class View(NamedTuple):
    """Which queries come into the block: `admits` gives the condition for a listener's port.

    `stable`: it depends on what keys of entries hold, and nothing else.
    """

    name: str
    admits: Callable[[int], Callable[[Query], bool]]
    stable: bool


class Bound(NamedTuple):
    """The addresses of this machine on which a block listens; `refuse` makes the error for one that cannot be had."""

    addresses: tuple[str, ...]
    refuse: Callable[[str], StartError]


@dataclass(slots=True, eq=False, repr=False)  # what is not made is no time at each start
class Settings:
    """Filled while the plugins of a block are prepared, read when its chains are built.

    `networks` are those inside and outside of which clients may get different answers; `each_client` says that any two
    clients may, `each_family` that clients of IPv4 and IPv6 are counted apart. `publishers` set labels of a query;
    `collect` has them do it, in blocks with `metadata`; `steady_labels` are the same each time that an answer is given
    again. `root` is the folder of relative file names. `timeouts` has the settings of the block's connections by name,
    those that it sets. `trust` says whose PROXY headers count; `shed` makes, for a listener's label, what drops queries
    over UDP when there are too many. `tls` encrypts connections of transports that are encrypted. `bound` are the
    addresses to listen on, None for all.
    """

    networks: set[IPv4Network | IPv6Network] = field(default_factory=set[IPv4Network | IPv6Network])
    each_client: bool = False
    each_family: bool = False
    opens_classes: bool = False
    view: View | None = None
    publishers: list[Publish] = field(default_factory=list[Publish])
    steady_labels: set[str] = field(default_factory=set[str])
    collect: Publish | None = None
    root: str = ""
    timeouts: dict[str, float] = field(default_factory=dict[str, float])
    trust: Trust | None = None
    shed: Callable[[str], Interceptor] | None = None
    tls: Encryption | None = None
    bound: Bound | None = None

    @property
    def first_address(self) -> str:
        """The first that the block listens on; empty when it has all. To be asked by plugins behind `bind`."""
        return next(iter(self.bound.addresses), "") if self.bound is not None else ""

    def divide(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        """Answers may depend on whether the client lies in these."""
        self.networks.update(networks)
