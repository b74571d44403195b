"""The clock of servers under test: it stands still until somebody puts it forward."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

SERVER, KIT = "corefile_runtime.", "corefile_runtime.testing"


class Clock:
    """Takes the place of `monotonic` in the modules of the server, from the first `start` to the last `stop`.

    Modules that are loaded later keep the system's clock, so the server should have started.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._users = 0
        self._replaced: list[dict[str, Any]] = []

    def __call__(self) -> float:
        return self.now

    def start(self) -> None:
        """Stand still."""
        if not self._users:
            self.now = monotonic()
        self._users += 1
        for name, module in list(sys.modules.items()):
            if name.startswith(SERVER) and not name.startswith(KIT) and vars(module).get("monotonic") is monotonic:
                vars(module)["monotonic"] = self
                self._replaced.append(vars(module))

    def stop(self) -> None:
        """Give back the system's clock."""
        self._users -= 1
        if not self._users:
            for names in self._replaced:
                names["monotonic"] = monotonic
            self._replaced = []


CLOCK = Clock()
"""One for all servers of the process: they share the modules."""
