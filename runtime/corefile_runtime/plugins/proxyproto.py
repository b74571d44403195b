"""proxyproto: takes the client's address from the PROXY header of a load balancer; the listeners read it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from corefile.plugins.proxyproto import Proxyproto
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.sockets.proxy_trust import Policy, Trust

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home

_POLICIES: dict[str, Policy] = {"use": "use", "ignore": "ignore", "reject": "reject", "skip": "skip"}


def prepare(config: Proxyproto, home: Home) -> None:
    """It holds for the listeners of the block, and has no place in the chain."""
    home.settings.trust = Trust(
        tuple(ip_network(str(network), strict=False) for network in config.allow),
        _POLICIES[config.default],
        max(config.udp_session.seconds, 0.0),
        config.udp_sessions,
        lambda text: home.log("WARNING", text),
    )


HANDLER = Handler(one(Proxyproto, prepare))
