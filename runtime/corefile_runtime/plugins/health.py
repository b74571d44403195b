"""health: answers over HTTP as long as the process lives, and lets it live on for a while when it is told to end."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from corefile.plugins.health import Health
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.http.messages import Answer
from corefile_runtime.plugins.zeros.health import DURATIONS

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home

EVERY = 1.0


def prepare(config: Health, home: Home) -> None:
    """Serve `/health`; it has no place in the chain."""
    address = config.address
    port = address.rpartition(":")[2]
    if not (port.isascii() and port.isdigit()) and port:  # CoreDNS makes a URL of it, to ask itself
        raise home.refuse(f"invalid port '{port}' in '{address}', a number is wanted")
    home.endpoint(address, "/health", lambda: Answer(200, "OK"))
    home.on_start(Pulse(home).start)

    def linger() -> float:
        if config.lameduck > 0:
            home.log("INFO", f"Going into lameduck mode for {config.lameduck}")
        return max(config.lameduck.seconds, 0.0)

    home.on_end(linger)


class Pulse:
    """How long the endpoint takes to be served, measured every second: the delay with which the loop gets to it."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._due = 0.0
        self._durations = home.metrics.histogram(DURATIONS.name, DURATIONS.text, DURATIONS.bounds).cell()

    def start(self) -> None:
        """Measure again in a second."""
        self._due = monotonic() + EVERY
        self._home.after(EVERY, self._measure)

    def _measure(self) -> None:
        self._durations.observe(max(0.0, monotonic() - self._due))
        self.start()


HANDLER = Handler(one(Health, prepare), runs="once")
