"""The declaration of a plugin's behaviour in its module: `HANDLER = Handler(one(Hosts, prepare), replays=True)`.

A handler is found by its file, and nothing else knows its name: what the core must know of it stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeVar

from corefile_runtime.chain.refusal import StartError

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link

C = TypeVar("C", bound="Config")


Prepare: TypeAlias = "Callable[[tuple[Config, ...], Home], Link | None]"
"""(the configs of a block's uses, what it may touch) → its link; None for a plugin without a place in the chain."""
Runs: TypeAlias = Literal["everywhere", "once", "both"]
"""With several processes: in each worker, in the process that leads them, or in both."""


class Unserved(NamedTuple):
    """A part of a plugin that `run` does not serve yet: what, and which configs have it."""

    what: str
    applies: Callable[[Config], bool]


class Handler(NamedTuple):
    """The behaviour of a plugin.

    `prepare` makes what the plugin needs for a block. It has no effect on the configuration in force, and may refuse
    with any exception. With `replays` the plugin vouches that answers which pass it may be replayed as their terms say;
    of what does not vouch no answer is ever replayed, whatever the plugins behind it say: it might have looked at the
    client, or counted. `opens_classes`: the listeners of its block take classes other than IN. `processes` says how
    many processes a config asks for. `unserved` are parts that are refused at the start.
    """

    prepare: Prepare
    replays: bool = False
    runs: Runs = "everywhere"
    opens_classes: bool = False
    processes: Callable[[tuple[Config, ...]], int] | None = None
    unserved: Sequence[Unserved] = ()


def one(kind: type[C], prepare: Callable[[C, Home], Link | None]) -> Prepare:
    """For a plugin of whose uses in a block one holds, the last that its spec gives."""

    def prepare_one(configs: tuple[Config, ...], home: Home) -> Link | None:
        *_, config = _typed(kind, configs)
        return prepare(config, home)

    return prepare_one


def every(kind: type[C], prepare: Callable[[tuple[C, ...], Home], Link | None]) -> Prepare:
    """For a plugin all of whose uses hold: `prepare` gets all configs, in the order of the file."""
    return lambda configs, home: prepare(_typed(kind, configs), home)


def _typed(kind: type[C], configs: Sequence[Config]) -> tuple[C, ...]:
    found = tuple(config for config in configs if isinstance(config, kind))
    if len(found) != len(configs):
        others = sorted({type(config).__name__ for config in configs if not isinstance(config, kind)})
        raise StartError(f"the handler is for {kind.__name__}, its spec gives {', '.join(others)}")
    return found
