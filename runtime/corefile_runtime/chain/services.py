"""The services of one configuration: what it collects while plugins are prepared, and what the process offers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from corefile_runtime.chain.refusal import StartError

if TYPE_CHECKING:
    from corefile.ir.program import Block
    from corefile.ir.source import Span
    from corefile_runtime.chain.topics import Topics
    from corefile_runtime.events.event_loop import Loop
    from corefile_runtime.events.lifetime import Lifetime
    from corefile_runtime.events.log_output import Output
    from corefile_runtime.http.endpoints import Endpoint
    from corefile_runtime.metrics.registry import Registry

P = TypeVar("P")
S = TypeVar("S")
Hook: TypeAlias = Callable[[], object]
Done: TypeAlias = "Callable[[StartError | None], object]"
"""Told once: nothing for what is ready, an error for what never will be."""


class Wait(NamedTuple):
    """Something that takes its time before the configuration can serve.

    `begin` is called once, and its argument when the waiting is over. After `seconds` the configuration is refused with
    `late`, or serves all the same where `late` is None. `span` is where the Corefile has the plugin.
    """

    plugin: str
    begin: Callable[[Done], object]
    seconds: float
    late: Callable[[], StartError] | None
    span: Span | None = None


class Readiness(NamedTuple):
    """A plugin that knows whether it is ready to answer, and its block."""

    block: Block
    plugin: str
    is_ready: Callable[[], bool]


class Offer(NamedTuple):
    """Something that a plugin gives to others: `name` tells several of one kind apart."""

    block: Block | None
    name: str
    given: object


def _is_not_waiting(_error: StartError) -> bool:
    return False


@dataclass(slots=True, eq=False, repr=False)  # what is not made is no time at each start
class Services:
    """One configuration's: `life` ends with it, and what the other fields gather comes into force with it.

    `on_start` are called when it takes over, `on_stop` when the next one has, `on_end` when the process is told to end,
    and may return a number of seconds to wait. `flushes` tell metrics what their plugins have only noted. `debug` lets
    the debug lines of its plugins through, and those of the process while it is in force. `refuse` gives it up as long
    as it waits to be ready, and tells whether it did. `shared` and `topics` are the
    process's, and outlive it.
    """

    loop: Loop
    life: Lifetime
    metrics: Registry
    output: Output
    topics: Topics
    shared: Shared
    failed: Callable[[BaseException], object]
    entries: int = 0
    debug: bool = False
    refuse: Callable[[StartError], bool] = _is_not_waiting
    on_start: list[tuple[str, Hook]] = field(default_factory=list[tuple[str, Hook]])
    on_stop: list[tuple[str, Hook]] = field(default_factory=list[tuple[str, Hook]])
    on_end: list[tuple[str, Hook]] = field(default_factory=list[tuple[str, Hook]])
    flushes: list[Hook] = field(default_factory=list[Hook])
    endpoints: list[Endpoint] = field(default_factory=list["Endpoint"])
    readiness: list[Readiness] = field(default_factory=list[Readiness])
    waits: list[Wait] = field(default_factory=list[Wait])
    offers: list[Offer] = field(default_factory=list[Offer])

    def forget(self, between: Hook) -> None:
        """The configuration is gone, and nothing is called any more; `between` is, after each piece of it."""
        for gathered in (
            self.on_start, self.on_stop, self.on_end, self.flushes, self.endpoints, self.readiness, self.waits,
            self.offers,
        ):  # fmt: skip
            while gathered:
                gathered.pop()
                between()


class Shared:
    """What several configurations have in common, such as a pool of connections: made once, closed with the last."""

    def __init__(self) -> None:
        self._held: dict[tuple[type[object], object], tuple[object, int, Callable[[], object]]] = {}

    def take(self, kind: type[S], key: object, make: Callable[[], S], close: Callable[[S], object]) -> S:
        """The one of this kind and key, made if there is none yet. Whoever takes it gives it back once."""
        held = self._held.get((kind, key))
        if held is not None and isinstance(held[0], kind):
            self._held[kind, key] = held[0], held[1] + 1, held[2]
            return held[0]
        made = make()
        self._held[kind, key] = made, 1, lambda: close(made)
        return made

    def give_back(self, kind: type[object], key: object) -> None:
        """It is used once less; the last one closes it."""
        made, uses, close = self._held[kind, key]
        if uses > 1:
            self._held[kind, key] = made, uses - 1, close
        else:
            del self._held[kind, key]
            close()

    def __len__(self) -> int:
        return len(self._held)
