"""The number of processes that serve a program together."""

from __future__ import annotations

from corefile.ir.program import PluginUse, Program
from corefile_runtime.chain.build import find_handler
from corefile_runtime.chain.handler import Handler
from corefile_runtime.chain.refusal import StartError, refusal


def count_processes(program: Program) -> int:
    """What the plugins of a program ask for: each process serves every address, and the largest number counts.

    Raises StartError for an installed plugin that cannot be loaded.
    """
    handlers: dict[str, Handler | None] = {}
    wanted = 1
    for block in program.blocks:
        for use in block.plugins:
            if use.name not in handlers:
                handlers[use.name] = _find(use)
            handler = handlers[use.name]
            if handler is not None and handler.processes is not None:
                wanted = max(wanted, handler.processes(use.configs))
    return wanted


def _find(use: PluginUse) -> Handler | None:
    try:
        return find_handler(use.name)
    except StartError as error:
        raise refusal(use.name, use.span, str(error)) from error
