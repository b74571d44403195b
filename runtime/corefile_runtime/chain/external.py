"""Handlers from other packages: entry points of the group `corefile.handlers`, found by the plugin's name.

The object of an entry point is what `make` is in a module of `corefile_runtime.plugins`, and `REPLAYS` is looked up in
its module. They are apart from the specs (`corefile.plugins`), so that who only reads a Corefile imports no server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile_runtime.chain.build import Bind, Handler, Home, Make, StartError

if TYPE_CHECKING:
    from corefile.ir.program import Config

GROUP = "corefile.handlers"

_found: dict[str, Handler | None] = {}


def find_installed(name: str) -> Handler | None:
    """The handler that an installed package brings, None when none does; raises StartError when it cannot be loaded."""
    if name not in _found:
        from importlib import import_module
        from importlib.metadata import entry_points

        entry = next(iter(entry_points(group=GROUP, name=name)), None)
        if entry is None:
            _found[name] = None
        else:
            try:
                make = entry.load()
                replays = getattr(import_module(entry.module), "REPLAYS", False)
            except Exception as error:
                raise StartError(f"its handler '{entry.value}' cannot be loaded: {explain(error)}") from error
            if not callable(make):
                raise StartError(f"its handler '{entry.value}' cannot be loaded: it is no function")
            _found[name] = Handler(_guarded(cast("Make", make)), replays is True)
    return _found[name]


def _guarded(make: Make) -> Make:
    """A mistake in another package refuses the configuration, as any other reason does; the running one goes on."""

    def guarded(configs: tuple[Config, ...], home: Home, /) -> Bind | None:
        try:
            return make(configs, home)
        except StartError:
            raise
        except Exception as error:
            raise home.refuse(f"cannot be set up: {explain(error)}") from error

    return guarded


def explain(error: Exception) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
