"""multisocket: several processes on sockets that share a port; `workers/` starts them before plugins are set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile.plugins.multisocket import Multisocket as Config

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """Say so when there are fewer processes than wanted; it has no place in the chain."""
    from corefile_runtime.workers.count import count_wanted

    config, instance = cast("Config", configs[0]), home.instance

    def tell() -> None:
        there, possible = instance.engine.processes, count_wanted(config)
        wanted = config.sockets or possible
        if wanted <= there:
            return
        text = f"{wanted} sockets are asked for and {there} {'are' if there > 1 else 'is'} served"
        if possible > there:
            text += ": the number of processes changes with the next start"
        instance.output.log("WARNING", text, "multisocket")

    instance.on_start.append(tell)
