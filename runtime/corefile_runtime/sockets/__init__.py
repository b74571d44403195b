"""Sockets, shared by listeners and upstreams: addresses, interfaces, batches of datagrams, streams."""
