"""How a linked Corefile answers: listeners, chains of handlers, zones and upstreams."""
