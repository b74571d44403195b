"""The trust in PROXY headers: whose count, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

Policy = Literal["use", "ignore", "reject", "skip"]
# A bound, for senders of UDP can be made up.
_REMEMBERED = 65536


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose headers count: those of `networks`, and `default` for all others; without networks it is for all.

    `seconds` is how long the header of a sender is remembered for the datagrams that follow it, for at most
    `sessions` senders (0: 10,240); 0 for not at all. `warn` is told of datagrams that are dropped.
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    default: Policy
    seconds: float
    sessions: int
    warn: Callable[[str], object]
    known: dict[str, Policy] = field(default_factory=dict[str, Policy], compare=False)

    def after(self, other: Trust | None) -> Trust:
        """As a later block of the same address says it: what it does not say of sessions stays."""
        if other is None:
            return self
        return replace(self, seconds=self.seconds or other.seconds, sessions=self.sessions or other.sessions)

    def policy(self, host: str) -> Policy:
        """What to do with the header of a sender."""
        found = self.known.get(host)
        if found is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            found = self.known[host] = self._decide(host)
        return found

    def _decide(self, host: str) -> Policy:
        if not self.networks:
            return self.default
        if "%" in host:  # CoreDNS cannot compare an address with a scope
            return "reject"
        address = ip_address(host)
        return "use" if any(address in network for network in self.networks) else self.default
