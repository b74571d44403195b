"""ready: tells over HTTP whether the plugins are ready, and which are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.ready import Ready
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.offers import Process, ReadinessBoard
from corefile_runtime.http.messages import Answer
from corefile_runtime.http.server import Inquiry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corefile.ir.program import Block
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.services import Readiness
    from corefile_runtime.http.server import Done


def prepare(config: Ready, home: Home) -> None:
    """Serve `/ready`; it has no place in the chain. All blocks with `ready` share one watch."""
    watches = home.find(Watch, anywhere=True)
    watch = watches[0] if watches else Watch(home)
    if not watches:
        home.offer(watch)
    watch.add(home.block, config)
    process = home.find_one(Process)
    home.endpoint(config.address, "/ready", watch, required=False)
    home.on_end(lambda: process.close_endpoint(config.address))


class Watch(Inquiry):
    """Looks whether the plugins of the blocks with `ready` are. Who was ready once counts as ready from then on.

    It is the plugin of one block that was: CoreDNS remembers one of each name, so that a block vouches for another.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._board = home.find_one(ReadinessBoard)
        self._blocks: list[Block] = []
        self._keeps_watching = False
        self._were_ready: set[tuple[int, str]] = set()
        self._started = False
        home.on_start(self._start)

    def add(self, block: Block, config: Ready) -> None:
        """One more block is watched; the last `ready` of the file decides whether to ask again and again."""
        self._blocks.append(block)
        self._keeps_watching = config.monitor == "continuously"

    def _start(self) -> None:
        self._started = True

    def __call__(self) -> Answer:
        """200, or 503 and the names of those that are not ready, as far as it is known here.

        The first configuration is not ready before it has taken over, whatever its plugins say: no query is answered.
        """
        return self._answer(self._board.read_readiness())

    def begin(self, query: str, done: Done) -> None:
        """The same, when all processes have been asked."""
        del query
        self._board.gather_readiness(lambda found: done(self._answer(found)))

    def _answer(self, found: Sequence[Readiness]) -> Answer:
        waiting = ",".join(sorted({plugin for _, plugin in self._find_waiting(found)}))
        if not waiting and self._started:
            return Answer(200, "OK")
        self._home.log("INFO", f'Plugins not ready: "{waiting}"')
        return Answer(503, waiting)

    def _find_waiting(self, found: Sequence[Readiness]) -> set[tuple[int, str]]:
        """The plugins that are not ready, each with the number of its block. All processes must have a plugin ready."""
        ready: dict[tuple[int, str], bool] = {}
        for block, plugin, is_ready in found:
            if block in self._blocks:
                which = self._blocks.index(block), plugin
                if self._keeps_watching or which not in self._were_ready:
                    ready[which] = is_ready() and ready.get(which, True)
        self._were_ready.update(which for which, is_ready in ready.items() if is_ready)
        return {which for which, is_ready in ready.items() if not is_ready}


HANDLER = Handler(one(Ready, prepare), runs="once")
