"""timeouts: how long connections may wait, and how many queries one may carry; it has no place in the chain.

The listeners look at it. `write` is for HTTPS only, as in CoreDNS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.timeouts import Timeouts
from corefile_runtime.chain.handler import Handler, one

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home


def prepare(config: Timeouts, home: Home) -> None:
    """Only what the block names counts: the rest may come from other blocks on the same port."""
    values = {
        "read": config.read.seconds,
        "write": config.write.seconds,
        "idle": config.idle.seconds,
        "maxtcpqueries": config.max_tcp_queries,
    }
    named = {name for _, name, _ in home.use.marks}
    home.settings.timeouts = {name: values[name] for name in values if name in named}


HANDLER = Handler(one(Timeouts, prepare))
