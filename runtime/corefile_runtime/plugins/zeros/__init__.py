"""Metrics that CoreDNS shows with the value 0 from the start, whether or not the Corefile has their plugin.

Each plugin that has some says so in a module of its name here, as `ZERO: tuple[Zero, ...]`. They are not in the module
or folder of the plugin itself, because to import from there would load its handler, and all handlers at each start.
Metrics with labels are not among them: they appear when they are first used.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

from corefile_runtime.metrics.zero import Zero


@cache  # each block with `prometheus` asks, and to look into the folder takes 0.3 ms
def find_zeros() -> tuple[Zero, ...]:
    """Those of all plugins that are part of the runtime, in the order of their names."""
    found: list[Zero] = []
    for name in sorted(file[:-3] for file in os.listdir(__path__[0]) if file.endswith(".py") and file[0] != "_"):
        found += import_module(f"{__name__}.{name}").ZERO
    return tuple(found)
