"""prometheus: serves the metrics over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Address, FilePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus(Config):
    """What one `prometheus` says: the address of `/metrics`.

    `runtime_metrics` asks for all metrics of the language's runtime. `tls` is a web configuration file (certificate,
    key, client authentication), empty for plain HTTP.
    """

    address: Address = Address("localhost:9153")
    runtime_metrics: bool = False
    tls: FilePath = FilePath("")
