"""The metric of `reload` that starts at zero."""

from corefile_runtime.metrics.zero import Zero

FAILED = Zero("counter", "coredns_reload_failed_total", "Counter of the number of failed reload attempts.")
ZERO = (FAILED,)
