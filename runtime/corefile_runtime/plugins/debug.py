"""debug: writes debug messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.build import Home


def make(_configs: tuple[Config, ...], home: Home) -> None:
    """For the whole process while this configuration is in force; it has no place in the chain."""
    output = home.instance.output

    def write() -> None:
        output.debug = True

    def hush() -> None:
        output.debug = False

    write()  # what is said while the other plugins are set up counts too
    home.instance.on_start.append(write)
    home.instance.on_stop.append(hush)
