"""Chains: each server block becomes one function per zone and listener, with every option decided beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from corefile.plugins.order import POSITION
from corefile_runtime.chain.external import find_installed
from corefile_runtime.chain.handler import Handler
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.refusal import PlacedError, StartError, explain
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.chain.site import Around, Link, Linked, Site
from corefile_runtime.wire.rcodes import SERVFAIL

if TYPE_CHECKING:
    from corefile.ir.program import Block
    from corefile_runtime.chain.inner_query import Ask
    from corefile_runtime.chain.services import Services
    from corefile_runtime.chain.settings import Settings
    from corefile_runtime.wire.question import Query

P = ParamSpec("P")
T = TypeVar("T")


def find_handler(name: str) -> Handler | None:
    """The handler of a plugin: the file of its name, or an installed package; None where there is neither.

    Raises StartError for a package that cannot be loaded.
    """
    path = f"corefile_runtime.plugins.{name}"
    if name not in POSITION or find_spec(path) is None:
        return find_installed(name)
    handler: Handler = import_module(path).HANDLER
    return handler


def prepare_block(block: Block, settings: Settings, services: Services) -> list[Linked]:
    """Prepare the plugins of a block in the order of its chain; raises StartError, whatever a plugin raises."""
    linked: list[Linked] = []
    for use in block.plugins:
        home = Home(block, use, settings, services)
        handler = guarded(home, find_handler, use.name)
        if handler is None:
            raise home.refuse(
                "not supported by 'corefile run' yet" if use.name in POSITION else "no installed package serves it"
            )
        for part in handler.unserved:
            if any(part.applies(config) for config in use.configs):
                raise home.refuse(f"{part.what} not supported by 'corefile run' yet")
        link = guarded(home, handler.prepare, use.configs, home)
        settings.opens_classes |= handler.opens_classes
        if link is not None:
            linked.append(Linked(use.name, _guard_link(home, link), handler.replays))
    return linked


def guarded(home: Home, step: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """One guard for all plugins, ours and others': what they raise refuses the configuration, with file and line."""
    try:
        return step(*args, **options)
    except PlacedError:
        raise
    except StartError as error:
        raise home.refuse(str(error)) from error
    except Exception as error:
        raise home.refuse(f"cannot be set up: {explain(error)}") from error


def _guard_link(home: Home, link: Link) -> Link:
    return lambda site: guarded(home, link, site)


def build(
    links: Sequence[Linked], zone: str, server: str, view: str, ask: Ask, *, around: Around | None = None
) -> Serve | None:
    """The chain for one zone on one listener, each plugin with something `around` it; None when no plugin answers."""
    if not links:
        return None
    wrap = around or _leave
    names = tuple(link.name for link in links)
    serve, behind = _end(links[-1].name), ""
    for place, link in reversed(list(enumerate(links, 1))):
        serve = link.link(Site(zone, server, view, serve, behind, ask, names, links[place:], wrap))
        serve = wrap(link.name, serve if link.replays else _without_replay(serve))
        behind = link.name
    return serve


def _leave(_name: str, serve: Serve) -> Serve:
    return serve


def _without_replay(serve: Serve) -> Serve:
    def forget(reply: Reply) -> Reply:
        reply.terms = None
        return reply

    def ask(query: Query) -> Outcome:
        outcome = serve(query)
        return outcome.then(forget) if isinstance(outcome, Pending) else forget(outcome)

    return ask


def _end(name: str) -> Serve:
    """What is behind the last plugin."""
    error = f"plugin/{name}: no next plugin found"
    return lambda _query: Reply(SERVFAIL, None, error)
