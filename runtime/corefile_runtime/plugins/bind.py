"""bind: has done its work when the program was linked; the listeners know their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.build import Home


def make(_configs: tuple[Config, ...], _home: Home) -> None:
    """It has no place in the chain."""
