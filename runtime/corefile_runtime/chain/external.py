"""Handlers from other packages: entry points of the group `corefile.handlers`, found by the plugin's name.

The object of an entry point is what `HANDLER` is in a module of `corefile_runtime.plugins`. They are apart from the
specs (`corefile.plugins`), so that who only reads a Corefile imports no server.
"""

from __future__ import annotations

from corefile_runtime.chain.handler import Handler
from corefile_runtime.chain.refusal import StartError, explain

GROUP = "corefile.handlers"

_found: dict[str, Handler | None] = {}


def find_installed(name: str) -> Handler | None:
    """The handler that an installed package brings, None when none does; raises StartError when it cannot be loaded.

    A package may serve a built-in word that has no handler here.
    """
    if name not in _found:
        from importlib.metadata import entry_points

        entry = next(iter(entry_points(group=GROUP, name=name)), None)
        if entry is None:
            _found[name] = None
        else:
            try:
                handler = entry.load()
            except Exception as error:
                raise StartError(f"its handler '{entry.value}' cannot be loaded: {explain(error)}") from error
            if not isinstance(handler, Handler):
                raise StartError(f"its handler '{entry.value}' cannot be loaded: it is no Handler")
            _found[name] = handler
    return _found[name]
