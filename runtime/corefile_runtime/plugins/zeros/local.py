"""The metric of `local` that starts at zero."""

from corefile_runtime.metrics.zero import Zero

REQUESTS = Zero("counter", "coredns_local_localhost_requests_total", "Counter of special localhost subdomain requests.")
ZERO = (REQUESTS,)
