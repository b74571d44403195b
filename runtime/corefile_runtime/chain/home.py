"""The home of a plugin: all that its handler opens, waits for, offers or asks of others goes through it."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from corefile_runtime.chain.files import WatchedFile, explain_file
from corefile_runtime.chain.refusal import PlacedError, StartError, explain, refusal
from corefile_runtime.chain.services import Done, Offer, Readiness, Services, Wait
from corefile_runtime.events.log_output import render_message
from corefile_runtime.http.endpoints import Endpoint

if TYPE_CHECKING:
    from corefile.ir.program import Block, Config, PluginUse
    from corefile.ir.source import Span
    from corefile_runtime.chain.settings import Publish, Settings
    from corefile_runtime.chain.topics import Lead
    from corefile_runtime.events.event_loop import Loop, Timer
    from corefile_runtime.events.lifetime import Closable, Repeated
    from corefile_runtime.events.log_output import Level
    from corefile_runtime.events.threads import Work
    from corefile_runtime.http.server import Guard, Respond
    from corefile_runtime.metrics.registry import Registry

C = TypeVar("C", bound="Config")
P = TypeVar("P")
R = TypeVar("R", bound="Closable")
T = TypeVar("T")

PATIENCE = 10.0
"""Seconds after which a start or reload gives up waiting, unless a plugin has a time of its own."""


class Home:
    """The home of one plugin in one server block, for the life of one configuration.

    `zones` are those of the block, `settings` what its plugins say about it.
    """

    def __init__(self, block: Block, use: PluginUse, settings: Settings, services: Services) -> None:
        self.block = block
        self.use = use
        self.settings = settings
        self._services = services

    # -- the configuration

    @property
    def name(self) -> str:
        """The plugin's."""
        return self.use.name

    @property
    def zones(self) -> tuple[str, ...]:
        """The names that the block serves."""
        return self.block.zones

    def config(self, kind: type[C]) -> C | None:
        """The first config of a type in the block, whichever plugin it is of."""
        return next((one for use in self.block.plugins for one in use.configs if isinstance(one, kind)), None)

    def locate(self, path: str) -> str:
        """Where a file of the configuration is: relative names are taken from the folder of `root`, if there is one."""
        return os.path.join(self.settings.root, path) if self.settings.root else path

    def refuse(self, why: str, place: Span | None = None) -> StartError:
        """The error to raise when the plugin cannot do what its config says."""
        return refusal(self.use.name, place or self.use.span, why)

    # -- the outside

    @property
    def metrics(self) -> Registry:
        """The metrics of the process: counters survive a reload."""
        return self._services.metrics

    def flush_counts(self, call: Callable[[], object]) -> None:
        """Call before metrics are read, to tell them what has only been noted."""
        self._services.flushes.append(call)

    def log(self, level: Level, text: str) -> None:
        """Write a line about the plugin."""
        if level != "DEBUG" or self._services.debug:
            self.write(render_message(level, text, self.use.name))

    @property
    def write(self) -> Callable[[str], object]:
        """Writes a line as it is."""
        return self._services.output.line

    @property
    def debug(self) -> bool:
        """Whether debug lines are written, for the whole configuration: from `link` on all have said so who want it."""
        return self._services.debug

    def write_debug(self) -> None:
        """Write the debug lines of all plugins from now on, and the process's while the configuration is in force.

        One that is refused leaves the process as it was.
        """
        self._services.debug = True

    @property
    def clock(self) -> Loop:
        """Its `now` is the monotonic time of the last event; reading it costs nothing."""
        return self._services.loop

    @staticmethod
    def now() -> float:
        """The monotonic time."""
        return monotonic()

    # -- what ends with the configuration

    @property
    def in_force(self) -> bool:
        """Whether the configuration has taken over, and no other one since: queries under way may end later."""
        return self._services.life.running

    def own(self, resource: R) -> R:
        """Close it when the configuration is given up or gone: when the last query that it took is answered."""
        return self._services.life.own(resource)

    def after(self, seconds: float, call: Callable[..., object], *arguments: object) -> Timer:
        """Call once, so many seconds from now or from the take-over, as long as the configuration is in force."""
        return self._services.life.after(seconds, call, *arguments)

    def every(self, seconds: float, call: Callable[[], object]) -> Repeated:
        """Call again and again, as long as the configuration is in force."""
        return self._services.life.every(seconds, call)

    def delay(self, seconds: float, call: Callable[..., object], *arguments: object) -> Timer:
        """Call once, for a query under way: also when another configuration has taken over meanwhile."""
        return self._services.life.delay(seconds, call, *arguments)

    def in_thread(self, work: Callable[[], T], then: Callable[[T | Exception], object]) -> Work[T]:
        """Do work in a thread and call `then` in the loop with what comes of it.

        What `then` raises refuses a configuration that waits to be ready: it would wait in vain.
        """

        def take(outcome: T | Exception) -> None:
            try:
                then(outcome)
            except Exception as error:
                if not self._services.refuse(self._not_ready(error)):
                    raise

        return self._services.life.in_thread(work, take)

    def post(self, call: Callable[[], object]) -> None:
        """Call in the loop; may be called from any thread."""
        self._services.life.post(call)

    # -- its steps

    def on_ready(
        self, begin: Callable[[Done], object], *, seconds: float = PATIENCE, late: str | None = "is not ready in time"
    ) -> None:
        """Wait before the configuration serves: `begin` gets a function to tell that it is ready, or refused.

        The running configuration answers meanwhile. When it takes longer the configuration is refused and `late` says
        why; None: it serves all the same.
        """
        error = None if late is None else lambda: self.refuse(f"{late} ({seconds:g} s)")
        self._services.waits.append(Wait(self.use.name, begin, seconds, error, self.use.span))

    def _not_ready(self, error: Exception) -> StartError:
        if isinstance(error, PlacedError):
            return error
        return self.refuse(str(error) if isinstance(error, StartError) else f"cannot be made ready: {explain(error)}")

    def on_start(self, call: Callable[[], object]) -> None:
        """Call when the configuration has taken over. It cannot refuse any more: an error is reported."""
        self._services.on_start.append((self.use.name, call))

    def on_stop(self, call: Callable[[], object]) -> None:
        """Call when another configuration has taken over, or the process ends."""
        self._services.on_stop.append((self.use.name, call))

    def on_end(self, call: Callable[[], float | None]) -> None:
        """Call when the process is told to end; it lives on for so many seconds."""
        self._services.on_end.append((self.use.name, call))

    # -- what others see of it

    def endpoint(
        self,
        address: str,
        path: str,
        respond: Respond,
        *,
        guard: Guard | None = None,
        required: bool = True,
        failing: str = "",
    ) -> None:
        """Answer over HTTP. One that is not `required` is tried again when it cannot listen, and DNS is served.

        The log says then `failing` and why.
        """
        self._services.endpoints.append(
            Endpoint(address, path, respond, guard, self.use.name, self.use.span, required=required, failing=failing)
        )

    def readiness(self, is_ready: Callable[[], bool]) -> None:
        """Have `ready` ask whether the plugin can answer."""
        self._services.readiness.append(Readiness(self.block, self.use.name, is_ready))

    def publishes(self, label: str, publish: Publish | None = None, *, steady: bool = False) -> None:
        """The plugin sets a metadata label of queries, with `publish` before they come into the chain.

        One that is `steady` is the same each time that an answer is given again.
        """
        if publish is not None:
            self.settings.publishers.append(publish)
        if steady:
            self.settings.steady_labels.add(label)

    def offer(self, given: object, *, name: str = "") -> None:
        """Give something to the other plugins of the block, who find it by the protocol that it has."""
        self._services.offers.append(Offer(self.block, name, given))

    def find(self, protocol: type[P], *, name: str | None = None, anywhere: bool = False) -> list[P]:
        """What plugins of the block, or of all blocks, offer, in the order of chains: from `link` on all are there."""
        return [
            offer.given
            for offer in self._services.offers
            if (anywhere or offer.block is self.block or offer.block is None)
            and (name is None or name == offer.name)
            and isinstance(offer.given, protocol)
        ]

    def find_one(self, protocol: type[P]) -> P:
        """The one that is offered, by the block or the process; raises StartError when there is none."""
        found = self.find(protocol)
        if not found:
            raise self.refuse(f"nothing here offers {protocol.__name__}")
        return found[0]

    # -- what outlives the configuration

    def shared(self, kind: type[T], key: object, make: Callable[[], T], close: Callable[[T], object]) -> T:
        """Something that configurations have in common: made once, closed when the last that has it is gone."""
        shared = self._services.shared
        found = shared.take(kind, key, make, close)
        self.own(_Return(lambda: shared.give_back(kind, key)))
        return found

    def topic(
        self,
        key: str,
        lead: Lead,
        apply: Callable[[object], object],
        *,
        seconds: float = PATIENCE,
        late: str | None = "has no state in time",
    ) -> None:
        """Apply what one process for all reads from a source: `lead` runs in that process, begun by whoever is first.

        `key` says all that the feed hangs on: it goes on over a reload, as long as a configuration has the topic. The
        first state is waited for, as `on_ready` waits; an error of `apply` refuses the configuration then.
        """

        def begin(done: Done) -> None:
            def take(update: object) -> None:
                try:
                    apply(update)
                except Exception as error:
                    done(self.refuse(explain(error)))
                    raise
                done(None)

            leave = self._services.topics.subscribe((self.use.name, key), lead, take)
            self.own(_Return(leave))

        self.on_ready(begin, seconds=seconds, late=late)

    def file(
        self,
        path: str,
        parse: Callable[[bytes], T],
        apply: Callable[[T, float], object],
        *,
        every: float = 0.0,
        failed: Callable[[Exception], object] = lambda _error: None,
        required: bool | type[Exception] = False,
    ) -> None:
        """Read a file in a thread before the configuration serves, and again when it has changed.

        `parse` is called in the thread too, and raises ValueError for what is no good; `apply` gets what it returns and
        the time of the file in seconds since 1970. A file that cannot be read or parsed leaves the last good state, and
        `failed` is told; one that is `required` refuses the configuration, or only what goes wrong in that way.
        """
        kinds = (required,) if isinstance(required, type) else (Exception,) if required else ()
        watched = WatchedFile(path, parse, apply, failed, self.in_thread)

        def begin(done: Done) -> None:
            watched.look(
                lambda error: done(self.refuse(explain_file(path, error)) if isinstance(error, kinds) else None)
            )

        self.on_ready(begin, late=f"file {path} cannot be read in time")
        if every > 0:
            self.every(every, watched.look)


class _Return:
    """What is to be done at the end."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.close = call
