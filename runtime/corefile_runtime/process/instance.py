"""A configuration that runs, or is about to: a program with its chains, and the servers that use them.

An instance never owns sockets of listeners. It is prepared, then `Engine` lets the listeners point to it; on a reload
they point to the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import is_
from typing import TypeAlias

from corefile.checks.servers import check_servers
from corefile.ir.program import Block, Listener, Program
from corefile.link import link
from corefile_runtime.chain.build import build, prepare_block
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.chain.server import Route, Server
from corefile_runtime.chain.services import Hook, Readiness, Services
from corefile_runtime.chain.settings import Settings
from corefile_runtime.chain.site import Linked
from corefile_runtime.http.endpoints import Endpoint
from corefile_runtime.listeners.transport import find_transport

Key: TypeAlias = tuple[str, str, int]
"""Transport, address and port of a listener."""
Refuse: TypeAlias = Callable[[str], StartError]
UNSPECIFIED = ("0.0.0.0", "::")  # noqa: S104 - to be compared with
"""Addresses that mean all of the machine's, of both families, as Go's `net.Listen` has it."""
DRAIN, PAUSE = 30.0, 0.1
"""Seconds for which queries under way are waited for, and between two looks."""


class Instance:
    """One configuration. `services` has what its plugins asked for; `servers` answer at its addresses.

    `serve_pending` is called between the pieces of what takes long with many blocks.

    Making one prepares and links all plugins, and has no effect on the configuration in force. It raises StartError,
    and then nothing of it is left.
    """

    def __init__(self, program: Program, services: Services, serve_pending: Hook) -> None:
        self.program = program
        self.services = services
        self.servers: dict[Key, Server] = {}
        self._refuse: dict[Key, Refuse] = {}
        self._stopped_at = 0.0
        self._serve_pending = serve_pending
        self._settings = [Settings() for _ in program.blocks]
        self._chains: list[list[Linked]] = []
        try:
            for block, settings in zip(program.blocks, self._settings, strict=True):
                self._chains.append(prepare_block(block, settings, services))
                serve_pending()
            self.listeners = self._find_listeners()
            for listener in self.listeners:
                self._serve(listener)
        except BaseException:
            self.close()
            raise

    def _find_listeners(self) -> tuple[Listener, ...]:
        """Those of the program, where this machine has them: interfaces stand for their addresses."""
        if not self.program.listeners:  # it listens nowhere, or others do it
            return ()
        blocks = [
            block
            if settings.bound is None or settings.bound.addresses == block.addresses
            else replace(block, addresses=settings.bound.addresses)
            for block, settings in zip(self.program.blocks, self._settings, strict=True)
        ]
        if all(map(is_, blocks, self.program.blocks)):  # nothing to find out, which takes time
            return self.program.listeners
        for found in check_servers(blocks, resolved=True):
            if found.rank is not None:  # what the words did not show: two of them mean one address
                raise StartError(f"{found.span.path}:{found.span.line}: {found.message}")
        return link(blocks).listeners

    def _serve(self, listener: Listener) -> None:
        if find_transport(listener.transport) is None:
            keys = self.program.blocks[listener.routes[0][1]].keys if listener.routes else ()
            word = next((key.word for key in keys if key.transport == listener.transport), None)
            where = f"{word.span.path}:{word.span.line}: " if word is not None else ""
            raise StartError(f"{where}transport {listener.transport}:// is not supported by 'corefile run' yet")
        label, services = str(listener), self.services
        key = _key(listener)
        server = self.servers.get(key)
        if server is None:  # else: all addresses, written in several ways
            self._refuse[key] = self._find_refusal(listener)
            server = self.servers[key] = Server(label, services.metrics, services.failed, services.entries)
        for zone, number in listener.routes:
            settings = self._settings[number]
            view = settings.view
            server.adopt(settings)
            if settings.each_family and not key[1]:
                server.tell_families_apart()
            serve = build(self._chains[number], zone, label, view.name if view else "", server.ask_inside)
            server.add(zone, Route(serve, view.admits(listener.port) if view else None))
            self._serve_pending()

    def _find_refusal(self, listener: Listener) -> Refuse:
        """The error for sockets of a listener that cannot be had: it is the first block's that asks for them."""
        zone, number = listener.routes[0]
        bound = self._settings[number].bound
        if bound is not None:
            return bound.refuse
        keys = self.program.blocks[number].keys
        word = next((key.word for key in keys if key.zone == zone and key.port == listener.port), None)
        where = f"{word.span.path}:{word.span.line}: " if word is not None else ""
        return lambda why: StartError(where + why)

    # -- what was asked for

    def refuse_listening(self, key: Key, why: str) -> StartError:
        """The error for sockets that cannot be had, with the place in the Corefile that asks for them."""
        return self._refuse[key](why)

    @property
    def endpoints(self) -> list[Endpoint]:
        """The HTTP endpoints of its plugins."""
        return self.services.endpoints

    @property
    def readiness(self) -> list[Readiness]:
        """The plugins that know whether they are ready."""
        return self.services.readiness

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The server blocks of the program."""
        return self.program.blocks

    @property
    def waiting(self) -> int:
        """How many queries are under way."""
        return sum(server.waiting for server in self.servers.values())

    def flush_counts(self) -> None:
        """Bring the counters up to date that are not told each time."""
        for server in self.servers.values():
            server.flush_counts()
        for flush in self.services.flushes:
            self.services.loop.guard(flush)
            self._serve_pending()

    # -- its life

    def start(self) -> None:
        """It has taken over. An error of a plugin is reported; the others go on."""
        self.services.output.debug = self.services.debug
        self.services.life.start()
        self._call_all(self.services.on_start)

    def stop(self) -> None:
        """Another instance has taken over, or the process ends. It is closed when what it was asked is answered."""
        self.flush_counts()
        self._call_all(self.services.on_stop)
        self.services.life.stop()
        self._stopped_at = self.services.loop.now
        self._drain()

    def _drain(self) -> None:
        loop = self.services.loop
        if self.services.life.ended:
            return
        if self.waiting and loop.now < self._stopped_at + DRAIN:
            loop.after(PAUSE, self._drain)
        else:
            self.close()

    def close(self) -> None:
        """Nothing of it stays: it was given up, or nobody waits for it any more."""
        self.services.life.close(self._serve_pending)
        for server in self.servers.values():
            server.clear(self._serve_pending)
        self._forget()

    def _forget(self) -> None:
        """Let go of plugins and chains, which hold each other: the collector would come for them far too late."""
        self.services.forget(self._serve_pending)
        while self._chains:
            self._chains.pop()
            self._serve_pending()

    def ask_to_end(self) -> float:
        """The process is told to end; for how many seconds a plugin wants to live on."""
        seconds: list[float] = []

        def note(call: Callable[[], object]) -> None:
            wanted = call()
            if isinstance(wanted, int | float):
                seconds.append(wanted)

        for _, call in self.services.on_end:
            self.services.loop.guard(note, call)
        return max(seconds, default=0.0)

    def _call_all(self, hooks: list[tuple[str, Hook]]) -> None:
        for _, hook in hooks:
            self.services.loop.guard(hook)
            self._serve_pending()


def _key(listener: Listener) -> Key:
    """Listeners of one key share their sockets: all addresses are written in three ways."""
    address = "" if listener.address in UNSPECIFIED else listener.address
    return listener.transport, address, listener.port
