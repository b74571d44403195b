"""What a Corefile must satisfy beyond its syntax: plugins' setup, and the servers that the blocks make together."""
