"""Counters, gauges and histograms: the registry, the traffic of queries, the process."""
