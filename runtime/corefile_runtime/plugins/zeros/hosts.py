"""The metric of `hosts` that starts at zero."""

from corefile_runtime.metrics.zero import Zero

READ_AT = Zero("gauge", "coredns_hosts_reload_timestamp_seconds", "The timestamp of the last reload of hosts file.")
ZERO = (READ_AT,)
