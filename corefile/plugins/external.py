"""Plugins from other packages: entry points of the group `corefile.plugins`, found by the plugin's name.

Looked for only when a word is no built-in plugin: asking for entry points takes longer than reading a Corefile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile.plugins.order import ORDER, POSITION

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile.plugins.spec import Plugin

GROUP = "corefile.plugins"

broken: dict[str, str] = {}
"""Plugins whose packages could not be loaded, and why."""

_found: dict[str, Plugin[Config] | None] = {}


def find(name: str) -> Plugin[Config] | None:
    """The spec of a plugin that an installed package brings, None when there is none of that name that works."""
    if name not in _found:
        from importlib.metadata import entry_points

        entry = next(iter(entry_points(group=GROUP, name=name)), None)
        try:
            _found[name] = _checked(name, entry.load()) if entry is not None else None
        except Exception as error:
            broken[name] = f"{type(error).__name__}: {' '.join(str(error).split())}"
            _found[name] = None
    return _found[name]


def _checked(name: str, plugin: object) -> Plugin[Config]:
    """What an entry point gave, if it is what it should be; raises TypeError or ValueError."""
    from corefile.plugins.spec import Plugin

    if not isinstance(plugin, Plugin):
        raise TypeError(f"the entry point is no Plugin but {type(plugin).__name__}")
    if plugin.name != name:
        raise ValueError(f"the plugin of entry point '{name}' is called '{plugin.name}'")
    for neighbour in (plugin.before, plugin.after):
        if neighbour and neighbour not in POSITION:
            raise ValueError(f"it stands beside '{neighbour}', which is no built-in plugin")
    return cast("Plugin[Config]", plugin)


def names() -> list[str]:
    """The plugins that installed packages bring."""
    from importlib.metadata import entry_points

    return sorted({entry.name for entry in entry_points(group=GROUP)} - set(ORDER))


def position(name: str) -> float:
    """A plugin's place in the chain: a built-in one's index, between two of them for one from outside.

    It stands right before or behind the plugin that its spec names. Without a spec it stands behind all.
    """
    built_in = POSITION.get(name)
    if built_in is not None:
        return built_in
    plugin = find(name)
    if plugin is None:
        return len(ORDER)
    if plugin.before:
        return POSITION[plugin.before] - 0.5
    return POSITION[plugin.after] + 0.5 if plugin.after else len(ORDER) - 0.5
