"""Metrics of `forward` that start at zero."""

from corefile_runtime.metrics.zero import Zero

BROKEN = Zero(
    "counter",
    "coredns_forward_healthcheck_broken_total",
    "Counter of the number of complete failures of the healthchecks.",
)
REJECTED = Zero(
    "counter",
    "coredns_forward_max_concurrent_rejects_total",
    "Counter of the number of queries rejected because the concurrent queries were at maximum.",
)
ZERO = (BROKEN, REJECTED)
