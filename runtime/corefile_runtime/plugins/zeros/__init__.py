"""Metrics that CoreDNS shows with the value 0 from the start, whether or not the Corefile has their plugin.

Each plugin that has some says so in a module of its name here, as `ZERO: tuple[Zero, ...]`. They are not in the module
or folder of the plugin itself, because to import from there would load its handler, and all handlers at each start.
Metrics with labels are not among them: they appear when they are first used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from corefile_runtime.metrics.zero import Zero


def find_zeros() -> Iterator[Zero]:
    """Those of all plugins that are part of the runtime, in the order of their names."""
    for name in sorted(module.name for module in iter_modules(__path__)):
        found: tuple[Zero, ...] = import_module(f"{__name__}.{name}").ZERO
        yield from found
