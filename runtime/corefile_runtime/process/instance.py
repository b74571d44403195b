"""A running configuration: a program with its chains, its hooks, and the servers that use them.

An instance never owns sockets. It is built, then `Engine` gives it the listeners; on a reload they pass to the next
one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from corefile.ir.program import Block, Listener, Program
from corefile_runtime.chain.build import Link, StartError, build, set_up
from corefile_runtime.chain.server import ANY_CLASS, Route, Server
from corefile_runtime.chain.settings import Traits
from corefile_runtime.sockets.interfaces import addresses_of

if TYPE_CHECKING:
    from corefile_runtime.http.endpoints import Endpoint
    from corefile_runtime.process.engine import Engine

Hook = Callable[[], object]

DUAL_STACK = ("", "::")
"""Addresses on which clients of both families are served."""


class Instance:
    """One configuration in force, or about to be.

    `on_start` hooks run when it takes over, `on_stop` when the next one has or the process ends; `on_final` only in the
    latter case, before the listeners close, and may return a number of seconds to wait; `on_close` at the very end.
    `readiness` has the plugins that know whether they are ready, with their blocks. What plugins tell about their block
    is in its `traits`. `settlers` tell metrics what their plugins have only noted. `end_watch` ends the watch over the
    Corefile, if there is one.
    """

    def __init__(self, program: Program, engine: Engine) -> None:
        self.program = program
        self.engine = engine
        self.loop = engine.loop
        self.metrics = engine.metrics
        self.output = engine.output
        self.on_start: list[Hook] = []
        self.on_stop: list[Hook] = []
        self.on_final: list[Hook] = []
        self.on_close: list[Hook] = []
        self.settlers: list[Hook] = []
        self.endpoints: list[Endpoint] = []
        self.readiness: list[tuple[Block, str, Callable[[], bool]]] = []
        self.watched: list[Block] = []
        self.were_ready: set[str] = set()
        self.keeps_watching = False
        self.end_watch: Hook | None = None
        self._traits: dict[int, Traits] = {}
        self.chains: list[list[Link]] = []
        for block in program.blocks:
            self.chains.append(set_up(block, self))
            engine.breathe()
        self.servers: dict[tuple[str, int], Server] = {}
        for listener in program.listeners:
            if listener.transport != "dns":
                raise StartError(f"transport {listener.transport}:// is not supported by 'corefile run' yet")
            for address in addresses_of(listener.address):
                self._serve(replace(listener, address=address))

    def traits(self, block: Block) -> Traits:
        """What the plugins of a block tell about it."""
        return self._traits.setdefault(id(block), Traits())

    def _serve(self, listener: Listener) -> None:
        label, routes = str(listener), listener.routes
        key = listener.address, listener.port
        if key in self.servers:  # an interface and one of its addresses
            server = self.servers[key]
        else:
            server = self.servers[key] = Server(label, self.metrics, self.engine.failed, self.engine.entries)
        for zone, number in routes:
            links = self.chains[number]
            server.any_class |= any(link.name in ANY_CLASS for link in links)
            traits = self.traits(self.program.blocks[number])
            view = traits.view
            server.adopt(traits)
            if listener.address in DUAL_STACK and any(link.name == "prometheus" for link in links):
                server.tell_families_apart()
            self.engine.breathe()
            serve = build(links, zone, label, view.name if view else "")
            server.add(zone, Route(serve, view.admits(listener.port) if view else None))

    def settle(self) -> None:
        """Bring the counters up to date that are not told each time."""
        for server in self.servers.values():
            for store in server.stores.values():
                store.settle()
        for settle in self.settlers:
            settle()

    def start(self) -> None:
        """Take over."""
        for hook in self.on_start:
            hook()

    def stop(self) -> None:
        """Another instance has taken over, or the process ends."""
        self.settle()
        for hook in self.on_stop:
            hook()
