"""timeouts: how long connections may wait, and how many queries one may carry; it has no place in the chain.

The listeners look at it. `write` is for HTTPS only, as in CoreDNS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile.plugins.timeouts import Timeouts as Config

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """Only what the block names counts: the rest may come from other blocks on the same port."""
    config = cast("Config", configs[-1])
    values = {
        "read": config.read.seconds,
        "write": config.write.seconds,
        "idle": config.idle.seconds,
        "maxtcpqueries": config.max_tcp_queries,
    }
    named = {name for _, name, _ in home.use.marks}
    home.instance.traits(home.block).timeouts = {name: values[name] for name in values if name in named}
