"""What listeners and upstreams share: addresses, interfaces, batches of datagrams, streams."""
