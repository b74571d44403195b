"""Metrics of `health` that start at zero."""

from corefile_runtime.metrics.registry import SLIM_TIME_BUCKETS
from corefile_runtime.metrics.zero import Zero

DURATIONS = Zero(
    "histogram",
    "coredns_health_request_duration_seconds",
    "Histogram of the time (in seconds) each request took.",
    SLIM_TIME_BUCKETS,
)
FAILURES = Zero("counter", "coredns_health_request_failures_total", "The number of times the health check failed.")
ZERO = (DURATIONS, FAILURES)
