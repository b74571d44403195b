"""reload: looks at the Corefile now and then, and takes it up when it has changed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from corefile.plugins.reload import Reload
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.offers import Process, Reloader

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home


def prepare(config: Reload, home: Home) -> None:
    """Start a watch over the whole process; of several blocks the last decides how often it looks."""
    for other in home.find(Watch, anywhere=True):
        other.retire()
    watch = Watch(config, home)
    home.offer(watch)
    home.on_start(watch.start)


class Watch:
    """Looks at the configuration as long as it is in force."""

    def __init__(self, config: Reload, home: Home) -> None:
        self._home = home
        self._reloader = home.find_one(Reloader)
        self._process = home.find_one(Process)
        jitter = config.jitter.seconds
        self._every = config.interval.seconds + random.uniform(-jitter / 2, jitter / 2)  # noqa: S311 - spreads load
        self._seen = ""
        self._retired = False

    def start(self) -> None:
        """The configuration has taken over."""
        if not self._retired:
            self._seen = self._process.running_hash
            self._home.every(self._every, self._look)
            self._home.log("INFO", f"Running configuration SHA512 = {self._seen}")

    def _look(self) -> None:
        self._reloader.look(self._seen, self._note, self._home.name)

    def _note(self, seen: str) -> None:
        self._seen = seen

    def retire(self) -> None:
        """Another block says how often to look."""
        self._retired = True


HANDLER = Handler(one(Reload, prepare), runs="once")
