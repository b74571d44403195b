"""health: answers over HTTP as long as the process lives, and lets it live on for a while when it is told to end."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, cast

from corefile.plugins.health import Health as Config
from corefile_runtime.http.endpoints import Endpoint
from corefile_runtime.http.server import Answer
from corefile_runtime.metrics.registry import SLIM_TIME_BUCKETS

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home
    from corefile_runtime.process.instance import Instance

EVERY = 1.0


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """Serve `/health`; it has no place in the chain."""
    config = cast("Config", configs[-1])
    instance = home.instance
    instance.endpoints.append(Endpoint(config.address or ":8080", "/health", lambda: Answer(200, "OK")))
    pulse = Pulse(instance)
    instance.on_start.append(pulse.start)
    instance.on_stop.append(pulse.stop)

    def linger() -> float:
        if config.lameduck > 0:
            instance.output.log("INFO", f"Going into lameduck mode for {config.lameduck}", "health")
        return max(config.lameduck.seconds, 0.0)

    instance.on_final.append(linger)


class Pulse:
    """How long the endpoint takes to be served, measured every second: the delay with which the loop gets to it."""

    def __init__(self, instance: Instance) -> None:
        self._loop = instance.loop
        self._stopped = False
        self._due = 0.0
        self._durations = instance.metrics.histogram(
            "coredns_health_request_duration_seconds",
            "Histogram of the time (in seconds) each request took.",
            SLIM_TIME_BUCKETS,
        ).cell()

    def start(self) -> None:
        """Measure again in a second."""
        if not self._stopped:
            self._due = monotonic() + EVERY
            self._loop.after(EVERY, self._measure)

    def _measure(self) -> None:
        if not self._stopped:
            self._durations.observe(max(0.0, monotonic() - self._due))
            self.start()

    def stop(self) -> None:
        """Measure no more."""
        self._stopped = True
