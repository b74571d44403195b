"""The interface that upstreams need of their owner; a plugin's home has it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.events.lifetime import Closable
from corefile_runtime.metrics.registry import Registry

R = TypeVar("R", bound=Closable)


class Keeper(Protocol):
    """Opens and times things for one configuration; `name` is that of the plugin, as metrics have it."""

    @property
    def name(self) -> str:
        """The plugin's."""
        ...

    @property
    def metrics(self) -> Registry:
        """The metrics of the process."""
        ...

    @property
    def clock(self) -> Loop:
        """The loop on which sockets wait."""
        ...

    def own(self, resource: R) -> R:
        """Close it when the configuration is given up or gone."""
        ...

    def after(self, seconds: float, call: Callable[..., object], *arguments: object) -> Timer:
        """Call once, as long as the configuration is in force."""
        ...

    def every(self, seconds: float, call: Callable[[], object]) -> object:
        """Call again and again, as long as the configuration is in force."""
        ...

    def flush_counts(self, call: Callable[[], object]) -> None:
        """Call before metrics are read."""
        ...

    def on_stop(self, call: Callable[[], object]) -> None:
        """Call when another configuration has taken over."""
        ...
