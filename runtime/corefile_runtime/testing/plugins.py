"""Made-up plugins: a word that exists for one test, with a handler of the test's own.

with made_up("mine", prepare), serve("mine a b\nwhoami") as server:
    ...
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from corefile.ir.program import Config
from corefile.plugins import external as specs
from corefile.plugins.args import Args
from corefile.plugins.spec import Plugin
from corefile_runtime.chain import external as handlers
from corefile_runtime.chain.handler import Handler, Runs, every

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Config):
    """What stands behind the word on its line."""

    words: tuple[str, ...] = ()


def read(args: Args) -> Words:
    """Take whatever there is."""
    return Words(words=tuple(word.text for word in args.rest()))


@contextmanager
def made_up(
    name: str,
    prepare: Callable[[tuple[Words, ...], Home], Link | None],
    *,
    before: str = "whoami",
    replays: bool = True,
    runs: Runs = "everywhere",
) -> Generator[None]:
    """Have a plugin for a while, as if a package were installed: `prepare` gets the words of each of its uses.

    It stands right `before` a built-in plugin; `replays` and `runs` are those of its `Handler`.
    """
    plugin = Plugin(
        name=name, summary="made up", usage=(f"{name} [WORD...]",), config=Words, read=read, before=before, since=""
    )
    handler = Handler(every(Words, prepare), replays=replays, runs=runs)
    with _entry(vars(specs)["_found"], name, plugin), _entry(vars(handlers)["_found"], name, handler):
        yield


@contextmanager
def _entry(known: dict[str, T], name: str, value: T) -> Generator[None]:
    """What was found out about a name before is known again afterwards."""
    before = dict(known)
    known[name] = value
    try:
        yield
    finally:
        known.clear()
        known.update(before)
