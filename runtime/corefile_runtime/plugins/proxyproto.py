"""proxyproto: takes the client's address from the PROXY header of a load balancer; `listeners/proxied.py` reads it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, cast

from corefile.plugins.proxyproto import Proxyproto as Config
from corefile_runtime.listeners.proxied import Policy, Trust

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """It holds for the listeners of the block, and has no place in the chain."""
    config = cast("Config", configs[-1])
    output = home.instance.output
    home.instance.traits(home.block).trust = Trust(
        tuple(ip_network(str(network), strict=False) for network in config.allow),
        cast("Policy", config.default or ("ignore" if config.allow else "use")),
        max(config.udp_session.seconds, 0.0),
        config.udp_sessions,
        lambda text: output.log("WARNING", text),
    )
