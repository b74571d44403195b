"""bind: does nothing here; the linked program has its addresses, and the listeners open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.bind import Bind
from corefile_runtime.chain.handler import Handler, every

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home


def prepare(_configs: tuple[Bind, ...], _home: Home) -> None:
    """It has no place in the chain."""


HANDLER = Handler(every(Bind, prepare))
