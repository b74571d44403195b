"""The runtime of a linked Corefile: listeners, chains of handlers, zones and upstreams."""
