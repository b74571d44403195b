"""Offers of the process to plugins, each found by its protocol with `Home.find`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from corefile_runtime.chain.services import Readiness


@runtime_checkable
class Reloader(Protocol):
    """Takes up another configuration."""

    def look(self, seen: str, then: Callable[[str], object], plugin: str = "") -> None:
        """Take up the configuration if it is another one than that of a hash; tell the hash of what there is now.

        The log names the plugin that looks.
        """
        ...


@runtime_checkable
class Exposition(Protocol):
    """All metrics, of all processes that serve together."""

    def exposition(self) -> str:
        """In Prometheus's text format, of other processes as they have told last."""
        ...

    def expose(self, done: Callable[[str], object]) -> None:
        """The same as they are now: told at once or later, within about a second."""
        ...


@runtime_checkable
class ReadinessBoard(Protocol):
    """Which plugins know whether they are ready, in all processes."""

    def read_readiness(self) -> Sequence[Readiness]:
        """Those of the configuration in force, of other processes as they have told last."""
        ...

    def gather_readiness(self, done: Callable[[Sequence[Readiness]], object]) -> None:
        """The same as they are now: told at once or later, within about a second."""
        ...


@runtime_checkable
class Process(Protocol):
    """The process: `processes` is how many serve together, of which one `leads`; `hash` is that of what is served."""

    processes: int
    leads: bool

    def fail(self) -> None:
        """End everything at once, with exit status 1; why has been logged."""
        ...

    def addresses(self) -> list[tuple[str, int]]:
        """Where the server listens, with the ports that the system chose for port 0."""
        ...

    def close_endpoint(self, address: str) -> None:
        """Close the HTTP server of an address before its time."""
        ...

    @property
    def running_hash(self) -> str:
        """The hash of the configuration that was taken up last."""
        ...
