"""Chains: each server block becomes one function per zone and listener, with every option decided beforehand."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, cast

from corefile.ir.program import Block, Config, PluginUse
from corefile.plugins.order import POSITION
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.wire.rcodes import SERVFAIL

if TYPE_CHECKING:
    from corefile.plugins.root import Root
    from corefile_runtime.process.instance import Instance
    from corefile_runtime.wire.question import Query


class StartError(Exception):
    """The server cannot start; the text tells people why."""


class Home(NamedTuple):
    """Where a plugin is set up, once for each server block: the block, and what the running server offers."""

    block: Block
    use: PluginUse
    instance: Instance

    def locate(self, path: str) -> str:
        """Where a file of the configuration is: relative names are taken from the folder of `root`, if there is one."""
        root = next((use.configs[0] for use in self.block.plugins if use.name == "root"), None)
        return os.path.join(cast("Root", root).path, path) if root is not None else path

    def refuse(self, why: str) -> StartError:
        """The error to raise when the plugin cannot do what its config says."""
        span = self.use.span
        where = f"{span.path}:{span.line}: " if span else ""
        return StartError(f"{where}plugin/{self.use.name}: {why}")


Around: TypeAlias = "Callable[[str, Serve], Serve]"
"""(a plugin's name, its function) → a function that does more."""


def _leave(_name: str, serve: Serve) -> Serve:
    return serve


class Site(NamedTuple):
    """Where a handler stands in one chain: the zone and listener it answers for, and what is behind it.

    `server` is the listener's label in metrics, `view` the block's view. `next` always can be called: behind the last
    plugin it fails as CoreDNS does. `next_name` is empty there. `names` are those of the whole chain, `behind` what
    `next` was built of. `around` is for plugins that stand in one place several times.
    """

    zone: str
    server: str
    view: str
    next: Serve
    next_name: str
    names: tuple[str, ...] = ()
    behind: Sequence[Link] = ()
    around: Around = _leave


Bind: TypeAlias = "Callable[[Site], Serve]"


class Make(Protocol):
    """The function `make` of a plugin's module: sets the plugin up for a block and gives what puts it into chains.

    None stands for a plugin that has no place in the chain (bind, health, ready, reload).
    """

    def __call__(self, configs: tuple[Config, ...], home: Home, /) -> Bind | None:
        """Raises StartError."""
        ...


class Handler(NamedTuple):
    """The behaviour of a plugin: its module's `make`, and whether the module says `REPLAYS = True`.

    With it the plugin vouches that answers which pass it may be replayed as their `facts` say. Of what does not vouch
    no answer is ever replayed, whatever the plugins behind it say: it might have looked at the client, or counted.
    """

    make: Make
    replays: bool


def find_handler(name: str) -> Handler | None:
    """The handler of a plugin: the file of its name, for other words an installed package; None where there is none.

    Raises StartError for a package that cannot be loaded.
    """
    if name not in POSITION:
        from corefile_runtime.chain.external import find_installed

        return find_installed(name)
    path = f"corefile_runtime.plugins.{name}"
    if find_spec(path) is None:
        return None
    module = import_module(path)
    return Handler(cast("Make", module.make), bool(getattr(module, "REPLAYS", False)))


class Link(NamedTuple):
    """One plugin of a block, set up."""

    name: str
    bind: Bind
    replays: bool = False


def set_up(block: Block, instance: Instance) -> list[Link]:
    """Set up the plugins of a block in the order of its chain; raises StartError."""
    links: list[Link] = []
    for use in block.plugins:
        home = Home(block, use, instance)
        try:
            handler = find_handler(use.name)
        except StartError as error:
            raise home.refuse(str(error)) from error
        if handler is None:
            raise home.refuse(
                "not supported by 'corefile run' yet" if use.name in POSITION else "no installed package serves it"
            )
        bind = handler.make(use.configs, home)
        if bind is not None:
            links.append(Link(use.name, bind, handler.replays))
    return links


def build(links: Sequence[Link], zone: str, server: str, view: str, *, around: Around = _leave) -> Serve | None:
    """The chain for one zone on one listener, each plugin with something `around` it; None when no plugin answers."""
    if not links:
        return None
    names = tuple(link.name for link in links)
    serve, behind = _end(links[-1].name), ""
    for place, link in reversed(list(enumerate(links, 1))):
        serve = link.bind(Site(zone, server, view, serve, behind, names, links[place:], around))
        serve = around(link.name, serve if link.replays else _without_replay(serve))
        behind = link.name
    return serve


def _without_replay(serve: Serve) -> Serve:
    def forget(reply: Reply) -> Reply:
        reply.facts = None
        return reply

    def ask(query: Query) -> Outcome:
        outcome = serve(query)
        return outcome.then(forget) if isinstance(outcome, Pending) else forget(outcome)

    return ask


def _end(name: str) -> Serve:
    """What is behind the last plugin."""
    error = f"plugin/{name}: no next plugin found"
    return lambda _query: Reply(SERVFAIL, None, error)
