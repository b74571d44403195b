"""debug: writes debug messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.debug import Debug
from corefile_runtime.chain.handler import Handler, one

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home


def prepare(_config: Debug, home: Home) -> None:
    """For all blocks, while this configuration is in force and while the plugins behind are made ready.

    CoreDNS begins when all plugins are set up, and a reload that fails later leaves it on (dnsserver.NewServer).
    """
    home.write_debug()


HANDLER = Handler(one(Debug, prepare), runs="both")
